// What a reader would see as broken: parts beyond the page's edge, texts that are cut, parts that lie on each other.
const faults = [];
const say = (what, element) =>
  faults.push(
    `${what}: <${element.tagName.toLowerCase()} class="${element.getAttribute("class") || ""}"> ${element.textContent.slice(0, 60)}`,
  );
const visible = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width)
  faults.push(`the page is ${document.documentElement.scrollWidth} px wide, the window ${width}`);

const everything = [...document.body.querySelectorAll("*")].filter(
  (element) => visible(element) && !element.closest(".skip, .hidden"),
);
for (const element of everything) {
  const box = element.getBoundingClientRect();
  if (box.right > width + 1 || box.left < -1) say("beyond the edge", element);
  const style = getComputedStyle(element);
  const clamped = style.webkitLineClamp !== "none" || element.closest("svg, select, option, .flame-stage");
  if (
    !clamped &&
    style.display !== "inline" &&
    element.scrollWidth > element.clientWidth + 1 &&
    style.overflowX !== "visible"
  )
    say("cut off", element);
}

const overlap = (a, b) =>
  Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
  Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
function apart(elements, what) {
  const boxes = elements.filter(visible).map((element) => [element, element.getBoundingClientRect()]);
  boxes.forEach(([element, box], i) =>
    boxes.slice(i + 1).forEach(([, other]) => overlap(box, other) && say(what, element)),
  );
}
apart([...document.querySelector("main").children], "sections on each other");
for (const part of document.querySelectorAll(
  ".section, .tools, .legend, .facts, .cards, .causes, .pair, .detail-columns, .bar-inner, nav",
))
  apart([...part.children], "parts on each other");
for (const chart of document.querySelectorAll(".chart svg"))
  apart([...chart.querySelectorAll("text")], "labels on each other");
for (const row of [...document.querySelectorAll("tbody tr")].slice(0, 200))
  apart([...row.cells], "cells on each other");
return faults.slice(0, 20);
