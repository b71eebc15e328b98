// The stall flame graph: what blocked the loops, coloured by what the thread did.
const SORTS = ["runtime_cpu", "native_cpu", "kernel_cpu", "cpu", "asleep", "lock", "gil", "no_cpu", "unknown"];

// Frames with what a tree needs of them. Lines are left out: a function is one box, whichever of its lines ran.
function flameFrames(data) {
  return data.frames.map((frame) => ({
    key: `${frame.kind}\n${frame.module}\n${frame.file}\n${frame.name}`,
    name: frame.name,
    role: frame.role,
    place: frame.file || frame.module,
  }));
}

// How many of the outermost frames are the loop's and what is around it: what is inside of them was dispatched.
function loopFrames(frames) {
  let outer = 0;
  for (let i = 0; i < frames.length && frames[i].role !== "user"; ++i) if (frames[i].role === "loop") outer = i + 1;
  return outer;
}

function stallStacks(data) {
  const frames = flameFrames(data),
    { stacks } = data;
  return stacks.weight_ns.map((weight, i) => {
    const all = stacks.frames[i].map((place) => frames[place]);
    return {
      weight,
      sort: SORTS.indexOf(stacks.class[i]),
      stall: stacks.stall[i],
      loop: stacks.loop[i],
      stalls: stacks.stalls[i],
      estimated: stacks.estimated[i],
      hasStack: stacks.has_stack[i],
      all,
      inner: all.slice(loopFrames(all)),
    };
  });
}

function stallColours() {
  const fills = {};
  const now = () => (fills[theme()] ||= SORTS.map((sort) => colour(`c-${sort}`)));
  return (node) => {
    const paint = now(),
      { parts, value } = node;
    let most = 0;
    parts.forEach((part, sort) => part > parts[most] && (most = sort));
    const mixed = parts[most] < 0.97 * value;
    return { fill: paint[most], strip: mixed ? [...parts].map((part, sort) => [paint[sort], part / value]) : null };
  };
}

function partsText(data, node) {
  return [...node.parts]
    .map((ns, sort) => [ns, sort])
    .filter(([ns]) => ns > 0)
    .sort((a, b) => b[0] - a[0])
    .map(([ns, sort]) => `${data.words.class[SORTS[sort]]}: ${duration(ns)}, ${percent(ns, node.value)}`);
}

function shareText(node, zoom, root) {
  const ofAll = `${duration(node.value)} · ${percent1(node.value / (root.value || 1))} of all`;
  return zoom === root || zoom === node ? ofAll : `${ofAll} · ${percent1(node.value / zoom.value)} of what is shown`;
}

function aboutNode(data, node, zoom, root) {
  return [
    el("span", { class: "names" }, nameElement(node.name), node.place && el("bdi", { class: "place" }, node.place)),
    el("span", {}, shareText(node, zoom, root)),
    el("span", { class: "quieter" }, partsText(data, node).join(" · ")),
  ];
}

const tellNode = (data, node, zoom, root) =>
  [
    plain(node.name).slice(0, 300),
    plain(node.place).slice(0, 300),
    shareText(node, zoom, root),
    ...partsText(data, node),
  ]
    .filter(Boolean)
    .join("\n");

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
    { "aria-label": "Stalls in the flame graph", on: { change } },
    el("option", { value: "" }, `All ${counted(data.stalls_total, "stall")}`),
    [...own].sort((a, b) => a - b).map(option),
  );
}

function causeButtons(data, stacks, pick) {
  const sums = SORTS.map((_, sort) => stacks.reduce((sum, stack) => sum + (stack.sort === sort ? stack.weight : 0), 0));
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
              on: { click: (event) => pick(i, event.currentTarget) },
            },
            swatch(`var(--c-${sort})`),
            el("span", {}, data.words.class[sort]),
            el("span", { class: "amount" }, `${duration(sums[i])} · ${percent(sums[i], all)}`),
          ),
        ),
    ).filter(Boolean),
  );
}

function flameSection(data) {
  const stacks = stallStacks(data),
    state = { stall: "", sort: null, outer: false };
  const choice = stallChoice(data, stacks, () => {
    state.stall = choice.value;
    show();
  });
  const outer = el("input", {
    type: "checkbox",
    on: {
      change: () => {
        state.outer = outer.checked;
        show();
      },
    },
  });
  const flame = createFlame({
    label: "Stall flame graph",
    colours: stallColours(),
    about: (...nodes) => aboutNode(data, ...nodes),
    tell: (...nodes) => tellNode(data, ...nodes),
    extra: [choice, el("label", {}, outer, "the loop's own frames")],
  });

  function chosen(stack) {
    return (
      (state.stall === "" || stack.stall === Number(state.stall)) && (state.sort === null || stack.sort === state.sort)
    );
  }

  function show() {
    const shown = stacks.filter(chosen);
    const title =
      state.stall === "" ? "all stalls" : `the stall at ${clock(data, data.stalls[state.stall].start_offset_ns)}`;
    const frames = (stack) => (state.outer ? stack.all : stack.inner);
    flame.show(
      treeOf(
        title,
        shown.map((stack) => ({ ...stack, frames: frames(stack) })),
        SORTS.length,
      ),
    );
  }

  const causes = causeButtons(data, stacks, (sort, button) => {
    state.sort = state.sort === sort ? null : sort;
    for (const other of causes.querySelectorAll("button"))
      other.setAttribute("aria-pressed", String(other === button && state.sort !== null));
    show();
  });
  const element = section("flame", "What blocked the loop", flameAbout(stacks), causes, flame.element);
  show();
  const showStall = (index) => {
    choice.value = state.stall = String(index);
    show();
    element.scrollIntoView();
    element.querySelector(".flame-stage").focus({ preventScroll: true });
  };
  return { element, showStall };
}

function flameAbout(stacks) {
  const sum = (which) => stacks.reduce((ns, stack) => ns + (which(stack) ? stack.weight : 0), 0);
  const all = sum(() => true),
    guessed = sum((stack) => stack.estimated && stack.hasStack),
    bare = sum((stack) => !stack.hasStack && SORTS[stack.sort] !== "no_cpu");
  const estimate =
    (guessed
      ? ` Of ${percent(guessed, all)} of it the stack is an estimate: that of the worst stall of the same culprit and cause.`
      : "") + (bare ? ` Of ${percent(bare, all)} no stack is known.` : "");
  return (
    `A box is a function; its width is how long the loop was blocked in it, ${duration(all)} in all. Below it is what it called. ` +
    `The colour tells what the thread did; a line at a box's foot, that it did several things.${estimate}`
  );
}
