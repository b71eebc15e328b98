// The worst stalls: when, and each with its stack, split, causes and advice.
const REMARK = (stall) =>
  stall.ongoing && stall.before_attach
    ? "began before loopstall attached, and still going on at the end"
    : stall.ongoing
      ? "still going on when the session ended"
      : stall.before_attach
        ? "began before loopstall attached; timed from then on"
        : "";
const atLeast = (ns, row) => (row.ongoing || row.before_attach ? "≥ " : "") + duration(ns);

function stallsSection(data, stacks, showFlame) {
  if (!data.stalls.length) return null;
  const own = new Set(stacks.filter((stack) => stack.stall !== null && !stack.estimated).map((stack) => stack.stall));
  const part = (key, title) => ({
    key: `split.${key}`,
    title,
    number: true,
    get: (row) => row.split[key],
    exact: true,
    show: (n, row) => percent(n, row.busy_ns),
  });
  const columns = [
    { key: "start_offset_ns", title: "Start, UTC", get: (row) => row.start_offset_ns, show: (n) => clock(data, n) },
    {
      key: "culprit.name",
      title: "Who",
      primary: true,
      get: (row) => row.culprit?.name ?? null,
      show: (_, row) => culpritElement(row.culprit, data, row.unnamed),
    },
    {
      key: "causes",
      title: "Cause",
      get: (row) => row.causes[0]?.kind ?? null,
      show: (kind) => (kind ? data.words.cause[kind].label : "–"),
    },
    { ...ns("busy_ns", "Busy"), show: atLeast },
    { ...ns("own_ns", "Own", "Busy time less what others had the CPU"), show: atLeast },
    part("cpu_ns", "CPU"),
    part("blocked_ns", "Blocked"),
    part("runqueue_ns", "Run queue"),
    ...(knowsBlame(data)
      ? [ns("delayed.total_ns", "Delayed", "What other sockets with data ready waited, all of them together")]
      : []),
  ];
  const table = createTable({
    caption: "Stalls",
    noun: "stall",
    columns,
    rows: data.stalls,
    sort: "busy_ns",
    words: (row) => [
      clock(data, row.start_offset_ns),
      ...culpritWords(row),
      row.causes[0]?.kind || "",
      String(row.pid),
      ...framesWords(data, row),
    ],
    detail: (row, index) => stallDetail(data, row, own.has(index) ? () => showFlame(index) : null),
  });
  const kept =
    data.stalls.length < data.stalls_total
      ? `The worst ${count(data.stalls.length)} of ${counted(data.stalls_total, "stall")}.`
      : `All ${counted(data.stalls_total, "stall")}.`;
  const element = section(
    "stalls",
    "Stalls",
    `${kept} A row opens to the stack, where the time went, and what to do about it.`,
  );
  element.append(
    stallFigure(data, stacks, (index) => openStall(table, index)),
    table,
  );
  return element;
}

// Finds the row, showing as many as it takes.
function openStall(table, index) {
  const row = () => table.querySelector(`tr[data-index="${index}"]`);
  const filter = table.querySelector("input[type=search]");
  if (!row() && filter.value) {
    filter.value = "";
    filter.dispatchEvent(new Event("input"));
  }
  for (let more; !row() && (more = table.querySelector(".more button"));) more.click();
  const button = row()?.querySelector(".open-row");
  if (!button) return;
  if (button.getAttribute("aria-expanded") === "false") button.click();
  button.focus({ preventScroll: true });
  button.scrollIntoView({ block: "center" });
}

function stallDetail(data, stall, showFlame) {
  const remark = REMARK(stall);
  const loop = data.loops.find((l) => l.pid === stall.pid && l.tid === stall.tid);
  return el(
    "div",
    { class: "detail-body detail-columns" },
    el(
      "div",
      {},
      el(
        "p",
        { class: "quieter" },
        `Iteration ${count(stall.iteration)} of ${loop ? loopName(loop) : `pid ${stall.pid}`}, ${day(data)} ${clock(data, stall.start_offset_ns)} UTC`,
      ),
      remark && el("p", { class: "held" }, remark),
      delayedText(stall) &&
        el(
          "p",
          { class: "delayed" },
          `Held ${duration(stall.busy_ns)}: ${delayedText(stall)}, the longest ${duration(stall.delayed.max_ns)}.`,
        ),
      handlerLine(stall),
      stall.advice ? adviceElement(stall.advice) : null,
      stall.causes.length ? el("h4", {}, "Causes") : null,
      stall.causes.length ? partsElement(causeParts(data, stall), stall.busy_ns) : null,
      el("h4", {}, `Where the ${duration(stall.busy_ns)} went`),
      partsElement(splitParts(stall.split), stall.busy_ns),
      stall.samples_withheld
        ? el("p", { class: "quieter" }, `${counted(stall.samples_withheld, "look")} withheld by the budget.`)
        : null,
      showFlame
        ? el("p", {}, el("button", { type: "button", on: { click: showFlame } }, "Show in the flame graph"))
        : null,
    ),
    el("div", {}, ...stacksElement(data, stall)),
  );
}
