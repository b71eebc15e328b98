// The flame graph: a tree to look at, to search and to walk through. It knows nothing of stalls.
// colours(node) -> as in flame_paint.js; about(node, zoom, root) -> [elements] on what is selected; tell(node, zoom, root)
// -> the tooltip. extra: elements for the tool bar. Returns {element, show(tree)}.
function createFlame({ label, colours, about, tell, extra = [], noun = "of all" }) {
  const state = { root: null, zoom: null, selected: null, hovered: null, icicle: true, found: null, query: "" };
  const canvas = el("canvas"),
    matched = el("span", { class: "matched", role: "status" });
  const details = el("div", { class: "flame-about", role: "status" });
  const stage = el(
    "div",
    {
      class: "flame-stage",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "flame graph",
      "aria-label": `${label}: arrow keys move, Enter zooms in, Backspace zooms out, Escape shows all, slash searches`,
    },
    canvas,
  );
  const search = el("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search in the flame graph",
    on: { input: () => find(search.value) },
  });
  const all = el("button", { type: "button", on: { click: reset } }, "Show all");
  const turn = el("button", { type: "button", "aria-pressed": "false", on: { click: turnOver } }, "Flames");
  const drawing = keepDrawn(stage, paint);
  let boxes = [];

  function paint(width) {
    if (!state.root) return;
    boxes = boxesOf(state.zoom, width);
    const rows = 1 + boxes.reduce((most, box) => Math.max(most, box.row), 0);
    paintFlame(canvas, { ...state, boxes, width, rows, colours });
    all.disabled = state.zoom === state.root;
    stage.dataset.boxes = boxes.length;
  }

  function select(node) {
    state.selected = node;
    details.replaceChildren(...about(node, state.zoom, state.root));
    drawing.draw();
    scrollTo(node);
  }

  function scrollTo(node) {
    const box = boxes.find((b) => b.node === node);
    if (!box || stage.scrollHeight <= stage.clientHeight) return;
    if (box.y < stage.scrollTop) stage.scrollTop = box.y;
    else if (box.y + box.height > stage.scrollTop + stage.clientHeight)
      stage.scrollTop = box.y + box.height - stage.clientHeight;
  }

  function zoomTo(node) {
    state.zoom = node;
    select(node);
  }

  function reset() {
    zoomTo(state.root);
  }

  function turnOver() {
    state.icicle = !state.icicle;
    turn.setAttribute("aria-pressed", String(!state.icicle));
    drawing.draw();
    if (!state.icicle) stage.scrollTop = stage.scrollHeight;
  }

  function find(query) {
    state.query = query;
    const matches = matcherOf(query),
      result = matches && searchTree(state.root, matches);
    state.found = result ? result.found : null;
    matched.replaceChildren(
      ...(result
        ? [
            el("strong", {}, percent1(result.value / (state.root.value || 1))),
            ` ${noun} matches: ${duration(result.value)}`,
          ]
        : []),
    );
    drawing.draw();
  }

  function boxAt(x, y) {
    return boxes.find((box) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height);
  }

  function hover(box) {
    if (state.hovered === (box?.node || null)) return;
    state.hovered = box?.node || null;
    drawing.draw();
  }

  function act(action) {
    if (action.select) select(action.select);
    if (action.zoom) zoomTo(action.zoom);
    if (action.reset) reset();
    if (action.search) search.focus();
  }

  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = flameKey(event.key, { ...state, boxes });
    if (!action) return;
    event.preventDefault();
    act(action);
  });
  search.addEventListener("keydown", (event) => event.key === "Escape" && stage.focus());
  canvas.addEventListener("click", (event) => {
    const box = boxAt(event.offsetX, event.offsetY);
    if (box) zoomTo(box.node);
  });
  tellOnHover(
    canvas,
    (x, y) => {
      const box = boxAt(x, y);
      hover(box);
      return box ? tell(box.node, state.zoom, state.root) : "";
    },
    () => hover(null),
  );

  function show(tree) {
    Object.assign(state, { root: tree, zoom: tree, selected: tree, hovered: null, found: null });
    find(state.query);
    reset();
  }

  const tools = el("div", { class: "tools" }, ...extra, search, matched, turn, all);
  return { element: el("div", { class: "flame" }, tools, stage, details, keysElement()), show };
}

function keysElement() {
  const key = (name) => el("kbd", {}, name);
  return el(
    "p",
    { class: "flame-keys" },
    "Click or ",
    key("Enter"),
    " zooms in, ",
    key("←"),
    " ",
    key("→"),
    " ",
    key("↑"),
    " ",
    key("↓"),
    " move, ",
    key("Backspace"),
    " zooms out, ",
    key("Esc"),
    " shows all, ",
    key("/"),
    " searches.",
  );
}
