"use strict";
(() => {
  const entries = [...document.querySelectorAll("[data-entry]")];
  const words = document.getElementById("words");
  const kind = document.getElementById("kind");
  const choose = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of entries) {
      const text = entry.textContent.toLowerCase();
      entry.hidden = !((!kind.value || entry.dataset.kind === kind.value) && wanted.every((word) => text.includes(word)));
      shown += entry.hidden ? 0 : 1;
    }
    document.getElementById("count").textContent = `${shown} of ${entries.length}`;
    document.getElementById("none").hidden = shown > 0;
  };
  if (words) { words.addEventListener("input", choose); kind.addEventListener("change", choose); choose(); }

  const beside = document.getElementById("beside");
  if (beside) {
    const ticks = [...document.querySelectorAll("input[name=run]")];
    const count = () => { beside.disabled = ticks.filter((tick) => tick.checked).length < 2; };
    ticks.forEach((tick) => tick.addEventListener("change", count));
    count();
  }

  // A run that goes on: its numbers, asked for again and again, put in as text and never as markup.
  const followed = [...document.querySelectorAll("[data-follows]")];
  if (!followed.length) return;
  const show = (place, state) => {
    let line = place.querySelector("[data-line]");
    if (!line) {
      line = document.createElement("span");
      line.dataset.line = "";
      const bar = document.createElement("progress");
      bar.setAttribute("aria-label", "Progress");
      place.replaceChildren(line, bar);
    }
    line.textContent = state.line;
    const bar = place.querySelector("progress");
    bar.max = state.planned || 1;
    bar.value = state.done;
    for (const [name, said] of state.facts) {
      const fact = [...place.querySelectorAll("[data-fact]")].find((one) => one.dataset.fact === name);
      if (fact) fact.textContent = said;
    }
  };
  const look = async () => {
    for (const place of followed) {
      const alone = "alone" in place.dataset;
      const id = place.dataset.follows;
      try {
        const answer = await fetch(`${alone ? id : `run/${id}`}/progress.json`, { cache: "no-store" });
        if (!answer.ok) continue;
        const state = await answer.json();
        if (!state.running) { location.reload(); return; }
        show(place, state);
      } catch (error) {
        // The viewer was stopped: the page keeps what it last knew.
        if (!(error instanceof TypeError)) throw error;
      }
    }
    setTimeout(look, 2000);
  };
  look();
})();
