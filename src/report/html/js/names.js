// Who and where, as the reports write it.
const shortPlace = (place) => place.slice(place.lastIndexOf("/") + 1);

// "/srv/app.py:42"; native code without debug information shows as its module.
function placeOf(frame) {
  if (!frame.file) return frame.module || "";
  return frame.line ? `${frame.file}:${frame.line}` : frame.file;
}

// Of a long path the end, which tells more than its beginning.
function longPlace(place, letters = 40) {
  if (place.length <= letters) return place;
  const end = place.slice(1 - letters),
    folder = end.indexOf("/");
  return `…${folder < 0 ? end : end.slice(folder)}`;
}

// Characters that reorder or hide text are shown as such where a canvas draws them, as there is no <bdi> in it.
const plain = (text) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�");

const nameElement = (text) => el("bdi", { class: "name", title: text.length > 60 ? text : null }, text);

function nameAndPlace(frame, ...more) {
  const place = placeOf(frame);
  return el(
    "span",
    { class: "names" },
    nameElement(frame.name),
    place && el("bdi", { class: "place", title: place }, shortPlace(place)),
    ...more,
  );
}

function culpritElement(culprit, data, unnamed) {
  if (culprit) return nameAndPlace(culprit);
  return el(
    "span",
    { class: "names" },
    el("span", {}, "(nobody is named)"),
    el("span", { class: "place" }, unnamed ? data.words.unnamed[unnamed] : ""),
  );
}

// The same function, whichever line of it was running.
const sameFunction = (a, b) => a && b && a.name === b.name && (a.file || "") === (b.file || "");

const loopName = (loop) => `${loop.comm} · pid ${loop.pid}${loop.tid === loop.pid ? "" : ` tid ${loop.tid}`}`;

function causeText(data, cause) {
  const where = cause.syscall && cause.kind !== "gil" ? ` in ${cause.syscall}` : "";
  return data.words.cause[cause.kind].text + where + (cause.object ? `: ${cause.object}` : "");
}

const inAFewWords = (advice) => (advice.remedy ? `${advice.title} → ${advice.remedy}` : advice.title);

function adviceElement(advice) {
  return el(
    "div",
    { class: "advice" },
    el("p", { class: "remedy" }, inAFewWords(advice)),
    el("p", {}, advice.text),
    el("p", { class: "seen long" }, `Seen: ${advice.evidence}`),
  );
}

// Of a row of tasks.
const KIND = {
  task: "",
  other: "all that there was no room for",
  callback: "callback",
  timer: "timer",
  signal: "signal",
};

// "GET /path", "HGETALL".
const requestText = (row) => (row.protocol === "other" ? "(others)" : row.name + (row.cut ? "..." : ""));
