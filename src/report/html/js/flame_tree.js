// Weighted stacks -> a tree, and a tree -> boxes. A node: {name, place, value, parts, children, parent}; `parts` holds
// what of its value is of which sort. Children are sorted, heaviest first. A tree of differences has `delta` beside
// `value`; nothing here looks at it.
function newNode(name, place, parent, sorts) {
  return { name, place, parent, value: 0, parts: new Float64Array(sorts), children: [], byKey: new Map() };
}

function childOf(node, key, name, place) {
  let child = node.byKey.get(key);
  if (!child) {
    child = newNode(name, place, node, node.parts.length);
    node.byKey.set(key, child);
    node.children.push(child);
  }
  return child;
}

function addWeight(node, sort, weight) {
  node.value += weight;
  node.parts[sort] += weight;
}

// The root is what blocked the loop as a whole. stacks: [{frames: outermost first, sort, weight}].
function treeOf(title, stacks, sorts) {
  const root = newNode(title, "", null, sorts);
  for (const { frames, sort, weight } of stacks) {
    addWeight(root, sort, weight);
    let node = root;
    for (const frame of frames) {
      node = childOf(node, frame.key, frame.name, frame.place);
      addWeight(node, sort, weight);
    }
  }
  sortTree(root);
  return root;
}

function sortTree(root) {
  const open = [root];
  while (open.length) {
    const node = open.pop();
    node.children.sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1));
    open.push(...node.children);
  }
}

// What is too narrow to be seen is one box, which opens like any other: zoomed in, it shows what it holds.
function mergedNode(parent, from) {
  if (parent.merged?.from === from) return parent.merged;
  const children = parent.children.slice(from),
    merged = newNode(`${children.length} more`, "", parent, parent.parts.length);
  merged.from = from;
  merged.children = children;
  for (const child of children) {
    merged.value += child.value;
    merged.delta = (merged.delta || 0) + (child.delta || 0);
    child.parts.forEach((part, sort) => (merged.parts[sort] += part));
  }
  return (parent.merged = merged);
}

// The path from the root to a node, the root first.
function pathTo(node) {
  const path = [];
  for (let at = node; at; at = at.parent) path.unshift(at);
  return path;
}

const NARROW = 3; // px: what is narrower is merged with its like
const INVISIBLE = 0.4; // px

// Boxes of what is below `zoom`, and of the path to it over the whole width. [{node, x, width, row, outer}]
function boxesOf(zoom, width) {
  const path = pathTo(zoom),
    boxes = path.slice(0, -1).map((node, row) => ({ node, x: 0, width, row, outer: true }));
  const scale = width / (zoom.value || 1),
    open = [{ node: zoom, x: 0, width, row: path.length - 1 }];
  while (open.length) {
    const box = open.pop();
    boxes.push(box);
    // What was merged is too narrow for more, until it is what is looked at.
    if (box.node.from === undefined || box.node === zoom)
      open.push(...childBoxes(box, scale, box.node === zoom ? INVISIBLE : NARROW));
  }
  return boxes;
}

function childBoxes({ node, x, row }, scale, narrow) {
  const boxes = [],
    all = node.children;
  for (let i = 0; i < all.length; ++i) {
    const rest = i + 1 < all.length && all[i].value * scale < narrow;
    const child = rest ? mergedNode(node, i) : all[i],
      width = child.value * scale;
    if (width >= INVISIBLE) boxes.push({ node: child, x, width, row: row + 1 });
    if (rest) break;
    x += width;
  }
  return boxes;
}
