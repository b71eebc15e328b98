// A table that can be sorted, filtered and opened row by row.
// columns: [{key, title, get(row) -> the JSON report's value, show(value, row) -> text or element, number, primary, wraps}]
// detail(row) -> element, or null where there is nothing to open.
function createTable({
  caption,
  noun,
  columns,
  rows,
  sort,
  page = matchMedia("(max-width: 760px)").matches ? 8 : 25,
  words,
  detail,
}) {
  const state = { key: sort, descending: true, query: "", shown: page };
  const found = rows.map((row, index) => ({ row, index, words: words(row).join("\n").toLowerCase() }));
  const body = el("tbody"),
    status = el("span", { class: "count", role: "status" });
  const more = el("div", { class: "more" });
  const heads = columns.map((column) => headOf(column, (key) => sortBy(key)));
  const choice = el(
    "select",
    { "aria-label": "Sort by", on: { change: () => sortBy(choice.value, true) } },
    columns.map((column) => el("option", { value: column.key }, column.title)),
  );

  function sortBy(key, down) {
    const same = state.key === key && !down;
    state.descending = same ? !state.descending : !!columns.find((c) => c.key === key).number; // most first, names from A
    state.key = key;
    show();
  }

  function chosen() {
    const column = columns.find((c) => c.key === state.key),
      sign = state.descending ? -1 : 1;
    const value = (entry) => (column.by ? column.by(entry.row) : column.get(entry.row));
    return found
      .filter((entry) => entry.words.includes(state.query))
      .sort((a, b) => sign * compare(value(a), value(b)) || a.index - b.index);
  }

  function show() {
    const entries = chosen(),
      few = entries.length <= state.shown + 5; // a button is no shorter than five rows
    const shown = few ? entries : entries.slice(0, state.shown);
    body.replaceChildren(...shown.flatMap(({ row, index }) => rowsOf(row, index, columns, detail)));
    status.textContent =
      entries.length === rows.length
        ? counted(rows.length, noun)
        : `${count(entries.length)} of ${counted(rows.length, noun)}`;
    const left = entries.length - shown.length;
    more.replaceChildren(...(left ? moreButtons(left) : []));
    columns.forEach((column, i) => {
      if (column.key === state.key) heads[i].setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      else heads[i].removeAttribute("aria-sort");
    });
    choice.value = state.key;
  }

  function moreButtons(left) {
    const step = Math.min(left, Math.max(100, 3 * page));
    const show_more = () => {
      state.shown += step;
      show();
    };
    return [
      el("button", { type: "button", on: { click: show_more } }, `Show ${count(step)} more`),
      el("span", { class: "quieter" }, `${count(left)} not shown`),
    ];
  }

  const filter = el("input", {
    type: "search",
    placeholder: "Filter",
    "aria-label": `Filter ${caption}`,
    on: {
      input: () => {
        state.query = filter.value.toLowerCase();
        state.shown = page;
        show();
      },
    },
  });
  const table = el(
    "table",
    { class: "cards-below" },
    el("caption", { class: "hidden" }, caption),
    el("thead", {}, el("tr", {}, heads)),
    body,
  );
  show();
  return el(
    "div",
    { class: "section" },
    el("div", { class: "tools" }, filter, el("label", { class: "sort-by" }, "Sort by", choice), status),
    el("div", { class: "table-box" }, table),
    more,
  );
}

function headOf(column, sortBy) {
  return el(
    "th",
    { scope: "col", class: column.number ? "number" : null, title: column.hint },
    el("button", { type: "button", data: { key: column.key }, on: { click: () => sortBy(column.key) } }, column.title),
  );
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a ?? "").localeCompare(String(b ?? ""), "en");
}

// What the JSON report says stands in data-value: a cell's text is the same, made short.
function cellOf(column, row) {
  const value = column.get(row),
    shown = column.show ? column.show(value, row) : String(value ?? "");
  const kind = [column.number && "number", column.wraps && "wraps", column.primary && "primary", column.wide && "wide"]
    .filter(Boolean)
    .join(" ");
  const title = column.exact && value !== null ? exactly(value) : null;
  return el(
    "td",
    {
      class: kind || null,
      title,
      data: { key: column.key, value: JSON.stringify(value ?? null), label: column.title },
    },
    shown,
  );
}

function rowsOf(row, index, columns, detail) {
  const cells = columns.map((column) => cellOf(column, row)),
    line = el("tr", { data: { index } }, cells);
  if (!detail) return [line];
  const id = freshId("detail"),
    primary = cells[columns.findIndex((column) => column.primary)];
  const button = el(
    "button",
    { type: "button", class: "open-row", "aria-expanded": "false", "aria-controls": id },
    el("span", { class: "names" }, ...primary.childNodes),
  );
  const below = el("tr", { class: "detail", id, hidden: true }, el("td", { colspan: columns.length }));
  primary.replaceChildren(button);
  button.addEventListener("click", () => {
    const open = below.hidden;
    if (open && !below.firstChild.hasChildNodes()) below.firstChild.append(detail(row, index));
    below.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    line.classList.toggle("open", open);
  });
  return [line, below];
}
