// What charts over time share: their axis, and where the pointer is on it.
const TIME_LEFT = 56,
  TIME_RIGHT = 14;

const timeScale = (data, width) => linear(0, data.session.duration_ns, TIME_LEFT, width - TIME_RIGHT);

function timeAxis(data, x, width, y, top) {
  const span = data.session.duration_ns;
  return timeTicks(span, width - TIME_LEFT).flatMap((at) => [
    svg("line", { class: "grid", x1: x(at), x2: x(at), y1: top, y2: y }),
    svg("text", { x: x(at), y: y + 16, "text-anchor": x(at) > width - 40 ? "end" : "middle" }, timeLabel(at)),
  ]);
}

// Which point of the timeline holds a moment; -1 for none.
function pointAt(timeline, offsetNs) {
  return timeline.end_offset_ns.findIndex((end, i) => offsetNs < end && offsetNs >= timeline.start_offset_ns[i]);
}

function pointText(data, timeline, i) {
  const busy = timeline.busy_ns[i],
    all = busy + timeline.idle_ns[i];
  const length = timeline.end_offset_ns[i] - timeline.start_offset_ns[i];
  const parts = ["cpu", "blocked", "runqueue"].map(
    (part) => `${part === "runqueue" ? "run queue" : part} ${percent(timeline[`${part}_ns`][i], busy)}`,
  );
  return (
    `${clock(data, timeline.start_offset_ns[i])} UTC, ${duration(length)}\n${counted(timeline.iterations[i], "iteration")}` +
    `, ${percent1(all ? busy / all : 0)} busy\nof that ${parts.join(", ")}\np99 ${duration(timeline.p99_ns[i])}` +
    `${timeline.stalls[i] ? `, ${counted(timeline.stalls[i], "stall")}` : ""}`
  );
}
