// One tooltip for all charts. It repeats what the page says elsewhere too, so it is hidden from screen readers.
const tip = el("div", { class: "tip", "aria-hidden": "true" });

function showTip(text, x, y) {
  if (!tip.isConnected) document.body.append(tip);
  tip.textContent = text;
  tip.classList.add("shown");
  const box = tip.getBoundingClientRect();
  const left = x + 16 + box.width > innerWidth ? Math.max(8, x - 16 - box.width) : x + 16;
  const top = y + 18 + box.height > innerHeight ? Math.max(8, y - 14 - box.height) : y + 18;
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
}

const hideTip = () => tip.classList.remove("shown");

// tell(x, y) -> text or "", of a place inside the element.
function tellOnHover(element, tell, leave = () => {}) {
  element.addEventListener("pointermove", (event) => {
    const box = element.getBoundingClientRect();
    const text = tell(event.clientX - box.left, event.clientY - box.top);
    text ? showTip(text, event.clientX, event.clientY) : hideTip();
  });
  element.addEventListener("pointerleave", () => {
    hideTip();
    leave();
  });
}
