"use strict";
// The browser of cases: filters, list, and which case is open.

(() => {
  if (!run) return;
  const PAGE = 50;
  const { make, group } = marks;
  const { data, tokens, STATES, stateOf, outcomeAt, outcomeOf, cellName } = run;
  const byId = (id) => document.getElementById(id);

  // ── filters ────────────────────────────────────────────────────────────────────────────────

  const fields = Object.fromEntries(
    ["text", "state", "tag", "pipeline", "budget"].map((name) => [name, byId(`f-${name}`)]),
  );
  const fill = (select, options, chosen) => {
    select.replaceChildren(
      ...options.map(([value, name]) => make("option", { value, selected: value === chosen }, name)),
    );
  };
  const budgetsOf = (pipeline) =>
    data.cells.filter(([number]) => number === pipeline).map(([, budget]) => budget);
  const fillBudgets = (wanted) => {
    const budgets = budgetsOf(Number(fields.pipeline.value));
    const chosen = budgets.includes(wanted) ? wanted : budgets[budgets.length - 1];
    fill(fields.budget, budgets.map((b) => [String(b), b === null ? "fixed" : tokens(b)]), String(chosen));
    fields.budget.disabled = budgets.length < 2;
  };
  const chosenCell = () =>
    data.cells.findIndex(
      ([pipeline, budget]) => String(pipeline) === fields.pipeline.value && String(budget) === fields.budget.value,
    );

  const lowered = new Map();
  const lowText = (number) => {
    if (!lowered.has(number)) lowered.set(number, (data.texts[number] || ["", ""])[1].toLowerCase());
    return lowered.get(number);
  };
  const matches = (item, wanted) => {
    if (!wanted) return true;
    const own = [item.i, item.q, ...(item.a || []), ...(item.g || [])].join("\n").toLowerCase();
    return own.includes(wanted) || (item.p || []).some((pool) => pool.some((number) => lowText(number).includes(wanted)));
  };

  // ── list ───────────────────────────────────────────────────────────────────────────────────

  const list = byId("list");
  const more = byId("more");
  let found = [];
  let open = null;

  const row = (item) => {
    const state = outcomeOf(item, chosenCell());
    const button = make(
      "button",
      { type: "button", "aria-current": open === item ? "true" : null },
      make("span", { class: `state ${state.css}`, title: state.name, "aria-hidden": "true" }, state.mark),
      make("bdi", { class: "question", lang: item.l }, item.q),
      make("span", { class: "meta" }, make("span", { class: "visually-hidden" }, `${state.name}, `), make("bdi", {}, item.i)),
    );
    button.addEventListener("click", () => show(item, true));
    return make("li", {}, button);
  };
  const extend = () => {
    const shown = list.children.length;
    list.append(...found.slice(shown, shown + PAGE).map(row));
    const rest = found.length - list.children.length;
    more.hidden = rest <= 0;
    more.textContent = `Show ${Math.min(PAGE, rest)} more of ${group.format(rest)}`;
  };
  const refresh = () => {
    const wanted = fields.text.value.trim().toLowerCase();
    const cell = chosenCell();
    found = data.cases.filter(
      (item) =>
        (fields.state.value === "all" || stateOf(item, outcomeAt(item, cell)) === fields.state.value) &&
        (fields.tag.value === "" || (item.g || []).includes(data.tags[Number(fields.tag.value)])) &&
        matches(item, wanted),
    );
    list.replaceChildren();
    extend();
    const shown = found.length === data.cases.length ? "All" : `${group.format(found.length)} of`;
    byId("count").textContent = `${shown} ${group.format(data.cases.length)} cases, by ${cellName(cell)}`;
  };
  const buttons = () => [...list.querySelectorAll("button")];
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = buttons();
    const next = all[all.indexOf(document.activeElement) + step];
    if (next) next.focus();
    else if (step > 0 && !more.hidden) more.focus();
  });
  more.addEventListener("click", () => {
    const next = list.children.length;
    extend();
    const button = buttons()[next];
    if (button) button.focus();
  });

  // ── the open case ──────────────────────────────────────────────────────────────────────────

  const detail = byId("detail");
  const lower = make("div", {});
  const choose = (item, cell, keepFocus = true) => {
    const outcome = outcomeAt(item, cell);
    const grid = detail.querySelector(".matrix");
    for (const button of grid ? grid.querySelectorAll("button") : []) {
      const on = button.dataset.cell === String(cell);
      button.setAttribute("aria-pressed", String(on));
      button.setAttribute("tabindex", on ? "0" : "-1");
      if (on && keepFocus) button.focus();
      if (!on) continue;
      const pane = grid.parentElement;
      pane.scrollLeft += button.getBoundingClientRect().left - pane.getBoundingClientRect().left - pane.clientWidth / 2;
    }
    lower.replaceChildren(...(outcome ? [caseView.summary(item, outcome), caseView.legend(), ...caseView.texts(item, outcome)] : []));
  };
  const step = (by) => {
    const next = found[found.indexOf(open) + by];
    if (next) show(next, true);
  };
  const barButton = (name, action, disabled) => {
    const button = make("button", { type: "button", class: "quiet", disabled }, name);
    button.addEventListener("click", action);
    return button;
  };
  const show = (item, focus) => {
    open = item;
    const place = found.indexOf(item);
    while (place >= list.children.length && !more.hidden) extend();
    buttons().forEach((button, number) => {
      if (number === place) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    const row = buttons()[place];
    // Only the pane scrolls, so that the page stays where the reader is.
    const pane = list.parentElement;
    if (row) pane.scrollTop += row.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
    const cell = chosenCell();
    const start = outcomeAt(item, cell) ? cell : ((item.o || [])[0] || { c: -1 }).c;
    detail.replaceChildren(
      make("div", { class: "case-bar" },
        barButton("Previous", () => step(-1), place <= 0),
        barButton("Next", () => step(1), place < 0 || place >= found.length - 1),
        barButton("Back to the list", back)),
      make("h3", { id: "case-title", lang: item.l, dir: "auto" }, item.q),
      caseView.facts(item), caseView.history(item) || "", make("h4", {}, "Outcomes"),
      caseView.matrix(item, start, (cell) => choose(item, cell)), lower);
    detail.setAttribute("aria-label", `Case ${item.i}`);
    choose(item, start, false);
    if (focus) {
      detail.focus({ preventScroll: true });
      detail.scrollIntoView({ block: "start" });
      history_.replace(item);
    }
  };
  const back = () => {
    const button = list.querySelector('button[aria-current="true"]') || list.querySelector("button") || fields.text;
    button.focus();
  };
  detail.addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
  });

  // A link to a case: #case=ID.
  const history_ = {
    replace: (item) => {
      const fragment = `#case=${encodeURIComponent(item.i)}`;
      if (location.hash !== fragment) window.history.replaceState(null, "", fragment);
    },
    wanted: () => {
      if (!location.hash.startsWith("#case=")) return null;
      try {
        const id = decodeURIComponent(location.hash.slice(6));
        return data.cases.find((item) => item.i === id) || null;
      } catch (error) {
        return null;
      }
    },
  };

  // ── start ──────────────────────────────────────────────────────────────────────────────────

  const [focusPipeline, focusBudget] = data.cells[data.focus] || [0, null];
  fill(fields.pipeline, data.pipelines.map((pipeline, number) => [String(number), pipeline.title]), String(focusPipeline));
  fillBudgets(focusBudget);
  fill(fields.tag, [["", "All tags"], ...data.tags.map((tag, number) => [String(number), tag])], "");
  const lostNow = data.cases.some((item) => stateOf(item, outcomeAt(item, data.focus)) === "lost");
  fill(fields.state, [["all", "All"], ...Object.entries(STATES).map(([value, { name }]) => [value, name[0].toUpperCase() + name.slice(1)])], lostNow ? "lost" : "all");
  byId("browser").hidden = false;

  let timer = 0;
  fields.text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 120);
  });
  fields.pipeline.addEventListener("change", () => {
    const value = fields.budget.value;
    fillBudgets(value === "null" ? focusBudget : Number(value));
    refresh();
    if (open) show(open, false);
  });
  fields.budget.addEventListener("change", () => {
    refresh();
    if (open) show(open, false);
  });
  for (const name of ["state", "tag"]) fields[name].addEventListener("change", refresh);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  refresh();
  const linked = history_.wanted();
  if (linked) {
    fields.state.value = "all";
    refresh();
    show(linked, true);
  } else if (found.length) {
    show(found[0], false);
  }
})();
