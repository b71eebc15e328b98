// What was asked of the loops, by name, as a table. Only in sessions with --requests.

// Of those requests of which it is known how long they held the loop; of a name none may be.
function heldColumns() {
  const show = (value) => (value === null ? "–" : duration(value));
  return [
    { ...ns("held.sum_ns", "Held", "All of them together"), show },
    { ...ns("held.p50_ns", "p50"), show },
    { ...ns("held.p99_ns", "p99"), show },
    { ...ns("held.max_ns", "Max"), show },
    number("held.count", "Timed", "Of how many it is known how long they held the loop"),
  ];
}

// Some do not tell: how many they are, and why.
const requestNotes = ({ encrypted, not_told }) =>
  [
    [encrypted, "encrypted (TLS): their requests can not be told"],
    [not_told, "not told: of another protocol, or of a request that had begun before it was seen"],
  ]
    .filter(([n]) => n)
    .map(([n, what]) => el("p", { class: "quieter" }, `${counted(n, "read")} ${what}.`));

function requestsTable(data, any) {
  return createTable({
    caption: "Requests",
    noun: "name",
    columns: [
      {
        key: "name",
        title: "Request",
        primary: true,
        get: (row) => row.name,
        show: (_, row) => nameElement(requestText(row)),
      },
      number("count", "Count", "All that were read, none sampled"),
      { ...number("per_s", "Per s", "While their loops were watched"), show: decimal },
      ...(any ? heldColumns() : []),
    ],
    rows: data.requests,
    sort: any ? "held.sum_ns" : "count",
    words: (row) => [requestText(row), row.protocol],
  });
}

function requestsSection(data) {
  if (!data.requests) return null;
  const any = data.requests.some((row) => row.held);
  const requests = data.requests.reduce((sum, row) => sum + row.count, 0);
  const held = any
    ? "Held is from the read of a request's last byte until the loop read from another client or ended its iteration."
    : "For how long each held the loop can not be told from the reads.";
  return section(
    "requests",
    "Requests",
    `What was asked of the loops, by HTTP method and path or Redis command: ${counted(requests, "request")}, all counted. ${requests ? held : ""}`,
    data.requests.length ? requestsTable(data, any) : null,
    ...requestNotes(data.request_reads),
  );
}
