// The page of a report, put together.
const NO_LOOP = [
  "`loopstall doctor PID` tells what can be measured of this process",
  "`loopstall attach :PORT` finds out who serves the port that clients use",
  "measure while there is load, or longer with -d",
];

function nextSteps(data) {
  if (data.loops.length) return null;
  return section(
    "next",
    "What to do next",
    "No thread of the target waited for events again and again (epoll, poll, select, io_uring).",
    el(
      "ul",
      {},
      NO_LOOP.map((step) => el("li", {}, step)),
    ),
  );
}

function navigation(sections) {
  const links = sections.filter((part) => part.id && part.querySelector("h2"));
  document
    .getElementById("nav")
    .append(
      ...links.map((part) =>
        el("a", { href: `#${part.id}` }, part.dataset.short || part.querySelector("h2").textContent),
      ),
    );
}

async function showReport() {
  const data = await readData();
  followTheme();
  const flame = data.stacks.weight_ns.length ? flameSection(data) : null,
    stacks = stallStacks(data);
  const sections = [
    verdictSection(data),
    nextSteps(data),
    data.culprits.length ? culpritsSection(data) : null,
    flame?.element,
    stallsSection(data, stacks, (index) => flame.showStall(index)),
    loopsSection(data),
    tasksSection(data),
    requestsSection(data),
    trustSection(data),
    termsSection(data),
  ].filter(Boolean);
  const short = { flame: "Flame graph", trust: "Trust", next: "Next" };
  for (const part of sections) if (short[part.id]) part.dataset.short = short[part.id];
  document.getElementById("main").replaceChildren(...sections);
  navigation(sections);
  document.documentElement.dataset.ready = "true";
}

showReport();
