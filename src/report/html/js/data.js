// The report's values, packed in the page: JSON, compressed, base64. Their names are those of the JSON report
// (docs/report.schema.json); `frames`, `stacks`, `words` and the loops' `timeline` are the page's own.
async function unpack(base64) {
  const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// [function, file, line, module, kind, role, inlined] -> a frame as in the JSON report.
function frameOf([name, file, line, module, kind, role, inlined]) {
  return { name, file, line, module, kind, role, inlined };
}

async function readData() {
  const data = await unpack(document.getElementById("data").textContent);
  data.frames = data.frames.map(frameOf);
  data.stalls.forEach((stall, index) => (stall.index = index));
  const start = data.session.start; // "2026-03-01T12:00:00.123456789Z": finer than a Date
  data.startMs = Date.parse(start.slice(0, 19) + "Z") + Number(`0.${start.slice(20, -1)}`) * 1e3;
  return data;
}

// "12:00:00.298", UTC, to be matched with logs.
const clock = (data, offsetNs) => new Date(data.startMs + offsetNs / 1e6).toISOString().slice(11, 23);
const day = (data) => data.session.start.slice(0, 10);
