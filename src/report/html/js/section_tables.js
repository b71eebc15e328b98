// Culprits, tasks and stalls as tables. A column's key is the value's path in the JSON report.
const ns = (key, title, hint) => ({
  key,
  title,
  hint,
  number: true,
  exact: true,
  get: (row) => at(row, key),
  show: duration,
});
const at = (row, path) => path.split(".").reduce((value, key) => value?.[key], row);
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
  ];
  const table = createTable({
    caption: "Culprits",
    noun: "culprit",
    columns,
    rows: data.culprits,
    sort: "total_ns",
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

const KIND = {
  task: "",
  other: "all that there was no room for",
  callback: "callback",
  timer: "timer",
  signal: "signal",
};

// A row is known by the user's function that ran: the handler's where it is told.
function taskElement(row) {
  const who = row.handler || row;
  const notes = [KIND[row.kind], row.handler ? `in ${row.name}` : ""].filter(Boolean).join(" · ");
  const name = who.name || (row.kind === "other" ? "(other tasks)" : "(its name is not known)");
  return nameAndPlace({ ...who, name }, notes && el("bdi", { class: "place" }, notes));
}

function tasksSection(data) {
  if (!data.tasks.length) return null;
  const loops = data.loops.length > 1;
  const columns = [
    {
      key: "name",
      title: "Who",
      primary: true,
      get: (row) => row.name,
      by: (row) => (row.handler || row).name,
      show: (_, row) => taskElement(row),
    },
    loops && {
      key: "pid",
      title: "Loop",
      get: (row) => row.pid,
      show: (pid, row) => (pid === row.tid ? `${pid}` : `${pid}/${row.tid}`),
    },
    {
      ...number("steps.count", "Steps", "~ the handler of some of them is an estimate"),
      show: (n, row) => (row.estimated ? "~" : "") + count(n),
    },
    {
      key: "share",
      title: "Of busy",
      number: true,
      hint: "Share of the loop's busy time while steps were counted",
      get: (row) => row.share,
      show: percent1,
    },
    ns("steps.sum_ns", "Held", "All steps together"),
    ns("steps.p50_ns", "p50"),
    ns("steps.p99_ns", "p99"),
    ns("steps.max_ns", "Max"),
    number("stalls", "Stalls", "Steps that reached the threshold by themselves"),
  ].filter(Boolean);
  const table = createTable({
    caption: "Tasks",
    noun: "row",
    columns,
    rows: data.tasks,
    sort: "share",
    words: (row) => [
      row.name,
      row.file || "",
      row.handler?.name || "",
      row.handler?.file || "",
      row.kind,
      String(row.pid),
    ],
  });
  const covered = data.loops.reduce((sum, loop) => sum + (loop.tasks?.measured_ns || 0), 0),
    watched = data.loops.reduce((sum, loop) => sum + loop.watched_ns, 0);
  return section(
    "tasks",
    "Tasks",
    `How long each coroutine's step and each callback held its loop: all steps in ${duration(covered)} of ${duration(watched)} of loop time, none sampled. A handler's row is told apart from its framework's task.`,
    table,
  );
}
