// The page of a comparison, put together. The values in the tables are those of diff's JSON (docs/diff.md).
const VERDICT_MARK = { worse: "✗", better: "≠", new: "≠", gone: "≠" };
const VERDICT_KIND = { worse: "stalls", better: "healthy", new: "unknown", gone: "unknown" };
const worstOf = (counts) => ["worse", "new", "better", "gone"].find((verdict) => counts[verdict] > 0);

function sessionFact(name, session) {
  return fact(
    name,
    el("bdi", { class: "name" }, session.target),
    `${duration(session.duration_ns)} from ${session.start.slice(0, 19).replace("T", " ")} UTC`,
  );
}

function comparisonVerdict({ diff, words }) {
  const worst = worstOf(diff.counts),
    state = worst ? VERDICT_KIND[worst] : diff.test.comparisons ? "healthy" : "unknown";
  const mark = worst ? VERDICT_MARK[worst] : diff.test.comparisons ? "✓" : "?";
  return verdictElement(
    state,
    mark,
    words.verdict,
    el(
      "dl",
      { class: "facts" },
      sessionFact("Before", diff.before),
      sessionFact("After", diff.after),
      fact(
        "Comparisons",
        count(diff.test.comparisons),
        `${diff.test.blocks_before} and ${diff.test.blocks_after} blocks of time`,
      ),
      fact("Tolerance", `${+(100 * diff.test.tolerance).toFixed(1)} %`, `and ${roundDuration(diff.test.tolerance_ns)}`),
    ),
    el("p", { class: "quieter" }, words.method),
    ...diff.notes.map((note) => el("p", { class: "held" }, note)),
  );
}

const knowsWaiting = ({ diff }) => diff.loops.some(({ before, after }) => before?.queue || after?.queue);
const blameAbout = (data) =>
  knowsWaiting(data) ? " Blame is what sockets with data ready waited for it, per second: shown, not tested." : "";
const queueAbout = (data) =>
  knowsWaiting(data) ? " Queue is how long data waited on a socket to be read: shown, not tested." : "";

async function showComparison() {
  const data = await unpack(document.getElementById("data").textContent);
  data.frames = data.frames.map(frameOf);
  followTheme();
  const sections = [
    comparisonVerdict(data),
    differencesTable(
      "tasks",
      "Tasks",
      `Hold times of steps, before → after. A row opens to the intervals of each number that was compared.${blameAbout(data)}`,
      data.diff.tasks,
      "hold",
      "Steps",
    ),
    differencesTable(
      "loops",
      "Loops",
      `Own times of iterations, which are without run-queue delay.${queueAbout(data)}`,
      data.diff.loops,
      "own",
      "Iterations",
    ),
    requestDifferences(data.diff.requests),
    differenceSection(data),
  ].filter(Boolean);
  document.getElementById("main").replaceChildren(...sections);
  document
    .getElementById("nav")
    .append(...sections.slice(1).map((part) => el("a", { href: `#${part.id}` }, part.querySelector("h2").textContent)));
  document.documentElement.dataset.ready = "true";
}

showComparison();
