// Each loop: its percentiles, its time, its split. The first is open; others are drawn when they are opened.
const PERCENTILES = [
  ["p50_ns", "p50"],
  ["p90_ns", "p90"],
  ["p99_ns", "p99"],
  ["p999_ns", "p99.9"],
  ["max_ns", "Max"],
];

function percentileTable(loop, index, thresholdNs) {
  const cell = (sort, key) =>
    el(
      "td",
      {
        class: "number",
        title: exactly(loop[sort][key]),
        data: { key: `${sort}.${key}`, value: JSON.stringify(loop[sort][key]) },
        style: loop[sort][key] >= thresholdNs ? { color: "var(--bad)", fontWeight: 600 } : {},
      },
      loop[sort].count ? duration(loop[sort][key]) : "–",
    );
  const row = (sort) =>
    el(
      "tr",
      { data: { index } },
      el("th", { scope: "row" }, sort),
      PERCENTILES.map(([key]) => cell(sort, key)),
    );
  return el(
    "div",
    { class: "table-box" },
    el(
      "table",
      { class: "percentiles" },
      el("caption", { class: "hidden" }, "Percentiles of busy and own time"),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", {}, ""),
          PERCENTILES.map(([, title]) => el("th", { class: "number", scope: "col" }, title)),
        ),
      ),
      el("tbody", {}, row("busy"), row("own")),
    ),
  );
}

function loopFacts(loop) {
  return [
    loop.stalls ? counted(loop.stalls, "stall") : "no stalls",
    counted(loop.iterations, "iteration"),
    `${decimal(loop.iterations_per_s)}/s`,
    `${percent1(loop.utilization)} busy`,
    `${decimal(loop.events_per_wait)} events/wait`,
    loop.tasks &&
      `${counted(loop.tasks.steps, "task step")}, counted in ${duration(loop.tasks.measured_ns)} of ${duration(loop.watched_ns)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function loopNotes(data, loop) {
  const busy = loop.busy.sum_ns,
    gap = Math.abs(loop.split.unaccounted_ns),
    notes = [];
  if (100 * gap > busy)
    notes.push(
      loop.split.unaccounted_ns > 0
        ? `${percent(gap, busy)} of the busy time was booked by nobody: the virtual machine did not run, or interrupts were served.`
        : `The parts of the split add up to ${percent(gap, busy)} more than the busy time: take them with care.`,
    );
  const cut = data.stalls.filter(
    (stall) =>
      stall.pid === loop.pid &&
      stall.tid === loop.tid &&
      (stall.ongoing || stall.before_attach) &&
      stall.busy_ns > loop.busy.max_ns,
  ).length;
  if (cut)
    notes.push(
      `${counted(cut, "stall")} that the session's start or end cut short: listed, but in none of the percentiles.`,
    );
  if (loop.discarded)
    notes.push(
      `${counted(loop.discarded, "iteration")} discarded: the loop ended, or the thread went over to another loop, while they ran.`,
    );
  return notes.map((note) => el("p", { class: "quieter" }, note));
}

function loopBody(data, loop, index) {
  const busy = loop.busy.sum_ns;
  const split = figure(
    "Where the busy time went",
    `${duration(busy)} of busy time. ~ estimated from ${counted(loop.split.user_kernel_samples, "clock sample")}.`,
    partsElement(splitParts(loop.split), busy),
  );
  const left = el("div", { class: "section" }, percentileFigure(loop, data.session.threshold_ns));
  const right = el(
    "div",
    { class: "section" },
    el("h3", {}, "Percentiles"),
    percentileTable(loop, index, data.session.threshold_ns),
    split,
    ...loopNotes(data, loop),
  );
  return el(
    "div",
    { class: "loop-body" },
    el("div", { class: "pair" }, left, right),
    heatFigure(data, loop),
    utilizationFigure(data, loop),
  );
}

function loopElement(data, loop, index) {
  const element = el(
    "details",
    { class: "loop", data: { index } },
    el(
      "summary",
      {},
      el("bdi", { class: "title long" }, loopName(loop)),
      el("span", { class: "about long" }, `${loop.wait} · ${loop.runtime}`),
      el("span", { class: "about" }, loopFacts(loop)),
    ),
  );
  element.addEventListener(
    "toggle",
    () => element.open && element.children.length === 1 && element.append(loopBody(data, loop, index)),
  );
  element.open = index === 0;
  return element;
}

function loopsTable(data) {
  const columns = [
    {
      key: "comm",
      title: "Loop",
      primary: true,
      get: (row) => row.comm,
      show: (_, row) => el("bdi", { class: "name" }, loopName(row)),
    },
    number("iterations", "Iterations"),
    { key: "utilization", title: "Utilization", number: true, get: (row) => row.utilization, show: percent1 },
    ns("busy.p50_ns", "p50"),
    ns("busy.p99_ns", "p99"),
    ns("busy.max_ns", "Max"),
    number("stalls", "Stalls"),
  ];
  return createTable({
    caption: "Loops",
    noun: "loop",
    columns,
    rows: data.loops,
    sort: "stalls",
    words: (row) => [row.comm, String(row.pid), String(row.tid), row.runtime],
  });
}

const LOOPS_DRAWN = 40;

function loopsSection(data) {
  if (!data.loops.length) return null;
  const drawnLoops = data.loops.slice(0, LOOPS_DRAWN),
    left = data.loops.length - drawnLoops.length;
  return section(
    "loops",
    data.loops.length > 1 ? "Loops" : "The loop",
    "An iteration is what the loop does between two waits for events. Nothing else on that loop can run meanwhile.",
    data.loops.length > 1 ? loopsTable(data) : null,
    el(
      "div",
      { class: "loops" },
      drawnLoops.map((loop, index) => loopElement(data, loop, index)),
    ),
    left > 0
      ? el(
          "p",
          { class: "quieter" },
          `Charts of the worst ${LOOPS_DRAWN}; the other ${counted(left, "loop")} are in the table.`,
        )
      : null,
  );
}
