// What the stall flame graph can be made to show: one stall, one cause, time held or delay inflicted.

// Which stalls can be looked at alone: those that kept their stacks.
function stallChoice(data, stacks, change) {
  const own = new Set(stacks.filter((stack) => stack.stall !== null && !stack.estimated).map((stack) => stack.stall));
  const option = (index) => {
    const stall = data.stalls[index],
      who = stall.culprit ? ` · ${plain(stall.culprit.name).slice(0, 40)}` : "";
    return el("option", { value: index }, `${clock(data, stall.start_offset_ns)} · ${duration(stall.busy_ns)}${who}`);
  };
  return el(
    "select",
    { name: "stall", "aria-label": "Stalls in the flame graph", on: { change } },
    el("option", { value: "" }, `All ${counted(data.stalls_total, "stall")}`),
    [...own].sort((a, b) => a - b).map(option),
  );
}

// What a box's width stands for.
const WIDTHS = {
  held: { title: "time held", of: (stack) => stack.weight },
  delay: { title: "delay inflicted", of: (stack) => stack.delay },
};

// null where no socket waited behind a stall.
function widthChoice(stacks, change) {
  if (!stacks.some((stack) => stack.delay > 0)) return null;
  return el(
    "label",
    {},
    "Width",
    el(
      "select",
      { name: "width", "aria-label": "What the width of a box stands for", on: { change } },
      Object.entries(WIDTHS).map(([key, { title }]) => el("option", { value: key }, title)),
    ),
  );
}

function causeButtons(data, stacks, widthOf, pick) {
  const sums = SORTS.map((_, sort) =>
    stacks.reduce((sum, stack) => sum + (stack.sort === sort ? widthOf(stack) : 0), 0),
  );
  const all = sums.reduce((a, b) => a + b, 0);
  return el(
    "ul",
    { class: "causes", "aria-label": "Causes" },
    SORTS.map(
      (sort, i) =>
        sums[i] > 0 &&
        el(
          "li",
          {},
          el(
            "button",
            {
              type: "button",
              "aria-pressed": "false",
              data: { sort },
              on: { click: () => pick(i) },
            },
            swatch(`var(--c-${sort})`),
            el("span", {}, data.words.class[sort]),
            el("span", { class: "amount" }, `${duration(sums[i])} · ${percent(sums[i], all)}`),
          ),
        ),
    ).filter(Boolean),
  );
}
