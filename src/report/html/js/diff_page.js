// The page of a comparison, put together. The values in the tables are those of diff's JSON (docs/diff.md).
const VERDICT_MARK = { worse: "✗", better: "≠", new: "≠", gone: "≠" };
const VERDICT_KIND = { worse: "stalls", better: "healthy", new: "unknown", gone: "unknown" };
const worstOf = (counts) => ["worse", "new", "better", "gone"].find((verdict) => counts[verdict] > 0);

function sessionFact(name, session) {
  return fact(name, el("bdi", { class: "name" }, session.target),
    `${duration(session.duration_ns)} from ${session.start.slice(0, 19).replace("T", " ")} UTC`);
}

function comparisonVerdict({ diff, words }) {
  const worst = worstOf(diff.counts), state = worst ? VERDICT_KIND[worst] : diff.test.comparisons ? "healthy" : "unknown";
  const mark = worst ? VERDICT_MARK[worst] : diff.test.comparisons ? "✓" : "?";
  return el("section", { class: `section verdict ${state}`, id: "verdict", "aria-label": "Verdict" },
    el("div", { class: "verdict-line" }, el("span", { class: "verdict-mark", "aria-hidden": "true" }, mark),
      el("h1", { class: "long" }, words.verdict)),
    el("dl", { class: "facts" }, sessionFact("Before", diff.before), sessionFact("After", diff.after),
      fact("Comparisons", count(diff.test.comparisons), `${diff.test.blocks_before} and ${diff.test.blocks_after} blocks of time`),
      fact("Tolerance", `${+(100 * diff.test.tolerance).toFixed(1)} %`, `and ${roundDuration(diff.test.tolerance_ns)}`)),
    el("p", { class: "quieter" }, words.method), ...diff.notes.map((note) => el("p", { class: "held" }, note)));
}

function whoElement(row) {
  const who = row.handler || row.task || { name: row.kind === "other" ? "(other tasks)" : row.task === undefined ? row.loop : "(its name is not known)" };
  const notes = [row.kind && KIND[row.kind], row.handler && row.task ? `in ${row.task.name}` : ""].filter(Boolean).join(" · ");
  return nameAndPlace(who, notes && el("bdi", { class: "place" }, notes));
}

const told = (value, show) => (value === undefined || value === null ? "–" : show(value));

// A cell for both sides; it is sorted by the later one.
function both(title, path, show) {
  return { key: `after.${path}`, title, number: true, get: (row) => at(row, `after.${path}`) ?? null, by: (row) => at(row, `after.${path}`) ?? 0,
    show: (value, row) => `${told(at(row, `before.${path}`), show)} → ${told(value, show)}` };
}

function intervalsElement(row) {
  const text = ({ statistic, ratio, ratio_low, ratio_high, verdict }) => {
    const bound = (value) => (value === null ? "?" : `${(100 * (value - 1)).toFixed(0)} %`);
    return `${statistic}: ${bound(ratio)} (${bound(ratio_low)} … ${bound(ratio_high)})${verdict === "same" ? "" : `, ${verdict}`}`;
  };
  return el("div", { class: "detail-body" }, row.why_untested ? el("p", {}, `Not tested: ${row.why_untested}.`) : null,
    el("ul", { class: "legend" }, row.changes.map((change) => el("li", {}, text(change)))));
}

function differencesTable(id, title, about, rows, values, unit) {
  if (!rows.length) return null;
  const order = ["worse", "new", "better", "gone", "same", "untested"];
  const columns = [
    { key: "who", title: "Who", primary: true, get: (row) => (row.handler || row.task)?.name ?? row.loop, show: (_, row) => whoElement(row) },
    { key: "verdict", title: "Verdict", get: (row) => row.verdict, number: true, by: (row) => order.length - order.indexOf(row.verdict) },
    both(unit, "count", count), both("Per s", "per_s", decimal), both("Own mean", "own_mean_ns", duration), both("p50", `${values}.p50_ns`, duration), both("p90", `${values}.p90_ns`, duration),
    both("p99", `${values}.p99_ns`, duration), both("Max", `${values}.max_ns`, duration)];
  const table = createTable({ caption: title, noun: "row", columns, rows, sort: "verdict", detail: intervalsElement,
    words: (row) => [row.loop, row.verdict, row.task?.name || "", row.handler?.name || "", row.task?.file || ""] });
  return section(id, title, about, table);
}

async function showComparison() {
  const data = await unpack(document.getElementById("data").textContent);
  data.frames = data.frames.map(frameOf);
  followTheme();
  const sections = [comparisonVerdict(data),
    differencesTable("tasks", "Tasks", "Hold times of steps, before → after. A row opens to the intervals of each number that was compared.", data.diff.tasks, "hold", "Steps"),
    differencesTable("loops", "Loops", "Own times of iterations, which are without run-queue delay.", data.diff.loops, "own", "Iterations"),
    differenceSection(data)].filter(Boolean);
  document.getElementById("main").replaceChildren(...sections);
  document.getElementById("nav").append(...sections.slice(1).map((part) => el("a", { href: `#${part.id}` }, part.querySelector("h2").textContent)));
  document.documentElement.dataset.ready = "true";
}

showComparison();
