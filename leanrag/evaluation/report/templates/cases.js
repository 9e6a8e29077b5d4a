"use strict";
// The cases: filters, list and drill-down. Everything is built as text nodes, never as markup.
//
// data: what, quality, lostRecall, pipelines [{title, role}], cells [[pipeline, budget]], focus,
//   texts [[id, text, title, source, page] | null], cases
// case: i id, q question, a answers, l language, g tags, d document, h full context holds it,
//   y history [[role, content]], p pools of text numbers, m answers and e evidence by text, o outcomes
// outcome: c cell, p pool, t tokens, n tokens in, u prompt tokens, s milliseconds, v survived,
//   r evidence recall, w over budget, k kept, z kept pieces not recorded, D dropped, x trace,
//   A answer of a model, f failure
// kept: [text] whole, [text, gap, length, …] parts, or {i, n, x, m} where it was rewritten
// spans: [gap, length, …], in UTF-16 units

(() => {
  const holder = document.getElementById("data");
  if (!holder) return;
  const data = JSON.parse(holder.textContent);
  const PAGE = 50;
  const FOLD_FROM = 1500;
  const FOLD_KEEP = 250;
  const byId = (id) => document.getElementById(id);
  const group = new Intl.NumberFormat("en-US");
  const tokens = (value) => group.format(value || 0);

  /** An element; null children are left out, strings become text. */
  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  };

  // ── what became of a case ──────────────────────────────────────────────────────────────────

  const STATES = {
    kept: { mark: "✓", css: "kept", name: "kept" },
    lost: { mark: "✗", css: "lost", name: "lost" },
    unheld: { mark: "–", css: "none", name: "not in the full context" },
    failed: { mark: "!", css: "lost", name: "failed" },
    over: { mark: "!", css: "lost", name: "over budget" },
    open: { mark: "·", css: "none", name: "nothing to judge by" },
  };
  const byEvidence = data.quality === "evidence_recall";

  const stateOf = (item, outcome) => {
    if (!outcome) return "open";
    if (outcome.f) return "failed";
    if (outcome.w) return "over";
    if (byEvidence) {
      if (outcome.r === undefined) return "open";
      return outcome.r < data.lostRecall ? "lost" : "kept";
    }
    if (outcome.v === undefined) return "open";
    if (outcome.v) return "kept";
    return item.h === false ? "unheld" : "lost";
  };
  const outcomeAt = (item, cell) => (item.o || []).find((outcome) => outcome.c === cell);
  const cellName = (cell) => {
    const [pipeline, budget] = data.cells[cell];
    return data.pipelines[pipeline].title + (budget === null ? "" : `, budget ${tokens(budget)}`);
  };

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
    const state = STATES[stateOf(item, outcomeAt(item, chosenCell()))];
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

  // ── marked text ────────────────────────────────────────────────────────────────────────────

  const spansOf = (flat) => {
    const spans = [];
    let at = 0;
    for (let i = 0; i + 1 < (flat || []).length; i += 2) {
      at += flat[i];
      spans.push([at, at + flat[i + 1]]);
      at += flat[i + 1];
    }
    return spans;
  };
  const inside = (spans, place) => spans.some(([start, end]) => start <= place && place < end);

  /** Pieces of text[from:to] with answers and evidence marked. */
  const marked = (text, from, to, answers, evidence) => {
    const edges = new Set([from, to]);
    for (const [start, end] of [...answers, ...evidence]) {
      for (const edge of [start, end]) if (edge > from && edge < to) edges.add(edge);
    }
    const places = [...edges].sort((a, b) => a - b);
    return places.slice(0, -1).map((start, i) => {
      let node = document.createTextNode(text.slice(start, places[i + 1]));
      if (inside(answers, start)) node = make("mark", {}, node);
      if (inside(evidence, start)) node = make("span", { class: "evidence" }, node);
      return node;
    });
  };
  /** A dropped stretch; a long one is folded, unless an answer or evidence stands in it. */
  const dropped = (text, from, to, answers, evidence, reason) => {
    const node = make("del", { title: reason || "dropped" });
    const telling = [...answers, ...evidence].some(([start, end]) => start < to && from < end);
    if (telling || to - from < FOLD_FROM) {
      node.append(...marked(text, from, to, answers, evidence));
      return [node];
    }
    const head = from + FOLD_KEEP;
    const tail = to - FOLD_KEEP;
    const button = make("button", { type: "button", class: "fold" }, `… ${group.format(tail - head)} more letters dropped`);
    button.addEventListener("click", () => button.replaceWith(text.slice(head, tail)));
    node.append(text.slice(from, head), button, text.slice(tail, to));
    return [node];
  };
  const body = (text, kept, answers, evidence, reason, language) => {
    const nodes = [];
    let at = 0;
    for (const [start, end] of [...kept, [text.length, text.length]]) {
      if (start > at) nodes.push(...dropped(text, at, start, answers, evidence, reason));
      if (end > start) nodes.push(...marked(text, start, end, answers, evidence));
      at = Math.max(at, end);
    }
    return make("p", { class: "body", lang: language, dir: "auto" }, nodes);
  };

  // ── one case ───────────────────────────────────────────────────────────────────────────────

  const detail = byId("detail");

  const facts = (item) => {
    const rows = [
      ["Case", item.i],
      ["Answers", (item.a || []).join(" · ")],
      ["Tags", (item.g || []).join(", ")],
      ["Document", item.d && item.d !== item.i ? item.d : ""],
      ["Full context", item.h === undefined ? "" : item.h ? "holds an answer" : "holds no answer"],
    ];
    return make(
      "dl",
      { class: "case-facts" },
      rows.filter(([, text]) => text).flatMap(([name, text]) => [make("dt", {}, name), make("dd", { lang: name === "Answers" ? item.l : null }, text)]),
    );
  };
  const history = (item) => {
    if (!(item.y || []).length) return null;
    return make(
      "details",
      {},
      make("summary", {}, `History, ${item.y.length} turns`),
      item.y.map(([role, content]) => make("p", { class: "body", lang: item.l, dir: "auto" }, `${role}: ${content}`)),
    );
  };

  /** Pipelines against budgets; each cell chooses the outcome that is shown below. */
  const matrix = (item, chosen) => {
    const budgets = [...new Set(data.cells.map(([, budget]) => budget))].sort((a, b) => (a === null) - (b === null) || a - b);
    const head = make("tr", {}, make("th", { scope: "col" }, make("span", { class: "visually-hidden" }, "Pipeline")),
      budgets.map((b) => make("th", { scope: "col" }, b === null ? "fixed" : tokens(b))));
    const rows = data.pipelines.map((pipeline, number) =>
      make("tr", {}, make("th", { scope: "row", title: pipeline.title }, pipeline.title),
        budgets.map((budget) => {
          const cell = data.cells.findIndex(([p, b]) => p === number && b === budget);
          const outcome = cell < 0 ? null : outcomeAt(item, cell);
          if (!outcome) return make("td");
          const state = STATES[stateOf(item, outcome)];
          const text = byEvidence && outcome.r !== undefined && !outcome.f ? String(Math.round(100 * outcome.r)) : state.mark;
          const label = `${cellName(cell)}: ${state.name}, ${tokens(outcome.t)} tokens`;
          const button = make("button", {
            type: "button", class: state.css, "aria-label": label, title: label, "data-cell": String(cell),
            "aria-pressed": String(cell === chosen), tabindex: cell === chosen ? "0" : "-1",
          }, text);
          button.addEventListener("click", () => choose(item, cell));
          return make("td", {}, button);
        })));
    const table = make("table", { class: "matrix" },
      make("caption", { class: "visually-hidden" }, "Outcome by pipeline and budget"), make("thead", {}, head), make("tbody", {}, rows));
    table.addEventListener("keydown", (event) => {
      const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
      const own = event.target.closest("td");
      if (!step || !own) return;
      event.preventDefault();
      let line = own.parentNode.rowIndex;
      let place = own.cellIndex;
      // Cells that were not run are passed over.
      for (;;) {
        line += step[0];
        place += step[1];
        const target = table.rows[line] && table.rows[line].cells[place];
        if (!target || target.tagName === "TH") return;
        const button = target.querySelector("button");
        if (button) {
          own.querySelector("button").setAttribute("tabindex", "-1");
          button.setAttribute("tabindex", "0");
          button.focus();
          return;
        }
      }
    });
    return make("div", { class: "scroll" }, table);
  };

  const summary = (item, outcome) => {
    const state = STATES[stateOf(item, outcome)];
    const lines = [make("p", { class: "headline" }, `${cellName(outcome.c)}: `, make("span", { class: `state ${state.css}` }, `${state.mark} ${state.name}`))];
    if (outcome.f) {
      lines.push(make("p", {}, outcome.f));
      return make("div", { class: "outcome" }, lines);
    }
    const parts = [`${tokens(outcome.t)} of ${tokens(outcome.n)} tokens`, `prompt ${tokens(outcome.u)}`, `${group.format(outcome.s || 0)} ms`];
    if (outcome.r !== undefined) parts.push(`${Math.round(100 * outcome.r)} % of the evidence`);
    lines.push(make("p", {}, parts.join(" · ")));
    for (const [stage, itemsIn, itemsOut, tokensIn, tokensOut, reasons, note] of outcome.x || []) {
      const why = Object.entries(reasons || {}).map(([reason, count]) => `${group.format(count)} ${reason}`);
      const text = `${stage}: ${group.format(itemsIn)} → ${group.format(itemsOut)} items, ${tokens(tokensIn)} → ${tokens(tokensOut)} tokens`;
      lines.push(make("p", {}, [text, ...why, note].filter(Boolean).join("; ")));
    }
    if (outcome.A) {
      const [text, exact, f1, judged] = outcome.A;
      const scores = [];
      if (exact !== null) scores.push(`exact match ${exact ? "yes" : "no"}`);
      if (f1 !== null) scores.push(`F1 ${f1.toFixed(2)}`);
      if (judged !== null) scores.push(`judged ${judged ? "right" : "wrong"}`);
      const shown = scores.length ? ` (${scores.join(", ")})` : "";
      lines.push(make("p", {}, "Model's answer: ", make("bdi", { lang: item.l }, text), shown));
    }
    return make("div", { class: "outcome" }, lines);
  };

  /** Why a text, or the rest of one, was dropped. */
  const reasonOf = (outcome, number) => {
    for (const [reason, numbers] of outcome.D || []) if (!numbers || numbers.includes(number)) return reason;
    return "";
  };
  const restReason = (outcome) => {
    const reasons = (outcome.x || []).flatMap((entry) => Object.keys(entry[5] || {}));
    return reasons.length ? [...new Set(reasons)].join(", ") : (outcome.D || []).map(([reason]) => reason).join(", ");
  };

  const textHead = (number, name, fate) => {
    const [id, , title, source, page] = data.texts[number] || ["", "", "", "", null];
    const shownTitle = title || source || id;
    return make(name, { class: "text-head" },
      make("bdi", {}, shownTitle || id),
      shownTitle !== id ? make("bdi", {}, id) : null,
      source && source !== shownTitle ? make("bdi", {}, source) : null,
      page ? make("span", {}, `page ${page}`) : null,
      make("span", { class: "fate" }, fate));
  };
  const textBlock = (item, outcome, number, kept) => {
    const [, text] = data.texts[number] || ["", ""];
    const answers = spansOf((item.m || {})[number]);
    const evidence = spansOf((item.e || {})[number]);
    const whole = kept && kept.length === 1 && kept[0][0] === 0 && kept[0][1] >= text.length;
    if (!kept) {
      const reason = reasonOf(outcome, number);
      const fate = reason ? `dropped: ${reason}` : "dropped";
      const telling = answers.length || evidence.length;
      const block = make("details", { class: "text", open: Boolean(telling) },
        textHead(number, "summary", answers.length ? [`${fate} · `, make("span", { class: "answer-lost" }, "holds the answer")] : fate));
      const fillIn = () => {
        if (block.open && block.children.length < 2) block.append(body(text, [], answers, evidence, reason, item.l));
      };
      block.addEventListener("toggle", fillIn);
      fillIn();
      return block;
    }
    const letters = kept.reduce((sum, [start, end]) => sum + end - start, 0);
    const fate = whole ? "kept whole" : `kept ${Math.max(1, Math.round((100 * letters) / text.length))} %`;
    const reason = whole ? "" : restReason(outcome);
    return make("div", { class: "text" },
      textHead(number, "div", [make("span", { class: "kept" }, fate), reason ? `, the rest ${reason}` : ""]),
      body(text, kept, answers, evidence, reason, item.l));
  };
  const texts = (item, outcome) => {
    const pool = (item.p || [])[outcome.p || 0] || [];
    const kept = new Map();
    const rewritten = [];
    for (const piece of outcome.k || []) {
      if (!Array.isArray(piece)) {
        rewritten.push(piece);
        continue;
      }
      const [number, ...flat] = piece;
      const text = (data.texts[number] || ["", ""])[1];
      const spans = flat.length ? spansOf(flat) : [[0, text.length]];
      kept.set(number, [...(kept.get(number) || []), ...spans].sort((a, b) => a[0] - b[0]));
    }
    const nodes = [];
    if (outcome.z) nodes.push(make("p", { class: "aside" }, "Too many pieces were kept to show them one by one."));
    for (const piece of rewritten) {
      const spans = spansOf(piece.m);
      nodes.push(make("div", { class: "text" },
        make("div", { class: "text-head" }, make("bdi", {}, piece.i || ""), make("span", { class: "fate" }, "as sent; the pipeline rewrote it")),
        make("p", { class: "body", lang: item.l, dir: "auto" }, marked(piece.x || "", 0, (piece.x || "").length, spans, []))));
    }
    const known = new Set(rewritten.map((piece) => piece.n).filter((number) => number !== undefined));
    if (!outcome.z && !outcome.f) {
      // What was kept, then what was lost that mattered, then the rest.
      const rank = (number) => (kept.has(number) ? 0 : (item.m || {})[number] ? 1 : (item.e || {})[number] ? 2 : 3);
      const order = [...pool].sort((a, b) => rank(a) - rank(b));
      nodes.push(...order.filter((number) => !known.has(number)).map((number) => textBlock(item, outcome, number, kept.get(number))));
    }
    return nodes;
  };
  const legend = () => make("p", { class: "legend" },
    make("span", {}, "kept"), make("span", {}, make("del", {}, "dropped")), make("span", {}, make("mark", {}, "answer")),
    make("span", {}, make("del", {}, make("mark", {}, "answer lost"))), make("span", {}, make("span", { class: "evidence" }, "evidence")));

  const lower = make("div", {});
  const choose = (item, cell, keepFocus = true) => {
    const outcome = outcomeAt(item, cell);
    const grid = detail.querySelector(".matrix");
    for (const button of grid ? grid.querySelectorAll("button") : []) {
      const on = button.dataset.cell === String(cell);
      button.setAttribute("aria-pressed", String(on));
      button.setAttribute("tabindex", on ? "0" : "-1");
      if (on && keepFocus) button.focus();
    }
    lower.replaceChildren(...(outcome ? [summary(item, outcome), legend(), ...texts(item, outcome)] : []));
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
      facts(item), history(item) || "", make("h4", {}, "Outcomes"), matrix(item, start), lower);
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
