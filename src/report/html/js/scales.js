// From values to pixels, and where the lines of a grid are.
function linear(from, to, start, end) {
  const factor = (end - start) / (to - from || 1);
  const scale = (value) => start + (value - from) * factor;
  scale.back = (pixel) => from + (pixel - start) / factor;
  return scale;
}

function logarithmic(from, to, start, end) {
  const inner = linear(Math.log(from), Math.log(to), start, end);
  const scale = (value) => inner(Math.log(Math.max(value, from)));
  scale.back = (pixel) => Math.exp(inner.back(pixel));
  return scale;
}

// 1, 10, 100 us, ...: in between also 2 and 5 where there is room.
function durationTicks(from, to) {
  const steps = to / from > 2000 ? [1] : to / from > 60 ? [1, 3] : [1, 2, 5];
  const ticks = [];
  for (let decade = 1; decade <= to; decade *= 10)
    for (const step of steps) if (decade * step >= from && decade * step <= to) ticks.push(decade * step);
  return ticks;
}

// Those of them that have room for their labels.
function spacedTicks(from, to, y) {
  const ticks = [];
  for (const tick of durationTicks(from, to))
    if (!ticks.length || Math.abs(y(tick) - y(ticks[ticks.length - 1])) >= 16) ticks.push(tick);
  return ticks;
}

const TIME_STEPS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];

function timeTicks(spanNs, width) {
  const most = Math.max(2, Math.floor(width / 90));
  const step = (TIME_STEPS.find((s) => spanNs / (s * SECOND) <= most) || 7 * 86400) * SECOND;
  const ticks = [];
  for (let at = 0; at <= spanNs; at += step) ticks.push(at);
  return ticks;
}

function timeLabel(ns) {
  const s = Math.round(ns / (SECOND / 10)) / 10;
  if (s < 60) return `${s} s`;
  const whole = Math.round(s),
    h = Math.floor(whole / 3600),
    m = Math.floor((whole % 3600) / 60),
    rest = whole % 60;
  if (h) return m ? `${h} h ${m} min` : `${h} h`;
  return rest ? `${m} min ${rest} s` : `${m} min`;
}

// Two colours of a theme and what lies between: share in [0, 1].
function mixer(low, high) {
  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const from = channels(low),
    to = channels(high);
  return (share) => `rgb(${from.map((value, i) => Math.round(value + (to[i] - value) * share)).join(" ")})`;
}
