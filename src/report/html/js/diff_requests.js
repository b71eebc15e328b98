// Requests by name, before and after: shown, not tested.
function requestDifferences(rows) {
  if (!rows?.length) return null;
  const held = rows.some(({ before, after }) => before?.held || after?.held);
  const columns = [
    {
      key: "name",
      title: "Request",
      primary: true,
      get: (row) => row.name,
      show: (_, row) => nameElement(requestText(row)),
    },
    both("Count", "count", count),
    both("Per s", "per_s", decimal),
    ...(held
      ? [
          both("Held", "held.sum_ns", duration),
          both("p50", "held.p50_ns", duration),
          both("p90", "held.p90_ns", duration),
          both("p99", "held.p99_ns", duration),
          both("Max", "held.max_ns", duration),
        ]
      : []),
  ];
  const table = createTable({
    caption: "Requests",
    noun: "name",
    columns,
    rows,
    sort: held ? "after.held.sum_ns" : "after.count",
    words: (row) => [requestText(row), row.protocol],
  });
  return section(
    "requests",
    "Requests",
    "By HTTP method and path or Redis command, before → after, and for how long they held the loop: shown, not tested.",
    table,
  );
}
