// Numbers as the text report writes them (src/base/units.cpp, src/report/text_units.cpp).
const US = 1e3,
  MS = 1e6,
  SECOND = 1e9,
  MINUTE = 60 * SECOND,
  HOUR = 60 * MINUTE,
  DAY = 24 * HOUR;

// The value in a unit with three significant digits; null when it rounds up to `limit` or more.
function threeDigits(value, unit, limit) {
  for (let decimals = 2, scale = 100; ; --decimals, scale /= 10) {
    const scaled = Math.floor((value * scale + unit / 2) / unit);
    if (scaled >= limit * scale) return null;
    if (decimals === 0) return String(scaled);
    if (scaled < 1000) return `${Math.floor(scaled / scale)}.${String(scaled % scale).padStart(decimals, "0")}`;
  }
}

function twoParts(ns, big, bigName, small, smallName) {
  const n = Math.floor((ns + small / 2) / small),
    perBig = big / small;
  return `${Math.floor(n / perBig)}${bigName} ${String(n % perBig).padStart(2, "0")}${smallName}`;
}

function longDuration(ns) {
  if (ns < HOUR - SECOND / 2) return twoParts(ns, MINUTE, "m", SECOND, "s");
  if (ns < DAY - MINUTE / 2) return twoParts(ns, HOUR, "h", MINUTE, "m");
  return twoParts(ns, DAY, "d", HOUR, "h");
}

function duration(ns) {
  if (ns < 0) return `−${duration(-ns)}`;
  if (ns < US) return `${Math.round(ns)} ns`;
  for (const [unit, name, limit] of [
    [US, "us", 1000],
    [MS, "ms", 1000],
    [SECOND, "s", 60],
  ]) {
    const text = threeDigits(ns, unit, limit);
    if (text !== null) return `${text} ${name}`;
  }
  return longDuration(ns);
}

// Without zeros after the point: "10 ms".
const roundDuration = (ns) =>
  duration(ns)
    .replace(/(\.\d*?)0+ /, "$1 ")
    .replace(". ", " ");

function count(n) {
  if (n < 1e6)
    return Math.round(n)
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, ",");
  for (const [unit, name] of [
    [1e6, "M"],
    [1e9, "G"],
    [1e12, "T"],
    [1e15, "P"],
  ]) {
    const text = threeDigits(n, unit, 1000);
    if (text !== null) return `${text} ${name}`;
  }
  return String(n);
}

const counted = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

function percent(part, whole) {
  if (!part || !whole) return "–";
  const share = (100 * part) / whole;
  return share < 0.5 ? "<1 %" : `${share.toFixed(0)} %`;
}

function percent1(share) {
  if (share <= 0) return "0 %";
  if (share >= 0.9995) return `${(100 * share).toFixed(0)} %`;
  return share < 0.0005 ? "<0.1 %" : `${(100 * share).toFixed(1)} %`;
}

function decimal(value) {
  if (value <= 0) return "0";
  if (value >= 99.95) return count(value);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

function bytes(n) {
  if (n / 1000 < 999.5) return `${(n / 1000).toFixed(0)} kB`;
  return n / 1000 < 9950 ? `${(n / 1e6).toFixed(1)} MB` : `${(n / 1e6).toFixed(0)} MB`;
}

const exactly = (ns) => `${String(ns).replace(/\B(?=(\d{3})+$)/g, ",")} ns`;
