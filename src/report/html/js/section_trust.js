// What the numbers miss, and what measuring cost.
function trustTable(caption, heads, rows) {
  return el(
    "div",
    { class: "table-box" },
    el(
      "table",
      {},
      el("caption", { class: "hidden" }, caption),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          heads.map((head) => el("th", { scope: "col" }, head)),
        ),
      ),
      el("tbody", {}, rows),
    ),
  );
}

const nameCell = (text) => el("td", {}, el("bdi", { class: "name" }, text));

function lostElements(data) {
  const kinds = Object.entries(data.lost).filter(([, n]) => n > 0);
  if (!kinds.length) return [el("p", {}, "Nothing was lost: all that was seen is in this report.")];
  return [
    el("h3", {}, "Lost"),
    el(
      "div",
      { class: "table-box" },
      el(
        "table",
        { class: "lost" },
        el("caption", { class: "hidden" }, "What was lost"),
        el(
          "tbody",
          {},
          kinds.map(([key, n]) =>
            el(
              "tr",
              { data: { index: key } },
              el("td", { class: "number", data: { key: `lost.${key}`, value: n } }, count(n)),
              el("td", {}, data.words.lost[key]),
            ),
          ),
        ),
      ),
    ),
  ];
}

function costText(data) {
  const { cost, session } = data;
  const run =
    cost.bpf_timed_hits && cost.bpf_hits ? ` of ${duration(Math.floor(cost.bpf_run_ns / cost.bpf_hits))}` : "";
  return (
    `${count(cost.bpf_hits)} BPF runs${run}; collector CPU ${percent1(cost.collector_cpu_ns / (session.duration_ns || 1))}, ` +
    `${bytes(cost.collector_rss_bytes)}, maps ${bytes(cost.map_bytes)}`
  );
}

// Epoch nanoseconds are larger than a double holds exactly; a tenth of a millisecond is enough here.
const afterStart = (data, ns) => duration(Math.max(0, ns - data.session.start_ns));

function processRow(data, process) {
  const came = process.parent ? `${afterStart(data, process.seen_ns)} after the start, child of ${process.parent}` : "";
  return el(
    "tr",
    {},
    el("td", { class: "number" }, String(process.pid)),
    nameCell(process.comm),
    nameCell(process.command),
    nameCell(process.runtime),
    el("td", {}, came),
    el("td", {}, process.exited_ns ? `${afterStart(data, process.exited_ns)} after the start` : ""),
  );
}

function waitRow(loop) {
  return el(
    "tr",
    {},
    el("td", { class: "number" }, loop.pid === loop.tid ? `${loop.pid}` : `${loop.pid}/${loop.tid}`),
    nameCell(loop.comm),
    el("td", {}, loop.wait),
    el("td", {}, el("bdi", { class: "long" }, loop.reason)),
  );
}

function trustSection(data) {
  const parts = lostElements(data);
  if (data.notes.length)
    parts.push(
      el("h3", {}, "Notes"),
      el(
        "ul",
        { class: "notes" },
        data.notes.map((note) => el("li", {}, el("bdi", { class: "long" }, note))),
      ),
    );
  if (data.processes.length)
    parts.push(
      el("h3", {}, "Processes"),
      trustTable(
        "Processes",
        ["pid", "Name", "Command", "Runtime", "Joined", "Exited"],
        data.processes.map((p) => processRow(data, p)),
      ),
    );
  if (data.unconfirmed.length)
    parts.push(
      el("h3", {}, "Threads that wait, but are no event loops"),
      trustTable("Threads that are no loops", ["Thread", "Name", "Wait", "Why"], data.unconfirmed.map(waitRow)),
    );
  parts.push(el("h3", {}, "Own cost"), el("p", {}, costText(data)));
  return section(
    "trust",
    "What the numbers rest on",
    "Iterations are counted, not sampled. Whatever was seen but could not be kept is here.",
    ...parts,
  );
}

const TERMS = [
  ["iteration", "from the return of one wait for events to the next wait"],
  ["busy", "an iteration's length: nothing else on that loop runs meanwhile"],
  ["own", "busy time without the run queue: what the loop did itself"],
  ["stall", "an iteration that reached the threshold"],
  ["blocked", "asleep inside a call: I/O, a lock, a sleep"],
  ["run queue", "ready to run, but others had the CPU"],
  ["culprit", "the innermost function of your own code that took over half of a stall"],
  ["handler", "what the loop dispatched: a task or a callback"],
  ["step", "one run of a task or callback, until it gives the loop back"],
  ["~", "an estimate"],
];
const QUEUE_TERMS = [
  ["arrival", "what a request at a random moment waits for the loop"],
  ["queue", "what a socket with data ready waited to be read: what clients feel"],
  ["blame", "queue delay inflicted on sockets, that of all of them together"],
];

function termsSection(data) {
  return section(
    "terms",
    "Words",
    "",
    el(
      "dl",
      { class: "facts terms" },
      [...TERMS, ...(knowsBlame(data) ? QUEUE_TERMS : [])].map(([term, meaning]) =>
        el("div", {}, el("dt", {}, term), el("dd", {}, meaning)),
      ),
    ),
  );
}
