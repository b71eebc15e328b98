// Draws boxes on a canvas. colours(node) -> {fill, strip: [[colour, share], ...] or null}.
const ROW = 20,
  FLAME_FONT = "12px ",
  PAD = 5,
  MOST_PIXELS = 8000;

// Deep recursions get lower rows: a canvas has a largest size.
const rowHeight = (rows) => Math.max(4, Math.min(ROW, Math.floor(MOST_PIXELS / rows)));

function paintFlame(canvas, { boxes, width, rows, icicle, found, selected, hovered, colours }) {
  const height = rowHeight(rows),
    context = sizeCanvas(canvas, width, rows * height);
  context.font = FLAME_FONT + colour("mono");
  context.textBaseline = "middle";
  const letter = context.measureText("0").width,
    paper = colour("card"),
    ink = colour("on-colour"),
    edge = colour("ink");
  context.clearRect(0, 0, width, rows * height);
  for (const box of boxes) {
    box.y = (icicle ? box.row : rows - 1 - box.row) * height;
    box.height = height;
    const faint = found ? !found.has(box.node) && !holdsFound(box.node, found) : false;
    paintBox(context, box, colours(box.node), faint, { letter, paper, ink });
  }
  for (const box of boxes)
    if (box.node === hovered || box.node === selected) outline(context, box, edge, box.node === selected);
}

const holdsFound = (node, found) => node.from !== undefined && node.children.some((child) => found.has(child));

function paintBox(context, box, { fill, strip }, faint, { letter, paper, ink }) {
  const { x, y, width, height } = box,
    inner = Math.max(0.4, width - (width > 2 ? 1 : 0));
  context.globalAlpha = faint ? 0.22 : box.outer ? 0.62 : 1;
  context.fillStyle = fill;
  context.fillRect(x, y, inner, height - 1);
  if (strip && height > 12 && width > 8) paintStrip(context, strip, x, y + height - 5, inner, paper);
  if (width > 3 * letter + 2 * PAD && height > 12) {
    context.fillStyle = ink;
    if (faint) context.globalAlpha = 0.6;
    paintText(
      context,
      plain(box.node.name),
      x + PAD,
      y + (strip ? height / 2 - 1.5 : height / 2),
      width - 2 * PAD,
      letter,
    );
  }
  context.globalAlpha = 1;
}

// Where the time below a box is of several sorts: a line that says how much of each.
function paintStrip(context, strip, x, y, width, paper) {
  context.fillStyle = paper;
  context.fillRect(x, y, width, 1);
  for (const [sort, share] of strip) {
    context.fillStyle = sort;
    context.fillRect(x, y + 1, share * width, 3);
    x += share * width;
  }
}

function paintText(context, text, x, y, room, letter) {
  const letters = Math.floor(room / letter),
    shown = text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
  // Letters of other scripts are wider than those that were measured.
  const ascii = /^[\x20-\x7e…]*$/.test(shown);
  ascii ? context.fillText(shown, x, y) : context.fillText(shown, x, y, room);
}

function outline(context, { x, y, width, height }, colour, thick) {
  context.strokeStyle = colour;
  context.lineWidth = thick ? 2 : 1;
  context.strokeRect(x + 1, y + 1, Math.max(1, width - 3), height - 3);
}
