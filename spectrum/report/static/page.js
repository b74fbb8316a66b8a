"use strict";
(() => {
  const root = document.documentElement;
  const themes = JSON.parse(document.getElementById("themes").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = () => root.dataset.theme || (dark.matches ? "dark" : "light");

  // On a phone, names of series stand below each other, lest they are cut.
  const stacked = (spec) => {
    for (const [name, part] of Object.entries(spec)) {
      if (name === "legend" && part) part.columns = 1;
      else if (part && typeof part === "object" && name !== "data" && name !== "datasets") stacked(part);
    }
  };

  const draw = (figure) => {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    const place = figure.querySelector(".chart");
    const size = spec.usermeta || {};
    if (!place.clientWidth) return Promise.resolve(); // folded away: drawn when it comes into view
    figure.dataset.drawn = theme();
    if (size.width) {
      spec.width = Math.min(place.clientWidth, size.width);
      if (size.square) spec.height = Math.round(spec.width * 0.84);
      spec.autosize = { type: size.square || !spec.height ? "fit" : "fit-x", contains: "padding" };
    }
    if (size.panel) {
      const axis = size.square ? 12 : 62, gap = 20;
      const columns = Math.max(1, Math.min(size.most, Math.floor((place.clientWidth - axis + gap) / size.panel)));
      spec.columns = columns;
      spec.spec.width = Math.min(2 * size.panel, Math.floor((place.clientWidth - axis - gap * (columns - 1)) / columns));
      if (size.square) spec.spec.height = spec.spec.width;
    }
    if (place.clientWidth < 520) stacked(spec);
    return window.vegaEmbed(place, spec, { actions: false, renderer: "svg", config: themes[theme()] })
      .then((drawn) => {
        const svg = place.querySelector("svg");
        if (svg) { svg.setAttribute("role", "img"); svg.setAttribute("aria-label", place.dataset.alt); }
        figure.drawn = drawn;
      });
  };
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting && entry.target.dataset.drawn !== theme()) draw(entry.target);
    }
  }, { rootMargin: "400px" });
  const figures = [...document.querySelectorAll("figure.figure")];
  figures.forEach((figure) => seen.observe(figure));
  const redraw = () => figures.forEach((figure) => { if (figure.dataset.drawn) draw(figure); });
  let width = window.innerWidth;
  window.addEventListener("resize", () => { if (window.innerWidth !== width) { width = window.innerWidth; redraw(); } });
  window.addEventListener("beforeprint", () => figures.forEach(draw));

  const button = document.getElementById("theme");
  const name = () => { button.textContent = theme() === "dark" ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    root.dataset.theme = theme() === "dark" ? "light" : "dark";
    name();
    redraw();
  });
  dark.addEventListener("change", () => { name(); redraw(); });
  name();

  for (const field of document.querySelectorAll("input[data-filters]")) {
    const rows = [...document.getElementById(field.dataset.filters).querySelectorAll("[data-row]")];
    const count = field.parentElement.querySelector("output");
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = `${shown} of ${rows.length}`;
    });
  }

  for (const film of document.querySelectorAll("[data-film]")) {
    const buttons = [...film.querySelectorAll("button[aria-controls]")];
    const open = (wanted) => {
      for (const other of buttons) {
        const on = other === wanted && other.getAttribute("aria-expanded") !== "true";
        other.setAttribute("aria-expanded", String(on));
        document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
      }
    };
    buttons.forEach((one, place) => {
      one.addEventListener("click", () => open(one));
      one.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step && buttons[place + step]) { buttons[place + step].focus(); event.preventDefault(); }
      });
    });
  }

  // A link to something inside a folded part opens that part.
  const reveal = () => {
    let at = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!at) return;
    for (let up = at; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    const first = at.querySelector(":scope > details");
    if (first) first.open = true;
    at.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  reveal();
})();
