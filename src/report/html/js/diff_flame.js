// The differential flame graph: both sessions' stacks in one tree, each weighted per second of its session. A box is as wide
// as both together; red grew, blue shrank.
const BEFORE = 0,
  AFTER = 1;

function differenceColours() {
  const mixes = {};
  const now = () =>
    (mixes[theme()] ||= {
      grew: mixer(colour("same"), colour("grew")),
      shrank: mixer(colour("same"), colour("shrank")),
    });
  return ({ parts, value }) => {
    const share = value ? (parts[AFTER] - parts[BEFORE]) / value : 0;
    return { fill: share < 0 ? now().shrank(-share) : now().grew(share), strip: null };
  };
}

const perSecond = (ns) => `${duration(ns)} a second`;

function changeText({ parts }) {
  const [before, after] = parts;
  if (!before) return `new: ${perSecond(after)}`;
  if (!after) return `gone: ${perSecond(before)}`;
  const change = after / before;
  const words =
    change >= 3 ? `× ${decimal(change)}` : `${change < 1 ? "−" : "+"}${Math.abs(100 * (change - 1)).toFixed(0)} %`;
  return `${perSecond(before)} → ${perSecond(after)}, ${words}`;
}

const aboutDifference = (node) => [
  el("span", { class: "names" }, nameElement(node.name), node.place && el("bdi", { class: "place" }, node.place)),
  el("span", {}, changeText(node)),
];
const tellDifference = (node) =>
  [plain(node.name).slice(0, 300), plain(node.place).slice(0, 300), changeText(node)].filter(Boolean).join("\n");

// What blocked the loop, by stack: without the loop's own frames.
function stallPart(data, side) {
  const { stacks, seconds } = data.sides[side],
    frames = flameFrames(data);
  return stacks.weight_ns.map((weight, i) => {
    const all = stacks.frames[i].map((place) => frames[place]);
    return { frames: all.slice(loopFrames(all)), sort: side, weight: weight / seconds };
  });
}

// What held the loop, or what sockets waited for, by task and handler.
function taskPart(data, side, weight = "hold_ns") {
  const box = (source) => ({
    key: `${source.file}\n${source.name}`,
    name: source.name || "(its name is not known)",
    place: source.file || "",
  });
  return data.sides[side].tasks.map(({ loop, task, handler, measured_ns, ...of }) => ({
    frames: [{ key: loop, name: loop, place: "" }, box(task), ...(handler ? [box(handler)] : [])],
    sort: side,
    weight: (of[weight] * SECOND) / (measured_ns || 1),
  }));
}

function differenceSection(data) {
  const kinds = {
    tasks: ["What held the loop: task steps", taskPart],
    stalls: ["What blocked the loop: stalls by stack", stallPart],
    blame: ["What sockets waited for: blame by task", (...side) => taskPart(...side, "blame_ns")],
  };
  const parts = Object.fromEntries(
    Object.entries(kinds).map(([key, [, part]]) => [key, [...part(data, BEFORE), ...part(data, AFTER)]]),
  );
  if (!data.diff.loops.some(({ before, after }) => before?.queue && after?.queue)) parts.blame = [];
  const there = Object.keys(kinds).filter((key) => parts[key].some(({ weight }) => weight > 0));
  if (!there.length) return null;
  const choice = el(
    "select",
    { "aria-label": "What is drawn", on: { change: () => show() } },
    there.map((key) => el("option", { value: key }, kinds[key][0])),
  );
  const flame = createFlame({
    label: "Differential flame graph",
    colours: differenceColours(),
    about: aboutDifference,
    tell: tellDifference,
    extra: [choice],
    noun: "of both",
  });
  const show = () => flame.show(treeOf("both sessions", parts[choice.value], 2));
  const legend = el(
    "ul",
    { class: "legend" },
    [
      ["grew", "grew"],
      ["shrank", "shrank"],
      ["same", "the same"],
    ].map(([paint, text]) => el("li", {}, chip(`var(--${paint})`, text))),
  );
  const element = section(
    "flame",
    "Differential flame graph",
    "A box is as wide as its time in both sessions together, each per second of its " +
      "session, so that sessions of different lengths compare. It is red where the second session spent more, blue where it spent less: the " +
      "fuller, the more. A colour is no verdict: whether a difference is more than noise stands in the tables.",
    legend,
    flame.element,
  );
  show();
  return element;
}
