// What a search finds in a tree. A word in slashes is a regular expression; upper and lower case are the same.
function matcherOf(query) {
  const text = query.trim();
  if (!text) return null;
  const pattern = /^\/(.+)\/?$/.exec(text);
  if (pattern) {
    try {
      const expression = new RegExp(pattern[1].replace(/\/$/, ""), "i");
      return (node) => expression.test(node.name) || expression.test(node.place);
    } catch {
      // A path begins with a slash too, and half a pattern is being typed: both are taken as they stand.
    }
  }
  const lower = text.toLowerCase();
  return (node) => node.name.toLowerCase().includes(lower) || node.place.toLowerCase().includes(lower);
}

// The nodes that match, and their time: of matches inside of matches only the outer one counts.
function searchTree(root, matches) {
  const found = new Set(),
    open = [[root, false]];
  let value = 0;
  while (open.length) {
    const [node, inside] = open.pop();
    const hit = node.parent !== null && matches(node);
    if (hit) found.add(node);
    if (hit && !inside) value += node.value;
    for (const child of node.children) open.push([child, inside || hit]);
  }
  return { found, value };
}
