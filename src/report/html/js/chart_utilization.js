// How busy the loop was over time, and with what: the height is busy / (busy + idle), its parts are the split's.
const SPLIT_PARTS = [
  ["cpu_ns", "c-runtime_cpu", "CPU"],
  ["blocked_ns", "c-asleep", "blocked"],
  ["runqueue_ns", "c-no_cpu", "run queue"],
];

function utilizationPath(timeline, from, to, x, y) {
  return timeline.start_offset_ns
    .map(
      (start, i) =>
        `M${x(start).toFixed(1)} ${y(from[i]).toFixed(1)}V${y(to[i]).toFixed(1)}H${x(timeline.end_offset_ns[i]).toFixed(1)}V${y(from[i]).toFixed(1)}Z`,
    )
    .join("");
}

function drawUtilization(host, data, loop, width) {
  const { timeline } = loop,
    height = 140,
    top = 8,
    bottom = height - 26;
  const x = timeScale(data, width),
    y = linear(0, 1, bottom, top);
  const picture = svg("svg", {
    width: "100%",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": `Utilization over time: ${percent1(loop.utilization)} in all`,
  });
  for (const share of [0, 0.5, 1])
    picture.append(
      svg("line", { class: "grid", x1: TIME_LEFT, x2: width - TIME_RIGHT, y1: y(share), y2: y(share) }),
      svg("text", { x: TIME_LEFT - 8, y: y(share) + 4, "text-anchor": "end" }, `${100 * share} %`),
    );
  let from = timeline.start_offset_ns.map(() => 0);
  for (const [part, paint] of SPLIT_PARTS) {
    const to = from.map((base, i) =>
      Math.min(1, base + timeline[part][i] / (timeline.busy_ns[i] + timeline.idle_ns[i] || 1)),
    );
    picture.append(svg("path", { d: utilizationPath(timeline, from, to, x, y), style: { fill: `var(--${paint})` } }));
    from = to;
  }
  const busy = from.map((base, i) =>
    Math.max(base, timeline.busy_ns[i] / (timeline.busy_ns[i] + timeline.idle_ns[i] || 1)),
  );
  picture.append(
    svg("path", { d: utilizationPath(timeline, from, busy, x, y), style: { fill: "var(--c-unknown)" } }),
    svg("line", { class: "axis", x1: TIME_LEFT, x2: width - TIME_RIGHT, y1: bottom, y2: bottom }),
    ...timeAxis(data, x, width, bottom, bottom),
  );
  host.replaceChildren(picture);
  tellOnHover(picture, (px) => {
    const i = pointAt(timeline, x.back(px));
    return i < 0 ? "" : pointText(data, timeline, i);
  });
}

function utilizationFigure(data, loop) {
  const host = el("div", { class: "chart" });
  if (loop.timeline.heat.length) keepDrawn(host, (width) => drawUtilization(host, data, loop, width));
  return figure(
    "Utilization",
    "The share of the time in which the loop was not waiting for events.",
    host,
    el(
      "ul",
      { class: "legend" },
      [...SPLIT_PARTS, ["", "c-unknown", "booked by nobody"]].map(([, paint, name]) =>
        el("li", {}, chip(`var(--${paint})`, name)),
      ),
    ),
  );
}
