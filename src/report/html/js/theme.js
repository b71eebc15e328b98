// Light or dark: as the system has it until the reader chooses. What is drawn on a canvas is drawn anew.
const drawn = new Set();

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const theme = () => document.documentElement.dataset.theme;

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  for (const drawing of drawn) drawing.draw();
  const button = document.getElementById("theme");
  button.textContent = name === "dark" ? "Light" : "Dark";
  button.setAttribute("aria-label", `Switch to ${name === "dark" ? "light" : "dark"} colours`);
}

function followTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = false;
  const wanted = () => (system.matches ? "dark" : "light");
  setTheme(wanted());
  system.addEventListener("change", () => chosen || setTheme(wanted()));
  document.getElementById("theme").addEventListener("click", () => {
    chosen = true;
    setTheme(theme() === "dark" ? "light" : "dark");
  });
  let before = "light";
  addEventListener("beforeprint", () => {
    before = theme();
    setTheme("light");
  });
  addEventListener("afterprint", () => setTheme(before));
}

// Draws now, when the width changes, and when the colours do. draw(width) is not called while there is no room.
function keepDrawn(host, draw) {
  const drawing = { width: 0, draw: () => drawing.width > 0 && draw(drawing.width) };
  drawn.add(drawing);
  new ResizeObserver(() => {
    const width = Math.floor(host.clientWidth);
    if (width === drawing.width) return;
    drawing.width = width;
    drawing.draw();
  }).observe(host);
  return drawing;
}

// A canvas whose pixels are the screen's.
function sizeCanvas(canvas, width, height) {
  const ratio = Math.max(1, devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
