"use strict";
// what the page adds to itself: it is whole without this script
(() => {
  const all = (query, from = document) => [...from.querySelectorAll(query)];
  const root = document.documentElement;
  const kept = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private windows */ } },
  };

  const themes = ["auto", "light", "dark"];
  const wear = (theme) => {
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    all("[data-do=theme]").forEach((button) => { button.querySelector("span").textContent = theme; });
  };
  let theme = themes.includes(kept.get("argosy-theme")) ? kept.get("argosy-theme") : "auto";

  const state = { words: "", phase: "", key: false };
  const show = () => {
    const words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    const fits = new Map();
    all("#steps [data-text]").forEach((row) => {
      const fit = words.every((word) => row.dataset.text.includes(word))
        && (!state.phase || row.dataset.phase === state.phase) && (!state.key || "key" in row.dataset);
      fits.set(row.dataset.step, fit);
      shown += fit;
    });
    all("[data-step]").forEach((row) => { row.hidden = fits.get(row.dataset.step) === false; });
    all(".box[data-steps]").forEach((box) => {
      box.setAttribute("opacity", box.dataset.steps.split(" ").some((step) => fits.get(step)) ? 1 : .25);
    });
    all("[data-count]").forEach((place) => { place.textContent = `${shown} of ${fits.size} steps`; });
    all("[data-phase-button]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.phaseButton === state.phase));
    });
    all("[data-do=key]").forEach((button) => button.setAttribute("aria-pressed", String(state.key)));
  };

  const zoom = (factor) => {
    const frame = document.querySelector(".graph"), svg = frame?.querySelector("svg");
    if (!svg) return;
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const now = svg.width.baseVal.value / width;
    const fit = Math.min((frame.clientWidth - 2) / width, (frame.clientHeight - 2) / height, 1);
    const next = factor ? Math.min(Math.max(now * factor, .05), 3) : fit;
    const [x, y] = [frame.scrollLeft + frame.clientWidth / 2, frame.scrollTop + frame.clientHeight / 2];
    svg.setAttribute("width", width * next);
    svg.setAttribute("height", height * next);
    frame.scrollTo(x * next / now - frame.clientWidth / 2, y * next / now - frame.clientHeight / 2);
  };

  const sort = (head) => {
    const body = head.closest("table").tBodies[0], place = head.cellIndex;
    const down = head.getAttribute("aria-sort") === "ascending";
    all("th[aria-sort]", head.parentNode).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[place].dataset.value ?? row.cells[place].textContent;
    const order = new Intl.Collator(undefined, { numeric: true });
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const both = x !== "" && y !== "" && !isNaN(x) && !isNaN(y);
      return (both ? x - y : order.compare(x, y)) * (down ? -1 : 1);
    });
    body.append(...rows);
  };

  const deeds = {
    theme: () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      kept.set("argosy-theme", theme);
      wear(theme);
    },
    key: () => { state.key = !state.key; show(); },
    in: () => zoom(1.4), out: () => zoom(1 / 1.4), fit: () => zoom(0),
    sort: (button) => sort(button.closest("th")),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.do in deeds) deeds[button.dataset.do](button);
    if (button.dataset.phaseButton !== undefined) { state.phase = button.dataset.phaseButton; show(); }
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-do=search]")) { state.words = event.target.value; show(); }
  });
  // a group in the graph shows its steps
  document.addEventListener("click", (event) => {
    const box = event.target.closest(".box[data-words]");
    const field = document.querySelector("[data-do=search]");
    if (box && field) { field.value = box.dataset.words; state.words = field.value; state.phase = ""; show(); }
  });
  // a link to a log opens it
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", open);

  const start = () => {
    wear(theme);
    all(".scripted").forEach((part) => { part.hidden = false; });
    show();
    open();
  };
  window.argosy = { refresh: () => { wear(theme); all(".scripted").forEach((part) => { part.hidden = false; }); show(); } };
  start();
})();
