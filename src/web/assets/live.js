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
    if (known) return fillRow(known, call);
    const logs = [...document.querySelectorAll(".log")];
    const log = logs.find((one) => one.dataset.day === call.day);
    if (!log) {
      // A new day begins with a heading, which the server writes. A call of a day of before may be told
      // late; it stands in the log when that is opened anew.
      if (!logs.length || call.day > logs[0].dataset.day) location.reload();
      return;
    }
    const row = fillRow(template.content.firstElementChild.cloneNode(true), call);
    const began = (one) => Date.parse(one.querySelector("time").dateTime);
    const older = [...log.children].find((one) => began(one) <= began(row));
    if (log === logs[0] && older === log.firstElementChild) row.classList.add("new");
    log.insertBefore(row, older ?? null);
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
