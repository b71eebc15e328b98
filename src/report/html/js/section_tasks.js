// How long the steps of tasks and handlers held the loops, as a table.

// A row is known by the user's function that ran: the handler's where it is told.
function taskElement(row) {
  const who = row.handler || row;
  const notes = [KIND[row.kind], row.handler ? `in ${row.name}` : ""].filter(Boolean).join(" · ");
  const name = who.name || (row.kind === "other" ? "(other tasks)" : "(its name is not known)");
  return nameAndPlace({ ...who, name }, notes && el("bdi", { class: "place" }, notes));
}

// How the blame of the rows adds up.
function blameAbout(data) {
  if (!knowsBlame(data)) return "";
  const sum = (get) => duration(data.loops.reduce((ns, { queue }) => ns + (queue ? get(queue) : 0), 0));
  return (
    ` Blame is what sockets with data ready waited while a row's steps ran, and the order in which to fix things: ` +
    `of ${sum((queue) => queue.waited_ns)} in all ${sum((queue) => queue.blame.tasks_ns)} was behind these rows, the rest behind the loop itself or steps that were not counted.`
  );
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
    ...blameColumns(data),
  ].filter(Boolean);
  const table = createTable({
    caption: "Tasks",
    noun: "row",
    columns,
    rows: data.tasks,
    sort: knowsBlame(data) ? "blame.total_ns" : "share",
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
    `How long each coroutine's step and each callback held its loop: all steps in ${duration(covered)} of ${duration(watched)} of loop time, none sampled. A handler's row is told apart from its framework's task.${blameAbout(data)}`,
    table,
  );
}
