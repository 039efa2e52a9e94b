"use strict";
(() => {
  const form = document.getElementById("filter");
  const none = document.getElementById("none");
  const all = [...document.querySelectorAll("details.scenario")];
  const apply = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    const verdicts = new Set([...form.querySelectorAll("[name=verdict]:checked")].map((it) => it.value));
    const tag = form.elements.tag.value;
    let shown = 0;
    for (const it of all) {
      const fits = verdicts.has(it.dataset.verdict)
        && (!tag || it.dataset.tags.split(" ").includes(tag))
        && (!text || it.textContent.toLowerCase().includes(text));
      it.hidden = !fits;
      shown += fits;
    }
    form.elements.shown.value = shown === all.length ? "" : `${shown} of ${all.length} shown`;
    none.hidden = shown > 0;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const [name, open] of [["open", true], ["close", false]]) {
    form.elements[name].addEventListener("click", () => {
      for (const it of all) if (!it.hidden) it.open = open;
    });
  }
  // A link to a closed part opens it.
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();
  for (const it of document.querySelectorAll(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const code = it.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        // Without leave to use the clipboard the line is at least selected.
        getSelection().selectAllChildren(code);
      }
    });
    it.append(button);
  }
  addEventListener("beforeprint", () => { for (const it of document.querySelectorAll("details")) it.open = true; });
})();
