"use strict";
// The embedded run: what the keys mean, and what became of a case.
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

const run = (() => {
  const holder = document.getElementById("data");
  if (!holder) return null;
  const data = JSON.parse(holder.textContent);
  const tokens = (value) => marks.group.format(value || 0);

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
  const outcomeOf = (item, cell) => STATES[stateOf(item, outcomeAt(item, cell))];

  return { data, tokens, byEvidence, STATES, stateOf, outcomeAt, outcomeOf, cellName };
})();
