// What is said of a loop in words.
function loopFacts(loop) {
  return [
    loop.stalls ? counted(loop.stalls, "stall") : "no stalls",
    counted(loop.iterations, "iteration"),
    `${decimal(loop.iterations_per_s)}/s`,
    `${percent1(loop.utilization)} busy`,
    `${decimal(loop.events_per_wait)} events/wait`,
    loop.tasks &&
      `${counted(loop.tasks.steps, "task step")}, counted in ${duration(loop.tasks.measured_ns)} of ${duration(loop.watched_ns)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function loopNotes(data, loop) {
  const busy = loop.busy.sum_ns,
    gap = Math.abs(loop.split.unaccounted_ns),
    notes = [];
  if (100 * gap > busy)
    notes.push(
      loop.split.unaccounted_ns > 0
        ? `${percent(gap, busy)} of the busy time was booked by nobody: the virtual machine did not run, or interrupts were served.`
        : `The parts of the split add up to ${percent(gap, busy)} more than the busy time: take them with care.`,
    );
  const cut = data.stalls.filter(
    (stall) =>
      stall.pid === loop.pid &&
      stall.tid === loop.tid &&
      (stall.ongoing || stall.before_attach) &&
      stall.busy_ns > loop.busy.max_ns,
  ).length;
  if (cut)
    notes.push(
      `${counted(cut, "stall")} that the session's start or end cut short: listed, but in none of the percentiles.`,
    );
  if (loop.discarded)
    notes.push(
      `${counted(loop.discarded, "iteration")} discarded: the loop ended, or the thread went over to another loop, while they ran.`,
    );
  return notes.map((note) => el("p", { class: "quieter" }, note));
}
