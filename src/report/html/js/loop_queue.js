// What a loop's sockets with data ready waited for.
function waitParts({ queue, tasks }) {
  const { blame } = queue;
  if (tasks)
    return [
      { name: "behind tasks", ns: blame.tasks_ns, paint: "queue" },
      { name: "behind the loop itself", ns: blame.loop_ns, paint: "c-unknown" },
    ];
  return [
    { name: "behind stalls", ns: blame.stalls_ns, paint: "queue" },
    { name: "behind shorter work", ns: Math.max(0, queue.waited_ns - blame.stalls_ns), paint: "c-unknown" },
  ];
}

// What the delays are without.
function queueNotes({ queue }) {
  const notes = [
    [queue.unread, "that the loop did not ask for, or closed"],
    [queue.read_elsewhere, "that another thread read"],
    [queue.own_waits, "whose handler had itself waited for the data"],
  ];
  return notes
    .filter(([n]) => n)
    .map(([n, what]) => el("p", { class: "quieter" }, `Not among the delays: ${counted(n, "time")} data ${what}.`));
}

// Whether connections found the listener's queue full.
function backlogNote({ queue }) {
  if (!queue || (!queue.backlog.refused && queue.backlog.most <= queue.backlog.limit)) return null;
  const { most, limit, refused } = queue.backlog;
  const text =
    `Accept came too late: up to ${counted(most, "connection")} waited for it where the backlog is ${count(limit)}, ` +
    `and the kernel turned SYNs or ACKs away ${counted(refused, "time")}.`;
  return el("p", { class: "held" }, text);
}

function queueFigure(loop) {
  if (!loop.queue || !loop.queue.waited_ns) return null;
  const { delay, waited_ns } = loop.queue;
  return figure(
    "What sockets waited for",
    `${counted(delay.count, "read")}; sockets with data ready waited ${duration(waited_ns)} in all.`,
    partsElement(waitParts(loop), waited_ns),
    ...queueNotes(loop),
  );
}

// "43 other sockets waited 17.2 s in all"; "" if none did, or queue delay was not measured.
function delayedText({ delayed }) {
  return delayed?.sockets
    ? `${counted(delayed.sockets, "other socket")} waited ${duration(delayed.total_ns)} in all`
    : "";
}
