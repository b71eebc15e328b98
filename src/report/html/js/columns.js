// Columns that several tables have. A column's key is the value's path in the JSON report.
const ns = (key, title, hint) => ({
  key,
  title,
  hint,
  number: true,
  exact: true,
  get: (row) => at(row, key),
  show: duration,
});
const at = (row, path) => path.split(".").reduce((value, key) => value?.[key] ?? null, row);
const number = (key, title, hint) => ({
  key,
  title,
  hint,
  number: true,
  get: (row) => at(row, key),
  show: (n) => (n ? count(n) : "–"),
});
const framesWords = (data, row) => row.frames.map((place) => data.frames[place].name);
const culpritWords = ({ culprit }) =>
  culprit ? [culprit.name, placeOf(culprit), culprit.handler?.name || ""] : ["(nobody is named)"];

// Whether queue delay was measured.
const knowsBlame = (data) => data.loops.some((loop) => loop.queue);

// Of what sockets with data ready waited; none where that was not measured.
function blameColumns(data) {
  if (!knowsBlame(data)) return [];
  return [
    ns("blame.total_ns", "Blame", "What sockets with data ready waited for it, all of them together"),
    number("blame.sockets", "Sockets", "How many waited for it for 1 ms and more"),
    ns("blame.max_ns", "Worst", "The longest wait of one socket"),
  ];
}
