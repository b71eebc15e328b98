// Elements without markup: what is text stays text, so no name of the target's can become an element.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key === "style") Object.assign(element.style, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const el = (tag, properties = {}, ...children) => fill(document.createElement(tag), properties, children);
const svg = (tag, properties = {}, ...children) => fill(document.createElementNS(SVG, tag), properties, children);

let ids = 0;
const freshId = (what) => `${what}-${++ids}`;

const swatch = (colour) => el("span", { class: "swatch", style: { background: colour } });
const chip = (colour, ...text) => el("span", { class: "chip" }, swatch(colour), el("span", { class: "long" }, ...text));

// A chart's title, what it shows, and the chart.
function figure(title, about, ...content) {
  return el("figure", {}, el("figcaption", {}, el("h3", {}, title), el("span", { class: "about" }, about)), ...content);
}

function section(id, title, about, ...content) {
  const head = el("div", { class: "section-head" }, el("h2", {}, title), about && el("p", {}, about));
  return el("section", { class: "section", id, "aria-label": title }, head, ...content);
}
