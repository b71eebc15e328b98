// What blocked the loops: the stall flame graph, and what can be chosen of it.
function flameSection(data) {
  const stacks = stallStacks(data),
    state = { stall: "", sort: null, outer: false, width: "held" };
  const set = (key, value) => {
    state[key] = value;
    show();
  };
  const stall = stallChoice(data, stacks, () => set("stall", stall.value));
  const outer = el("input", { type: "checkbox", on: { change: () => set("outer", outer.checked) } });
  const width = widthChoice(stacks, (event) => {
    state.width = event.target.value;
    state.sort = null;
    showCauses();
    show();
  });
  const flame = createFlame({
    label: "Stall flame graph",
    colours: stallColours(),
    about: (...nodes) => aboutNode(data, ...nodes),
    tell: (...nodes) => tellNode(data, ...nodes),
    extra: [stall, width, el("label", {}, outer, "the loop's own frames")],
  });
  const causes = el("div"),
    element = section("flame", "What blocked the loop", " ", causes, flame.element);
  const widthOf = (stack) => WIDTHS[state.width].of(stack);

  function showCauses() {
    element.querySelector(".section-head p").textContent = flameAbout(stacks, state.width);
    causes.replaceChildren(
      causeButtons(data, stacks, widthOf, (sort) => set("sort", state.sort === sort ? null : sort)),
    );
  }

  function chosen(stack) {
    const { stall: index, sort } = state;
    return (
      (index === "" || stack.stall === Number(index)) && (sort === null || stack.sort === sort) && widthOf(stack) > 0
    );
  }

  function show() {
    const title =
      state.stall === "" ? "all stalls" : `the stall at ${clock(data, data.stalls[state.stall].start_offset_ns)}`;
    const shown = stacks.filter(chosen).map((stack) => ({
      frames: state.outer ? stack.all : stack.inner,
      sort: stack.sort,
      weight: widthOf(stack),
    }));
    for (const button of causes.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(button.dataset.sort === SORTS[state.sort]));
    flame.show(treeOf(title, shown, SORTS.length));
  }

  showCauses();
  show();
  const showStall = (index) => {
    stall.value = String(index);
    set("stall", stall.value);
    element.scrollIntoView();
    element.querySelector(".flame-stage").focus({ preventScroll: true });
  };
  return { element, showStall };
}

// What is not known of the stacks.
function flameEstimate(stacks, of) {
  const sum = (which) => stacks.reduce((ns, stack) => ns + (which(stack) ? of(stack) : 0), 0);
  const all = sum(() => true),
    guessed = sum((stack) => stack.estimated && stack.hasStack),
    bare = sum((stack) => !stack.hasStack && SORTS[stack.sort] !== "no_cpu");
  return [
    guessed &&
      ` Of ${percent(guessed, all)} of it the stack is an estimate: that of the worst stall of the same culprit and cause.`,
    bare && ` Of ${percent(bare, all)} no stack is known.`,
  ]
    .filter(Boolean)
    .join("");
}

function flameAbout(stacks, width) {
  const { of } = WIDTHS[width],
    all = duration(stacks.reduce((ns, stack) => ns + of(stack), 0));
  const about = {
    held: `A box is a function; its width is how long the loop was blocked in it, ${all} in all.`,
    delay:
      `A box is a function; its width is how long sockets with data ready waited behind it, ${all} in all: ` +
      "all of them together, so it may be more than the loop was held. What waited behind a stall is divided among its stacks by their time.",
  };
  return (
    `${about[width]} Below it is what it called. ` +
    `The colour tells what the thread did; a line at a box's foot, that it did several things.${flameEstimate(stacks, of)}`
  );
}
