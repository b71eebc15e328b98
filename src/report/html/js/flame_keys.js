// Moving in a flame graph by keys. Inwards is away from the root, wherever that is drawn.
function neighbour(boxes, selected, step) {
  const here = boxes.find((box) => box.node === selected);
  if (!here) return selected;
  const row = boxes.filter((box) => box.row === here.row).sort((a, b) => a.x - b.x);
  return (row[row.indexOf(here) + step] || here).node;
}

function inwards(boxes, selected) {
  const here = boxes.find((box) => box.node === selected);
  if (!here) return selected;
  const below = boxes.filter(
    (box) => box.row === here.row + 1 && box.x < here.x + here.width && box.x + box.width > here.x,
  );
  return below.sort((a, b) => b.width - a.width)[0]?.node || selected;
}

// What a key does: the node that is selected then, or a word for the flame graph.
function flameKey(key, { boxes, selected, zoom, icicle }) {
  const outwards = selected.parent || selected;
  switch (key) {
    case "ArrowDown":
      return { select: icicle ? inwards(boxes, selected) : outwards };
    case "ArrowUp":
      return { select: icicle ? outwards : inwards(boxes, selected) };
    case "ArrowLeft":
      return { select: neighbour(boxes, selected, -1) };
    case "ArrowRight":
      return { select: neighbour(boxes, selected, 1) };
    case "Enter":
    case " ":
      return { zoom: selected };
    case "Backspace":
      return zoom.parent ? { zoom: zoom.parent } : {};
    case "Escape":
    case "Home":
      return { reset: true };
    case "/":
      return { search: true };
    default:
      return null;
  }
}
