// The search, and buttons that copy. Everything else of the handbook works without this.
"use strict";

(() => {
  const top = document.body.dataset.top;

  // Copy.
  for (const block of document.querySelectorAll("details.code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const text = block.querySelector("code").textContent;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
      }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    block.append(button);
  }

  // What is linked to is open.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();

  // What is printed is open.
  addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("details")) each.open = true; });

  // Search.
  const all = window.plumblineSearch;
  const input = document.getElementById("search");
  const hits = document.getElementById("hits");
  if (!all || !input) return;
  input.closest(".search").hidden = false;
  const stem = (word) => (word.length > 3 && word.endsWith("s") && !/(ss|us|is)$/.test(word) ? word.slice(0, -1) : word);
  const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean).map(stem);
  const empty = new Set("a an and are as at be by can do does for from have how i in is it its my of on or our should that the their there this to use we what when where which who why with you".split(" "));
  const entries = all.map(([kind, address, title, says, head, body]) => ({ kind, address, title, says, head: words(head), body: body.split(" ") }));
  const has = (list, word) => (list.includes(word) ? 1 : word.length > 2 && list.some((each) => each.startsWith(word)) ? 0.6 : 0);
  const find = (query) => {
    const wanted = words(query).filter((word) => !empty.has(word));
    if (!wanted.length) return [];
    const scored = entries.map((entry) => ({ entry, each: wanted.map((word) => [has(entry.head, word), has(entry.body, word)]) }));
    const weight = wanted.map((_, index) => {
      const having = scored.filter(({ each }) => each[index][0] + each[index][1] > 0).length;
      return Math.log(1 + entries.length / (1 + having));
    });
    for (const one of scored) {
      one.fits = one.each.filter(([head, body]) => head + body > 0).length;
      one.score = one.each.reduce((sum, [head, body], index) => sum + weight[index] * (4 * head + body), 0);
    }
    const most = Math.max(...scored.map((one) => one.fits));
    return most === 0 ? [] : scored.filter((one) => one.fits === most).sort((a, b) => b.score - a.score).slice(0, 12);
  };
  const show = () => {
    const found = find(input.value);
    hits.replaceChildren(...found.map(({ entry }) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = top + entry.address;
      const kind = document.createElement("span");
      kind.className = "kind";
      kind.textContent = entry.kind;
      const says = document.createElement("small");
      says.textContent = entry.says;
      link.append(kind, " ", entry.title, says);
      item.append(link);
      return item;
    }));
    if (input.value.trim() && !found.length) {
      const item = document.createElement("li");
      item.className = "none";
      item.textContent = "Nothing is written about that.";
      hits.append(item);
    }
    hits.hidden = !hits.childElementCount;
  };
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { input.value = ""; show(); }
    if (event.key === "Enter") { const first = hits.querySelector("a"); if (first) location.href = first.href; }
    if (event.key === "ArrowDown") { const first = hits.querySelector("a"); if (first) { event.preventDefault(); first.focus(); } }
  });
  hits.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [...hits.querySelectorAll("a")];
    const next = links[links.indexOf(document.activeElement) + step];
    event.preventDefault();
    (next || input).focus();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) { event.preventDefault(); input.focus(); }
  });
})();
