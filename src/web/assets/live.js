// Keeps the log of calls up to date. Whatever a caller says is only ever set as text.
"use strict";

(() => {
  const page = document.getElementById("calls");
  const template = document.getElementById("row");
  const state = document.getElementById("state");
  const most = 200;
  if (!page?.dataset.live || !template || !state) return;

  const say = (word) => {
    state.textContent = state.dataset[word];
    state.className = word;
  };

  const show = (call) => {
    const known = document.getElementById(`call-${call.id}`);
    const log = document.querySelector(".log");
    // Another day begins with a heading, which the server writes.
    if (!known && log?.dataset.day !== call.day) return location.reload();
    const row = fillRow(known ?? template.content.firstElementChild.cloneNode(true), call);
    if (known) return;
    row.classList.add("new");
    log.prepend(row);
    while (log.children.length > most) log.lastElementChild.remove();
  };

  const source = new EventSource(page.dataset.live);
  let lost = false;
  source.addEventListener("open", () => {
    // What happened while the connection was away is only in the log.
    if (lost) location.reload();
    else say("live");
  });
  source.addEventListener("call", (event) => show(JSON.parse(event.data)));
  source.addEventListener("reload", () => location.reload());
  source.addEventListener("error", () => {
    lost = true;
    say(source.readyState === EventSource.CLOSED ? "away" : "again");
  });
})();
