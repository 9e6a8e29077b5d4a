"use strict";
// The parts of one case: facts, the grid of outcomes, the texts with what was kept and dropped.

const caseView = (() => {
  if (!run) return null;
  const { make, group, breakable, spansOf, marked, body } = marks;
  const { data, tokens, byEvidence, STATES, stateOf, outcomeAt, cellName } = run;

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
  const matrix = (item, chosen, choose) => {
    const budgets = [...new Set(data.cells.map(([, budget]) => budget))].sort((a, b) => (a === null) - (b === null) || a - b);
    const head = make("tr", {}, make("th", { scope: "col" }, make("span", { class: "visually-hidden" }, "Pipeline")),
      budgets.map((b) => make("th", { scope: "col" }, b === null ? "fixed" : tokens(b))));
    const rows = data.pipelines.map((pipeline, number) =>
      make("tr", {}, make("th", { scope: "row", title: pipeline.title }, breakable(pipeline.title)),
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
          button.addEventListener("click", () => choose(cell));
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
    const parts = [`${tokens(outcome.t)} of ${tokens(outcome.n)} tokens`, `prompt ${tokens(outcome.u)}`, `${group.format((outcome.s || 0) < 10 ? outcome.s || 0 : Math.round(outcome.s))} ms`];
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

  return { facts, history, matrix, summary, legend, texts };
})();
