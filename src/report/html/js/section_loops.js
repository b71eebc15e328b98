// Each loop: its percentiles, its time, its split. The first is open; others are drawn when they are opened.
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
    ...arrivalNote(loop),
    split,
    queueFigure(loop),
    backlogNote(loop),
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
