// What differs, as tables: each cell has the value before and after.
function whoElement(row) {
  const who = row.handler ||
    row.task || {
      name: row.kind === "other" ? "(other tasks)" : row.task === undefined ? row.loop : "(its name is not known)",
    };
  const notes = [row.kind && KIND[row.kind], row.handler && row.task ? `in ${row.task.name}` : ""]
    .filter(Boolean)
    .join(" · ");
  return nameAndPlace(who, notes && el("bdi", { class: "place" }, notes));
}

const told = (value, show) => (value === undefined || value === null ? "–" : show(value));

// Where there is no room a pair breaks at its arrow; a number and its unit stay together.
const together = (text) => text.replaceAll(" ", "\u00a0");

// A cell for both sides; it is sorted by the later one.
function both(title, path, show) {
  return {
    key: `after.${path}`,
    title,
    number: true,
    wraps: true,
    get: (row) => at(row, `after.${path}`) ?? null,
    by: (row) => at(row, `after.${path}`) ?? 0,
    show: (value, row) => `${together(told(at(row, `before.${path}`), show))} → ${together(told(value, show))}`,
  };
}

function intervalsElement(row) {
  const text = ({ statistic, ratio, ratio_low, ratio_high, verdict }) => {
    const bound = (value) => (value === null ? "?" : `${(100 * (value - 1)).toFixed(0)} %`);
    return `${statistic}: ${bound(ratio)} (${bound(ratio_low)} … ${bound(ratio_high)})${verdict === "same" ? "" : `, ${verdict}`}`;
  };
  return el(
    "div",
    { class: "detail-body" },
    row.why_untested ? el("p", {}, `Not tested: ${row.why_untested}.`) : null,
    el(
      "ul",
      { class: "legend" },
      row.changes.map((change) => el("li", {}, text(change))),
    ),
  );
}

// What sockets waited, where a session knows. It is not tested.
function waitingColumns(rows) {
  const known = (key) => rows.some(({ before, after }) => before?.[key] || after?.[key]);
  return [
    known("blame") && both("Blame a s", "blame.ns_per_s", duration),
    known("queue") && both("Queue p50", "queue.delay.p50_ns", duration),
    known("queue") && both("Queue p99", "queue.delay.p99_ns", duration),
  ].filter(Boolean);
}

function differencesTable(id, title, about, rows, values, unit) {
  if (!rows.length) return null;
  const order = ["worse", "new", "better", "gone", "same", "untested"];
  const columns = [
    {
      key: "who",
      title: "Who",
      primary: true,
      get: (row) => (row.handler || row.task)?.name ?? row.loop,
      show: (_, row) => whoElement(row),
    },
    {
      key: "verdict",
      title: "Verdict",
      get: (row) => row.verdict,
      number: true,
      by: (row) => order.length - order.indexOf(row.verdict),
    },
    both(unit, "count", count),
    both("Per s", "per_s", decimal),
    both("Own mean", "own_mean_ns", duration),
    both("p50", `${values}.p50_ns`, duration),
    both("p90", `${values}.p90_ns`, duration),
    both("p99", `${values}.p99_ns`, duration),
    both("Max", `${values}.max_ns`, duration),
    ...waitingColumns(rows),
  ];
  const table = createTable({
    caption: title,
    noun: "row",
    columns,
    rows,
    sort: "verdict",
    detail: intervalsElement,
    words: (row) => [row.loop, row.verdict, row.task?.name || "", row.handler?.name || "", row.task?.file || ""],
  });
  return section(id, title, about, table);
}
