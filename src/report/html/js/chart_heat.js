// Busy times over time: a column is a moment, a row a length, the colour how many iterations. A single stall is seen
// beside a million short iterations, because the colours' steps are those of the number's logarithm.
const HEAT_ROW = 5;

function heatRows(timeline, thresholdNs) {
  const edges = timeline.heat_edges_ns;
  let first = edges.length - 1,
    last = 0;
  for (const column of timeline.heat)
    for (let i = 0; i < column.length; i += 2) {
      first = Math.min(first, column[i]);
      last = Math.max(last, column[i]);
    }
  const threshold = edges.findLastIndex((edge) => edge <= thresholdNs);
  return { edges, first: Math.min(first, threshold), last: Math.max(last, threshold) };
}

function mostInCell(timeline) {
  let most = 1;
  for (const column of timeline.heat) for (let i = 1; i < column.length; i += 2) most = Math.max(most, column[i]);
  return most;
}

// Where a time is: between the edges of its row.
function heatScale({ edges, first, last }, top, rowHeight) {
  const bottom = top + (last - first + 1) * rowHeight;
  const y = (ns) => {
    const row = Math.max(
      first,
      Math.min(
        last,
        edges.findLastIndex((edge) => edge <= ns),
      ),
    );
    const share = Math.min(1, (ns - edges[row]) / (edges[row + 1] - edges[row]));
    return bottom - (row - first + share) * rowHeight;
  };
  y.bottom = bottom;
  y.row = (pixel) => first + Math.floor((bottom - pixel) / rowHeight);
  return y;
}

function paintHeat(context, timeline, x, y, rows, rowHeight, thresholdNs) {
  const cool = mixer(colour("heat-low"), colour("heat-high")),
    hot = mixer(colour("hot-low"), colour("hot-high"));
  const strength = Math.log(mostInCell(timeline) + 1);
  timeline.heat.forEach((column, i) => {
    const left = x(timeline.start_offset_ns[i]),
      width = Math.max(1, x(timeline.end_offset_ns[i]) - left);
    for (let k = 0; k < column.length; k += 2) {
      const share = Math.log(column[k + 1] + 1) / strength;
      // Stalls are few: theirs is a scale of its own, on which the first is well seen.
      context.fillStyle = rows.edges[column[k] + 1] > thresholdNs ? hot(0.35 + 0.65 * share) : cool(share);
      context.fillRect(
        left,
        y.bottom - (column[k] - rows.first + 1) * rowHeight,
        width > 4 ? width - 0.5 : width + 0.3,
        rowHeight - 0.5,
      );
    }
  });
}

function drawHeat(host, data, loop, width) {
  const { timeline } = loop,
    threshold = data.session.threshold_ns,
    rows = heatRows(timeline, threshold);
  const x = timeScale(data, width),
    top = 8,
    y = heatScale(rows, top, HEAT_ROW),
    height = y.bottom + 26;
  const canvas = el("canvas", { "aria-hidden": "true" });
  host.replaceChildren(canvas);
  paintHeat(sizeCanvas(canvas, width, height), timeline, x, y, rows, HEAT_ROW, threshold);
  const over = svg("svg", {
    class: "over",
    width: "100%",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": `Busy times over time: ${counted(loop.stalls, "iteration")} of ${count(loop.iterations)} reached the threshold`,
  });
  for (const tick of spacedTicks(Math.max(1, rows.edges[rows.first]), rows.edges[rows.last + 1], y))
    over.append(
      svg("text", { x: TIME_LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, roundDuration(tick)),
      svg("line", { class: "axis", x1: TIME_LEFT - 4, x2: TIME_LEFT, y1: y(tick), y2: y(tick) }),
    );
  over.append(
    svg("line", { class: "axis", x1: TIME_LEFT, x2: width - TIME_RIGHT, y1: y.bottom, y2: y.bottom }),
    ...timeAxis(data, x, width, y.bottom, y.bottom),
    ...thresholdLine(threshold, y, TIME_LEFT, width - TIME_RIGHT),
  );
  host.append(over);
  tellOnHover(over, (px, py) => heatText(data, timeline, pointAt(timeline, x.back(px)), y.row(py)));
}

function heatText(data, timeline, i, row) {
  if (i < 0) return "";
  const column = timeline.heat[i],
    edges = timeline.heat_edges_ns;
  for (let k = 0; k < column.length; k += 2)
    if (column[k] === row)
      return `${counted(column[k + 1], "iteration")} of ${duration(edges[row])} to ${duration(edges[row + 1])}\n${pointText(data, timeline, i)}`;
  return pointText(data, timeline, i);
}

function heatFigure(data, loop) {
  const host = el("div", { class: "chart" });
  if (loop.busy.count && loop.timeline.heat.length) keepDrawn(host, (width) => drawHeat(host, data, loop, width));
  const ends = (low, high) =>
    el("span", {
      class: "swatch",
      style: { background: `linear-gradient(90deg, var(--${low}), var(--${high}))`, width: "34px" },
    });
  return figure(
    "Iterations over time",
    "Up is longer, darker is more of them (by the logarithm of their number); a stall that comes again and again is a row of dots.",
    host,
    el(
      "ul",
      { class: "legend" },
      el("li", { class: "chip" }, ends("heat-low", "heat-high"), "few to many iterations"),
      el("li", { class: "chip" }, ends("hot-low", "hot-high"), "of these, stalls"),
    ),
  );
}
