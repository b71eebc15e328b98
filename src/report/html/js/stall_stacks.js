// The stacks of the stalls, as flame graphs take them. A stack's sort is what the thread did: its colour.
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

// delay: what sockets waited meanwhile; null if queue delay was not measured.
function stallStacks(data) {
  const frames = flameFrames(data),
    { stacks } = data;
  return stacks.weight_ns.map((weight, i) => {
    const all = stacks.frames[i].map((place) => frames[place]);
    return {
      weight,
      delay: stacks.delayed_ns ? stacks.delayed_ns[i] : null,
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
