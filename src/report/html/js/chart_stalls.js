// The stalls over the session: where they were, how long, and what the thread did meanwhile.
function stallSort(stall, ofStacks) {
  if (ofStacks.has(stall.index)) return ofStacks.get(stall.index);
  return SORTS.indexOf("unknown");
}

// What most of each listed stall's time went to, by its stacks.
function sortsOfStalls(stacks) {
  const sums = new Map();
  for (const { stall, sort, weight } of stacks) {
    if (stall === null) continue;
    if (!sums.has(stall)) sums.set(stall, new Float64Array(SORTS.length));
    sums.get(stall)[sort] += weight;
  }
  return new Map([...sums].map(([stall, parts]) => [stall, parts.indexOf(Math.max(...parts))]));
}

function drawStalls(host, data, sorts, state, open, width) {
  const height = 230,
    top = 14,
    bottom = height - 26,
    threshold = data.session.threshold_ns;
  const longest = data.stalls[0].busy_ns,
    x = timeScale(data, width);
  const y = logarithmic(threshold * 0.8, longest * 1.25, bottom, top);
  const span = data.session.duration_ns,
    xOf = (stall) => x(Math.min(span, Math.max(0, stall.start_offset_ns)));
  const picture = svg("svg", {
    width: "100%",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": `${counted(data.stalls.length, "stall")} over ${duration(span)}; the longest took ${duration(longest)}. The table below lists them.`,
  });
  for (const tick of spacedTicks(threshold * 0.8, longest * 1.25, y))
    picture.append(
      svg("line", { class: "grid", x1: TIME_LEFT, x2: width - TIME_RIGHT, y1: y(tick), y2: y(tick) }),
      svg("text", { x: TIME_LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, roundDuration(tick)),
    );
  picture.append(
    svg("line", { class: "axis", x1: TIME_LEFT, x2: width - TIME_RIGHT, y1: bottom, y2: bottom }),
    ...timeAxis(data, x, width, bottom, bottom),
  );
  const shortestFirst = [...data.stalls].reverse();
  SORTS.forEach((sort, i) => {
    const of = shortestFirst.filter((stall) => sorts(stall) === i);
    if (!of.length) return;
    const heads = of.map((stall) => `M${xOf(stall).toFixed(1)} ${y(stall.busy_ns).toFixed(1)}h0`).join("");
    picture.append(
      svg("path", {
        class: "stem",
        style: { stroke: `var(--c-${sort})` },
        d: of.map((stall) => `M${xOf(stall).toFixed(1)} ${bottom}V${y(stall.busy_ns).toFixed(1)}`).join(""),
      }),
      svg("path", { class: "head-edge", d: heads }),
      svg("path", { class: "head", style: { stroke: `var(--c-${sort})` }, d: heads }),
    );
  });
  const ring = svg("circle", { class: "picked", r: 7, visibility: "hidden" });
  picture.append(ring);
  host.replaceChildren(picture);
  const nearest = (px, py) => nearestStall(data.stalls, px, py, xOf, (stall) => y(stall.busy_ns));
  tellOnHover(
    picture,
    (px, py) => {
      const stall = nearest(px, py);
      ring.setAttribute("visibility", stall ? "visible" : "hidden");
      if (!stall) return "";
      ring.setAttribute("cx", xOf(stall));
      ring.setAttribute("cy", y(stall.busy_ns));
      return stallTip(data, stall);
    },
    () => ring.setAttribute("visibility", "hidden"),
  );
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect(),
      stall = nearest(event.clientX - box.left, event.clientY - box.top);
    if (stall) open(stall.index);
  });
}

function nearestStall(stalls, px, py, xOf, yOf) {
  let best = null,
    least = 18 * 18;
  for (const stall of stalls) {
    const distance = (xOf(stall) - px) ** 2 + (yOf(stall) - py) ** 2;
    if (distance < least) [best, least] = [stall, distance];
  }
  return best;
}

function stallTip(data, stall) {
  const who = stall.culprit ? plain(stall.culprit.name).slice(0, 200) : "(nobody is named)";
  const cause = stall.causes.length
    ? `${causeText(data, stall.causes[0])} ${percent(stall.causes[0].ns, stall.busy_ns)}`
    : "";
  return [
    `${clock(data, stall.start_offset_ns)} UTC · ${duration(stall.busy_ns)}`,
    who,
    plain(cause).slice(0, 200),
    delayedText(stall),
  ]
    .filter(Boolean)
    .join("\n");
}

function stallFigure(data, stacks, open) {
  const host = el("div", { class: "chart" }),
    ofStacks = sortsOfStalls(stacks);
  const sorts = (stall) => stallSort(stall, ofStacks),
    seen = new Set(data.stalls.map(sorts));
  keepDrawn(host, (width) => drawStalls(host, data, sorts, {}, open, width));
  return figure(
    "When",
    "Each dot is a stall: across when it began, up how long it held the loop. A click opens it below.",
    host,
    el(
      "ul",
      { class: "legend" },
      SORTS.map((sort, i) => seen.has(i) && el("li", {}, chip(`var(--c-${sort})`, data.words.class[sort]))).filter(
        Boolean,
      ),
    ),
  );
}
