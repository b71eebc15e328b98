// Percentiles from 0 to 99.99 %, on an axis on which each nine takes the same room: a line that bends up early says how
// many of the iterations are slow, and how slow.
const MARKS = [
  [0, "0"],
  [0.5, "50 %"],
  [0.9, "90 %"],
  [0.99, "99 %"],
  [0.999, "99.9 %"],
  [0.9999, "99.99 %"],
];
const nines = (q) => Math.min(4, -Math.log10(Math.max(1 - q, 1e-9)));

function stepPath(all, x, y) {
  const inside = all.filter((step) => nines(step.from) < 4 || step.from === 0);
  return inside
    .map(
      (step, i) =>
        `${i ? "L" : "M"}${x(nines(step.from)).toFixed(1)} ${y(step.value).toFixed(1)}H${x(nines(step.to)).toFixed(1)}`,
    )
    .join("");
}

function drawPercentiles(host, loop, thresholdNs, width) {
  const height = 264,
    left = 56,
    right = 14,
    top = 10,
    bottom = height - 26;
  const series = percentileSeries(loop),
    busy = series.find(({ name }) => name === "busy").steps;
  const [low, high] = percentileRange(series, thresholdNs);
  const x = linear(0, 4, left, width - right),
    y = logarithmic(low, high, bottom, top);
  const picture = svg("svg", {
    width: "100%",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": `Percentiles of busy time: half of the iterations took ${duration(loop.busy.p50_ns)} or less, 99 % ${duration(loop.busy.p99_ns)} or less`,
  });
  for (const tick of spacedTicks(low, high, y))
    picture.append(
      svg("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
      svg("text", { x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, roundDuration(tick)),
    );
  for (const [q, label] of MARKS) {
    const at = x(nines(q));
    picture.append(
      svg("line", { class: "grid", x1: at, x2: at, y1: top, y2: bottom }),
      svg(
        "text",
        { x: at, y: height - 8, "text-anchor": q === 0.9999 ? "end" : "middle" },
        width < 420 ? label.replace(" %", "") : label,
      ),
    );
  }
  picture.append(
    ...thresholdLine(thresholdNs, y, left, width - right),
    ...series.map((one) => svg("path", { class: one.name, d: stepPath(one.steps, x, y) })),
  );
  for (const [q] of MARKS.slice(1))
    picture.append(svg("circle", { class: "dot", r: 4, cx: x(nines(q)), cy: y(quantile(busy, q)) }));
  const cursor = svg("line", { class: "cursor", y1: top, y2: bottom, visibility: "hidden" });
  picture.append(cursor);
  host.replaceChildren(picture);
  hoverPercentiles(picture, cursor, { x, series, left, right: width - right });
}

function thresholdLine(thresholdNs, y, from, to) {
  return [
    svg("line", { class: "threshold", x1: from, x2: to, y1: y(thresholdNs), y2: y(thresholdNs) }),
    svg(
      "text",
      { class: "threshold-text", x: from + 6, y: y(thresholdNs) - 5 },
      `stall threshold, ${roundDuration(thresholdNs)}`,
    ),
  ];
}

function hoverPercentiles(picture, cursor, { x, series, left, right }) {
  tellOnHover(
    picture,
    (px) => {
      if (px < left || px > right) return "";
      const q = 1 - 10 ** -x.back(px);
      cursor.setAttribute("x1", px);
      cursor.setAttribute("x2", px);
      cursor.setAttribute("visibility", "visible");
      const digits = q > 0.999 ? 3 : q > 0.99 ? 2 : 1;
      const values = [...series].reverse().map((one) => `${one.name} ${duration(quantile(one.steps, q))}`);
      return [`p${(100 * q).toFixed(digits)}`, ...values].join("\n");
    },
    () => cursor.setAttribute("visibility", "hidden"),
  );
}

function percentileFigure(loop, thresholdNs) {
  const host = el("div", { class: "chart" });
  if (loop.busy.count) keepDrawn(host, (width) => drawPercentiles(host, loop, thresholdNs, width));
  const queue = loop.queue?.delay.count;
  const key = ({ name, text }) =>
    el(
      "li",
      { class: "chip" },
      svg("svg", { class: "line-key", viewBox: "0 0 22 10" }, svg("path", { class: name, d: "M0 5H22" })),
      text,
    );
  return figure(
    queue ? "How long an iteration took, and data waited" : "How long an iteration took",
    queue
      ? "That share of all iterations took so long or less; that share of all reads found data that had waited so long or less."
      : "That share of all iterations took so long or less.",
    host,
    el("ul", { class: "legend chart" }, percentileSeries(loop).reverse().map(key)),
  );
}
