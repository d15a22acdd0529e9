// Sorts, filters, searches and compares what the page already shows, and keeps that in its address. Without it
// everything is there all the same.
"use strict";

const state = new URLSearchParams(location.search);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function set(name, value) {
  if (value) state.set(name, value); else state.delete(name);
  const query = state.toString();
  try {
    history.replaceState(null, "", location.pathname + (query && `?${query}`) + location.hash);
  } catch { /* an address that may not change is no reason to stop */ }
}

// ---- light, dark, or as the system says -------------------------------------------------------------------------
const THEMES = ["system", "light", "dark"];
const store = {
  get() { try { return localStorage.getItem("theme"); } catch { return null; } },
  set(value) { try { localStorage.setItem("theme", value); } catch { /* kept in the address alone */ } },
};
let theme = [state.get("theme"), store.get()].find((value) => THEMES.includes(value)) ?? "system";

function paint() {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function themeSwitch() {
  const button = document.querySelector("button#_theme");
  const say = () => { button.textContent = `Theme: ${theme}`; };
  button.hidden = false;
  say();
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    store.set(theme);
    set("theme", theme === "system" ? "" : theme);
    paint();
    say();
  });
}

// ---- sorting: every table of the page by the same column ----------------------------------------------------------
const UPWARD = ["tier", "who"]; // what begins with the lowest; of all else the highest is asked for first

function value(row, column) {
  const cell = row.cells[column];
  if (!cell) return null;
  if (cell.classList.contains("who")) return cell.textContent.trim().toLowerCase();
  return "v" in cell.dataset ? Number(cell.dataset.v) : null;
}

function order(table, wanted) {
  const descending = wanted.startsWith("-");
  const heads = all("thead th", table);
  const column = heads.findIndex((head) => head.dataset.key === wanted.replace("-", ""));
  if (column < 0) return;
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
  table.classList.toggle("sorted", wanted !== "tier");
  for (const body of all("tbody.ranked", table)) {
    const rows = all("tr", body).map((row) => ({ row, at: Number(row.dataset.at), key: value(row, column) }));
    rows.sort((a, b) => {
      // what has no number stands last, whichever way
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.at - b.at;
      const apart = a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
      return (descending ? -apart : apart) || a.at - b.at;
    });
    body.append(...rows.map(({ row }) => row));
  }
}

function sorting() {
  const tables = all("table.rows:has(thead [data-key])");
  const list = document.querySelector("form#controls [name=sort]");
  const known = new Set(all("[data-key]").flatMap(({ dataset }) => [dataset.key, `-${dataset.key}`]));
  const sort = (wanted) => {
    set("sort", wanted === "tier" ? "" : wanted);
    tables.forEach((table) => order(table, wanted));
    if (list) list.value = wanted;
  };
  for (const table of tables) {
    for (const body of all("tbody", table)) all("tr", body).forEach((row, at) => { row.dataset.at = at; });
    for (const head of all("thead th", table)) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const key = head.dataset.key;
        const now = head.getAttribute("aria-sort");
        const descending = now ? now === "ascending" : !UPWARD.includes(key);
        sort(descending ? `-${key}` : key);
      });
    }
  }
  list?.addEventListener("change", () => sort(list.value));
  const asked = state.get("sort");
  if (known.has(asked)) sort(asked);
}

// ---- filters: track, task, classifier, and a text -----------------------------------------------------------------
function filtering() {
  const form = document.querySelector("form#controls");
  if (!form) return;
  form.hidden = false;
  document.documentElement.classList.add("scripted");
  const { track, task, classifier, q } = form.elements;
  const fields = { task, classifier, q };
  const restore = (field, wanted) => {
    if (field && (field.type === "search" || [...field.options].some((option) => option.value === wanted))) field.value = wanted;
  };
  for (const [name, field] of Object.entries(fields)) restore(field, state.get(name) ?? "");
  if (["closed", "open"].includes(state.get("track"))) track.value = state.get("track");

  const show = () => {
    const text = (q?.value ?? "").trim().toLowerCase();
    for (const section of all("section.track")) section.hidden = section.dataset.track !== track.value;
    for (const section of all("section.task")) section.hidden = Boolean(task?.value) && section.dataset.task !== task.value;
    for (const part of all("[data-classifier]")) part.hidden = Boolean(classifier?.value) && part.dataset.classifier !== classifier.value;
    let shown = 0;
    let of = 0;
    for (const row of all("tr[data-run]")) {
      const next = row.nextElementSibling;
      const why = next?.classList.contains("why") ? next : null;
      const said = `${row.querySelector(".who").textContent} ${why?.textContent ?? ""}`.toLowerCase();
      row.hidden = Boolean(text) && !said.includes(text);
      if (why) why.hidden = row.hidden;
      if (row.closest("section.track")?.hidden) continue;
      of += 1;
      if (!row.hidden && !row.closest("[hidden]")) shown += 1;
    }
    form.querySelector(".count").textContent = shown === of ? `${of} entries` : `${shown} of ${of} entries`;
    set("track", track.value === "closed" ? "" : track.value);
    for (const [name, field] of Object.entries(fields)) if (field) set(name, field.value);
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
}

// ---- comparing: one table, two of its entries ------------------------------------------------------------------------
function comparing() {
  const form = document.querySelector("form#chooser");
  const sections = all("section.pairs");
  if (!form || !sections.length) return;
  form.hidden = false;
  const { table, a, b } = form.elements;

  const options = () => {
    const section = document.getElementById(table.value);
    const entries = all("tbody.ranked tr[data-run]", section).map((row) => {
      const name = row.querySelector(".who").textContent.replace(/\s+/g, " ").trim();
      return [row.dataset.run, name];
    });
    for (const select of [a, b]) {
      select.replaceChildren(...entries.map(([run, name]) => new Option(name, run)));
    }
    b.selectedIndex = Math.min(1, entries.length - 1);
  };
  const show = () => {
    const chosen = [a.value, b.value];
    let said = "";
    for (const section of sections) {
      section.hidden = section.id !== table.value;
      for (const body of all("tbody.aside", section)) body.hidden = true;
      for (const row of all("tbody.ranked tr", section)) row.hidden = !chosen.includes(row.dataset.run);
      for (const row of all(".differences tbody tr", section)) {
        row.hidden = !(chosen.includes(row.dataset.a) && chosen.includes(row.dataset.b));
        if (!row.hidden && !section.hidden) said = row.querySelector(".state").textContent.trim();
      }
    }
    form.querySelector(".count").textContent = a.value === b.value ? "Choose two different entries." : said;
    for (const field of [table, a, b]) set(field.name, field.value);
  };
  const wanted = (field) => {
    const asked = state.get(field.name);
    if ([...field.options].some((option) => option.value === asked)) field.value = asked;
  };
  wanted(table);
  options();
  wanted(a);
  wanted(b);
  table.addEventListener("change", options);
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  show();
}

paint();
document.addEventListener("DOMContentLoaded", () => {
  themeSwitch();
  sorting();
  filtering();
  comparing();
});
