// The stall flame graph: its colours, and what it says of a box.
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
