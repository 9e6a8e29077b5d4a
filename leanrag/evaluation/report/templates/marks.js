"use strict";
// Elements without markup, and texts with their marks. Everything is built as text nodes.

const marks = (() => {
  const FOLD_FROM = 1500;
  const FOLD_KEEP = 250;
  const group = new Intl.NumberFormat("en-US");

  /** An element; null children are left out, strings become text. */
  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  };

  /** A long name that may be broken inside. */
  const breakable = (text) =>
    text.split(/(?<=[a-z])(?=[A-Z])|(?<=[a-z][._])(?=[a-z])/).flatMap((part, i) => (i ? [make("wbr"), part] : [part]));

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

  return { make, group, breakable, spansOf, marked, body };
})();
