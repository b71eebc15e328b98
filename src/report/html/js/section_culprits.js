// Whose code held the loops, as a table.
function culpritsSection(data) {
  const columns = [
    {
      key: "culprit.name",
      title: "Who",
      primary: true,
      get: (row) => row.culprit?.name ?? null,
      show: (_, row) => culpritElement(row.culprit, data, row.unnamed),
    },
    { key: "cause.kind", title: "Cause", get: (row) => row.cause.kind, show: (kind) => data.words.cause[kind].label },
    number("stalls", "Stalls"),
    ns("total_ns", "Total"),
    ns("p50_ns", "p50"),
    ns("p99_ns", "p99"),
    ns("max_ns", "Max"),
    ...blameColumns(data),
  ];
  const table = createTable({
    caption: "Culprits",
    noun: "culprit",
    columns,
    rows: data.culprits,
    sort: knowsBlame(data) ? "blame.total_ns" : "total_ns",
    words: (row) => [...culpritWords(row), row.cause.kind, row.cause.object || "", row.advice?.title || ""],
    detail: (row) => culpritDetail(data, row),
  });
  const missing = data.stalls_total - data.stalls_explained - data.stalls_not_grouped;
  return section(
    "culprits",
    "Culprits",
    "Whose code held the loop: the innermost function of your own in which more than half of a stall was spent. Nobody is named on a guess.",
    table,
    data.stalls_not_grouped
      ? el(
          "p",
          { class: "quieter" },
          `${counted(data.stalls_not_grouped, "stall")} of further culprits, for which there was no room.`,
        )
      : null,
    missing > 0 ? el("p", { class: "quieter" }, `${counted(missing, "stall")} without any evidence.`) : null,
  );
}

function handlerLine({ culprit }) {
  if (!culprit?.handler || !culprit.frame || sameFunction(culprit.handler, culprit.frame)) return null;
  return el("p", {}, culprit.held_gil ? "In the thread of " : "In the handler ", nameAndPlace(culprit.handler));
}

function culpritDetail(data, row) {
  return el(
    "div",
    { class: "detail-body detail-columns" },
    el(
      "div",
      {},
      el("p", { class: "long" }, causeText(data, row.cause)),
      handlerLine(row),
      row.advice
        ? adviceElement(row.advice)
        : el("p", { class: "quieter" }, row.unnamed ? data.words.unnamed[row.unnamed] : "No rule fits."),
    ),
    el("div", {}, ...stacksElement(data, row)),
  );
}
