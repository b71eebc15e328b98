// Where time went, as a bar and its legend. parts: [{name, ns, paint}]
function splitParts(split) {
  // Fewer clock samples than this say nothing about user against kernel CPU.
  const told = split.user_kernel_samples >= 10;
  const cpu = told
    ? [
        { name: "user~", ns: split.user_ns, paint: "c-runtime_cpu" },
        { name: "kernel~", ns: split.kernel_ns, paint: "c-kernel_cpu" },
      ]
    : [{ name: "CPU", ns: split.cpu_ns, paint: "c-runtime_cpu" }];
  return [
    ...cpu,
    { name: "blocked", ns: split.blocked_ns, paint: "c-asleep" },
    { name: "run queue", ns: split.runqueue_ns, paint: "c-no_cpu" },
    { name: "rest", ns: Math.max(0, split.unaccounted_ns), paint: "c-unknown" },
  ];
}

function partsElement(parts, whole) {
  const shown = parts.filter((part) => part.ns > 0);
  return el(
    "div",
    { class: "parts" },
    el(
      "div",
      { class: "parts-bar", "aria-hidden": "true" },
      shown.map((part) =>
        el("span", { style: { background: `var(--${part.paint})`, flexGrow: part.ns / (whole || 1) } }),
      ),
    ),
    el(
      "ul",
      { class: "legend" },
      shown.map((part) =>
        el("li", {}, chip(`var(--${part.paint})`, `${part.name} ${duration(part.ns)}, ${percent(part.ns, whole)}`)),
      ),
    ),
  );
}

const CAUSE_PAINT = {
  cpu: "c-runtime_cpu",
  lock: "c-lock",
  condition: "c-lock",
  gil: "c-gil",
  run_queue: "c-no_cpu",
  throttled: "c-no_cpu",
  stopped: "c-no_cpu",
  unknown: "c-unknown",
};
const causeParts = (data, stall) =>
  stall.causes.map((cause) => ({
    name: causeText(data, cause),
    ns: cause.ns,
    paint: CAUSE_PAINT[cause.kind] || "c-asleep",
  }));

// Innermost first, up to the event loop; the loop's own frames are faint. blamed: culprit and handler.
function stackElement(data, places, blamed) {
  const frames = places.map((place) => data.frames[place]);
  const outer = frames.length - loopFrames([...frames].reverse());
  return el(
    "ol",
    { class: "stack" },
    frames.map((frame, i) => {
      const place = frame.kind === "kernel" ? "kernel" : placeOf(frame);
      const kind = [i >= outer && "outer", blamed.some((other) => sameFunction(other, frame)) && "blamed"]
        .filter(Boolean)
        .join(" ");
      return el(
        "li",
        { class: kind || null },
        nameElement(frame.name),
        el("bdi", { class: "place", title: place }, longPlace(place)),
      );
    }),
  );
}

function stacksElement(data, { frames, holder, culprit }) {
  const blamed = culprit ? [culprit.frame, culprit.handler].filter(Boolean) : [];
  if (!frames.length) return [el("p", { class: "quieter" }, "No stack was kept.")];
  return [
    el("h4", {}, "Stack, innermost first"),
    stackElement(data, frames, blamed),
    ...(holder.length ? [el("h4", {}, "The GIL was held in"), stackElement(data, holder, blamed)] : []),
  ];
}
