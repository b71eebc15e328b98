// A loop's percentiles as a table. Where queue delay was measured, what clients wait for it as well.
const PERCENTILES = [
  ["p50_ns", "p50"],
  ["p90_ns", "p90"],
  ["p99_ns", "p99"],
  ["p999_ns", "p99.9"],
  ["max_ns", "Max"],
];

// key: where the row's values are in the JSON report. counted: where it says of how many.
const BUSY_ROWS = [
  { key: "busy", title: "busy", counted: "busy.count" },
  { key: "own", title: "own", counted: "own.count" },
];
const QUEUE_ROWS = [
  {
    key: "arrival",
    title: "arrival",
    hint: "What a request at a random moment waits for the loop",
    counted: "iterations",
  },
  { key: "queue.delay", title: "queue", hint: "From data ready on a socket to its read", counted: "queue.delay.count" },
  {
    key: "queue.accept",
    title: "accept",
    hint: "From a connection established to its accept",
    counted: "queue.accept.count",
  },
];
const percentileRows = (loop) =>
  loop.queue ? [...BUSY_ROWS, ...QUEUE_ROWS.filter((row) => at(loop, row.counted))] : BUSY_ROWS;

function percentileCell(loop, row, key, thresholdNs) {
  const path = `${row.key}.${key}`,
    ns = at(loop, path);
  return el(
    "td",
    {
      class: "number",
      title: exactly(ns),
      data: { key: path, value: JSON.stringify(ns) },
      style: ns >= thresholdNs ? { color: "var(--bad)", fontWeight: 600 } : {},
    },
    at(loop, row.counted) ? duration(ns) : "–",
  );
}

function percentileTable(loop, index, thresholdNs) {
  const titles = PERCENTILES.map(([, title]) => el("th", { class: "number", scope: "col" }, title));
  const row = (of) =>
    el(
      "tr",
      { data: { index } },
      el("th", { scope: "row", title: of.hint }, of.title),
      PERCENTILES.map(([key]) => percentileCell(loop, of, key, thresholdNs)),
    );
  return el(
    "div",
    { class: "table-box" },
    el(
      "table",
      { class: "percentiles" },
      el("caption", { class: "hidden" }, "Percentiles of busy and own time"),
      el("thead", {}, el("tr", {}, el("th", {}, ""), titles)),
      el("tbody", {}, percentileRows(loop).map(row)),
    ),
  );
}

// Why "arrival" is not "busy".
function arrivalNote(loop) {
  if (!loop.queue) return [];
  const text =
    "busy counts each iteration once; arrival counts moments, of which more fall into a long iteration: " +
    `one request in a hundred that comes at random waits ${duration(loop.arrival.p99_ns)} or more.`;
  return [el("p", { class: "quieter" }, text)];
}
