// Colours the text of rules, puts what is wrong under the words it concerns, tries sentences.
"use strict";

(() => {
  const form = document.getElementById("editor");
  const text = document.getElementById("text");
  const paint = document.getElementById("paint");
  const verdict = document.getElementById("verdict");
  const list = document.getElementById("found");
  if (!form || !text) return;
  const path = form.elements.path.value;
  const words = form.dataset;
  const first = text.value;
  // A text that comes back was sent and not saved.
  const isUnsaved = () => "refused" in words || text.value !== first;
  let found = [];

  const element = (name, cls, content) => {
    const made = document.createElement(name);
    if (cls) made.className = cls;
    if (content !== undefined) made.textContent = content;
    return made;
  };

  // What TOML is made of, as far as it is coloured. Order matters.
  const parts =
    /(#[^\n]*)|(^[ \t]*\[\[?[^\]\n]*\]\]?)|("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*')|(^[ \t]*[A-Za-z0-9_.-]+)(?=[ \t]*=)|\b(true|false|-?\d+(?:\.\d+)?)\b/gm;
  const kinds = ["comment", "table", "string", "key", "value"];
  const colours = (source) => {
    const spans = [];
    for (const match of source.matchAll(parts)) {
      const kind = kinds[match.slice(1).findIndex((group) => group !== undefined)];
      spans.push([match.index, match.index + match[0].length, kind]);
    }
    return spans;
  };

  const draw = () => {
    const source = text.value;
    const spans = colours(source);
    const marks = found.filter((one) => one.file === null).map((one) => [one.from, Math.max(one.to, one.from + 1), one.severity]);
    const cuts = new Set([0, source.length]);
    for (const [from, to] of [...spans, ...marks]) cuts.add(Math.min(from, source.length)).add(Math.min(to, source.length));
    const order = [...cuts].sort((one, other) => one - other);
    const pieces = [];
    let at = 0;
    for (let cut = 0; cut + 1 < order.length; cut += 1) {
      const [from, to] = [order[cut], order[cut + 1]];
      while (at < spans.length && spans[at][1] <= from) at += 1;
      const colour = at < spans.length && spans[at][0] <= from ? spans[at][2] : "";
      const mark = marks.find(([begin, end]) => begin <= from && to <= end);
      pieces.push(element("span", `${colour} ${mark ? `wavy ${mark[2]}` : ""}`.trim(), source.slice(from, to)));
    }
    paint.replaceChildren(...pieces, document.createTextNode("\n"));
    follow();
  };
  const follow = () => {
    paint.scrollTop = text.scrollTop;
    paint.scrollLeft = text.scrollLeft;
  };

  const ask = async (address, more) => {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ path, text: text.value, ...more }),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.message);
    return told;
  };

  const here = (one) => {
    const go = element("button", "plain", `${words.line} ${one.line}`);
    go.type = "button";
    go.addEventListener("click", () => {
      text.focus();
      text.setSelectionRange(one.from, one.to);
    });
    return go;
  };
  const elsewhere = (one) => {
    const go = element("a", "", `${one.file} ${one.line}`);
    go.href = one.address;
    return go;
  };

  const tell = (checked) => {
    const parts = [];
    if (checked.errors) parts.push(words.errors.replace("{}", checked.errors));
    if (checked.warnings) parts.push(words.warnings.replace("{}", checked.warnings));
    if (!parts.length) parts.push(words.well);
    if (isUnsaved()) parts.push(words.unsaved);
    verdict.textContent = parts.join(" · ");
    verdict.className = checked.errors ? "wrong" : "quiet";
    list.replaceChildren(
      ...checked.found.slice(0, 100).map((one) => {
        const item = element("li", one.severity === "error" ? "reject" : "message");
        item.append(element("span", "sign", one.severity === "error" ? "✕" : "!"));
        const body = element("span");
        body.append(one.file === null ? here(one) : elsewhere(one), ` ${one.message}`);
        if (one.help) body.append(element("div", "quiet small", one.help));
        item.append(body);
        return item;
      }),
    );
  };

  let round = 0;
  const check = async () => {
    round += 1;
    const mine = round;
    const checked = await ask(words.check).catch(() => null);
    if (!checked || mine !== round) return;
    found = checked.found;
    tell(checked);
    draw();
  };
  let waiting;
  text.addEventListener("input", () => {
    found = [];
    draw();
    clearTimeout(waiting);
    waiting = setTimeout(check, 400);
  });
  text.addEventListener("scroll", follow);
  let saving = false;
  form.addEventListener("submit", () => {
    saving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!saving && isUnsaved()) event.preventDefault();
  });

  const tried = document.getElementById("tried");
  const sayIt = document.getElementById("try-form");
  sayIt.hidden = false;
  sayIt.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const told = await ask(words.try, {
        said: document.getElementById("said").value,
        question: document.getElementById("question").value,
      });
      const head = element("p", told.kind);
      head.append(element("span", "pill", told.verdict), ` ${told.sentence}`);
      const hits = element("ul", "hits");
      for (const hit of told.reasons) {
        const item = element("li", hit.class);
        item.append(element("b", "points", hit.points), ` ${hit.name} `, element("span", "quiet", hit.words && `“${hit.words}”`));
        hits.append(item);
      }
      const slots = told.slots.map(([label, said]) => element("p", "small", `${label}: ${said}`));
      tried.replaceChildren(head, hits, ...slots);
    } catch (error) {
      tried.replaceChildren(element("p", "wrong", error.message));
    }
  });

  const replayed = document.getElementById("replayed");
  const play = document.getElementById("replay-now");
  play.hidden = false;
  play.addEventListener("click", async () => {
    play.disabled = true;
    try {
      const answer = await fetch(words.replay, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          files: text.readOnly ? [] : [{ path, text: text.value }],
          against: "rules",
          simulated: true,
          limit: 200,
        }),
      });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.message);
      const numbers = [told.changed, told.judged, told.unknown];
      const sentence = words.changed.replace(/\{\}/g, () => numbers.shift());
      const changes = element("ul", "hits");
      for (const change of told.changes) {
        const item = element("li");
        const link = element("a", "", `“${change.opening}”`);
        link.href = `/calls/${encodeURIComponent(change.id)}`;
        const then = change.now.judged ? words[change.now.judged.treatment] : words.asks;
        item.append(link, ` ${words[change.was]} → ${then}`);
        changes.append(item);
      }
      replayed.replaceChildren(element("p", "", sentence), changes);
    } catch (error) {
      replayed.replaceChildren(element("p", "wrong", error.message));
    }
    play.disabled = false;
  });

  form.classList.add("painted");
  draw();
  check();
})();
