// What to know if nothing else is read.
const MARK = { stalls: "✗", healthy: "✓", unknown: "?" };
const MOST_HELD = 3,
  MOST_CARDS = 3;

function fact(name, value, note) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value, note && el("div", { class: "note" }, note)));
}

function tierFacts(data) {
  const tiers = [...new Set(data.loops.map((loop) => loop.tier))];
  const reasons = [...new Set(data.loops.map((loop) => loop.tier_reason).filter(Boolean))];
  return tiers.length
    ? [fact("Detail", tiers.join(", "), [...tiers.map((tier) => data.words.tier[tier]), ...reasons].join("; "))]
    : [];
}

function factsElement(data) {
  const { session } = data;
  return el(
    "dl",
    { class: "facts" },
    fact("Target", el("bdi", { class: "name" }, session.target)),
    fact("Measured", duration(session.duration_ns), `from ${session.start.slice(0, 19).replace("T", " ")} UTC`),
    fact("Stall threshold", roundDuration(session.threshold_ns), "of busy time"),
    fact(
      "Loops",
      count(data.loops.length),
      `${counted(
        data.loops.reduce((sum, loop) => sum + loop.iterations, 0),
        "iteration",
      )}, all counted`,
    ),
    ...tierFacts(data),
    fact("With", `loopstall ${session.version}`, `Linux ${session.kernel} ${session.machine}`),
  );
}

function heldElements(data) {
  const held = data.stalls.filter((stall) => stall.ongoing);
  const lines = held
    .slice(0, MOST_HELD)
    .map((stall) =>
      el(
        "p",
        { class: "held" },
        `Still held when the session ended: pid ${stall.pid}${stall.tid === stall.pid ? "" : ` tid ${stall.tid}`} has not returned to its loop for ${duration(stall.busy_ns)}` +
          (stall.before_attach ? ", and longer: it was held before loopstall attached." : "."),
      ),
    );
  if (held.length > MOST_HELD) lines.push(el("p", { class: "held" }, `… and ${held.length - MOST_HELD} more loops.`));
  return lines;
}

function cardElement(data, group) {
  return el(
    "li",
    { class: "card" },
    culpritElement(group.culprit, data, group.unnamed),
    el("p", {}, el("span", { class: "big" }, duration(group.total_ns)), ` in ${counted(group.stalls, "stall")}`),
    group.blame?.total_ns ? el("p", {}, `Sockets waited ${duration(group.blame.total_ns)} meanwhile`) : null,
    el("p", { class: "quieter long" }, causeText(data, group.cause)),
    group.advice && el("p", { class: "remedy" }, inAFewWords(group.advice)),
  );
}

// The first section of a page; state: healthy, ...
function verdictElement(state, mark, text, ...content) {
  return el(
    "section",
    { class: `section verdict ${state}`, id: "verdict", "aria-label": "Verdict" },
    el(
      "div",
      { class: "verdict-line" },
      el("span", { class: "verdict-mark", "aria-hidden": "true" }, mark),
      el("h1", { class: "long" }, text),
    ),
    ...content,
  );
}

function verdictSection(data) {
  const { state, text } = data.verdict;
  return verdictElement(
    state,
    MARK[state],
    text,
    ...heldElements(data),
    factsElement(data),
    data.culprits.length
      ? el(
          "ol",
          { class: "cards", "aria-label": "What held the loop longest" },
          data.culprits.slice(0, MOST_CARDS).map((group) => cardElement(data, group)),
        )
      : null,
  );
}
