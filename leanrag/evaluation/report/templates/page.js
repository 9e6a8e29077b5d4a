"use strict";
// The theme button, sortable tables, and points of the plot by mouse and keyboard.

(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const show = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to the ${isDark() ? "light" : "dark"} theme`);
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("leanrag-theme", root.dataset.theme);
    } catch (error) {
      // Without a store the choice holds until the page is closed.
    }
    show();
  });
  system.addEventListener("change", show);
  show();
  button.hidden = false;
})();

(() => {
  const key = (cell) => {
    const value = cell.dataset.sort;
    if (value === undefined) return null;
    if (value === "inf") return Infinity;
    const number = Number(value);
    return value !== "" && !Number.isNaN(number) ? number : value;
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      if (head.title) {
        button.title = head.title;
        head.removeAttribute("title");
      }
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const numeric = head.classList.contains("number");
        const before = head.getAttribute("aria-sort");
        const rising = before ? before !== "ascending" : !numeric;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[column]), row]);
        // What has no value stays at the end in both directions.
        rows.sort(([a], [b]) => {
          if (a === null || b === null) return (a === null) - (b === null);
          return rising ? compare(a, b) : compare(b, a);
        });
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  }
})();

(() => {
  const tip = document.getElementById("tip");
  const near = 40;
  let shown = null;

  const hide = () => {
    tip.hidden = true;
    if (shown) shown.classList.remove("on");
    shown = null;
  };
  const centre = (point) => {
    const box = point.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const show = (point) => {
    if (shown !== point) {
      if (shown) shown.classList.remove("on");
      shown = point;
      point.classList.add("on");
      tip.textContent = point.dataset.label;
      tip.hidden = false;
    }
    const [x, y] = centre(point);
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8, Math.min(x + 14, room))}px`;
    const above = y - tip.offsetHeight - 14;
    tip.style.top = `${above > 56 ? above : y + 16}px`;
  };

  for (const plot of document.querySelectorAll('svg[data-plot="points"]')) {
    const series = [...plot.querySelectorAll(".dots")].reverse();
    const points = [...plot.querySelectorAll(".point")];
    if (!points.length) continue;
    for (const point of points) {
      const title = point.querySelector("title");
      point.dataset.label = title.textContent;
      title.remove();
      point.setAttribute("tabindex", "-1");
    }
    // The first curve is leanrag's; one Tab stop for the whole plot, arrows within it.
    let current = series[0].querySelector(".point");
    current.setAttribute("tabindex", "0");
    const go = (point) => {
      if (!point) return;
      current.setAttribute("tabindex", "-1");
      current = point;
      current.setAttribute("tabindex", "0");
      current.focus();
    };
    const nearest = (list, x, y, across) => {
      let best = null;
      let least = Infinity;
      for (const point of list) {
        const [px, py] = centre(point);
        const far = Math.hypot(px - x, across ? 0 : py - y);
        if (far < least) [best, least] = [point, far];
      }
      return [best, least];
    };
    plot.addEventListener("keydown", (event) => {
      const own = [...current.parentNode.children];
      const place = own.indexOf(current);
      const row = series.indexOf(current.parentNode);
      const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
      if (event.key === "Escape") hide();
      if (!step) return;
      event.preventDefault();
      if (step[1]) go(own[place + step[1]]);
      const other = step[0] && series[row + step[0]];
      if (other) go(nearest([...other.children], ...centre(current), true)[0]);
    });
    plot.addEventListener("focusin", (event) => {
      const point = event.target.closest(".point");
      if (point) show(point);
    });
    plot.addEventListener("focusout", hide);
    plot.addEventListener("pointermove", (event) => {
      const [point, far] = nearest(points, event.clientX, event.clientY, false);
      if (point && far < near) show(point);
      else hide();
    });
    plot.addEventListener("pointerleave", hide);
  }
  addEventListener("scroll", () => {
    if (shown && shown === document.activeElement) show(shown);
    else if (shown) hide();
  }, { passive: true });
})();
