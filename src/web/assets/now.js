// Shows calls as they go. Whatever a caller says is only ever set as text.
"use strict";

(() => {
  const now = document.getElementById("now");
  const template = document.getElementById("card");
  const none = document.getElementById("none");
  const state = document.getElementById("state");
  const trouble = document.getElementById("act-trouble");
  if (!now || !template) return;
  const linger = 20_000;

  const say = (word) => {
    state.textContent = state.dataset[word];
    state.className = word;
  };
  const element = (name, cls, text) => {
    const made = document.createElement(name);
    if (cls) made.className = cls;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // Both switches are this browser's own, and off until somebody turns them on.
  const ringMe = document.getElementById("ring-me");
  const tellMe = document.getElementById("tell-me");
  ringMe.closest("fieldset").hidden = false;
  let audio = null;
  const wake = () => {
    audio ??= new AudioContext();
    audio.resume();
  };
  const note = (pitch, from) => {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.0001, from);
    loudness.gain.exponentialRampToValueAtTime(0.2, from + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, from + 0.35);
    tone.connect(loudness).connect(audio.destination);
    tone.start(from);
    tone.stop(from + 0.4);
  };
  const ring = () => {
    wake();
    note(659, audio.currentTime);
    note(523, audio.currentTime + 0.22);
    ringMe.dataset.rung = Number(ringMe.dataset.rung ?? 0) + 1;
  };
  ringMe.checked = localStorage.getItem("ring-me") === "1";
  ringMe.addEventListener("change", () => {
    localStorage.setItem("ring-me", ringMe.checked ? "1" : "0");
    if (ringMe.checked) ring();
  });
  // A page that was just opened may make no sound before somebody has touched it.
  if (ringMe.checked) for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, wake, { once: true });
  // Some browsers know notifications and show none that a page makes: the switch goes there.
  const notify = (body, tag) => {
    try {
      return new Notification(tellMe.dataset.title, { body, tag });
    } catch {
      tellMe.checked = false;
      tellMe.closest("label").hidden = true;
      localStorage.setItem("tell-me", "0");
      return null;
    }
  };
  const complain = (words) => {
    trouble.textContent = words;
    trouble.hidden = false;
  };
  if ("Notification" in window) {
    tellMe.closest("label").hidden = false;
    tellMe.checked = localStorage.getItem("tell-me") === "1" && Notification.permission === "granted";
    tellMe.addEventListener("change", async () => {
      if (tellMe.checked && (await Notification.requestPermission()) !== "granted") {
        tellMe.checked = false;
        complain(tellMe.dataset.denied);
      }
      if (tellMe.checked) {
        const tried = notify("", "try");
        if (!tried) return complain(tellMe.dataset.unable);
        tried.close();
      }
      localStorage.setItem("tell-me", tellMe.checked ? "1" : "0");
    });
  }
  const tell = (call) => {
    if (ringMe.checked) ring();
    if (tellMe.checked && "Notification" in window) {
      notify(call.caller, call.id)?.addEventListener("click", () => window.focus());
    }
  };

  const turn = (said) => {
    const made = element("li", said.who);
    if (said.speaker) made.append(element("span", "speaker", said.speaker));
    const words = element("p", "", said.text);
    words.lang = said.lang;
    made.append(words);
    return made;
  };

  const show = (call) => {
    let card = document.getElementById(`live-${call.id}`);
    const isNew = !card;
    if (isNew) {
      if (call.over) return refresh();
      card = template.content.firstElementChild.cloneNode(true);
      card.id = `live-${call.id}`;
      card.querySelector("form")?.setAttribute("action", `/calls/${encodeURIComponent(call.id)}/act`);
      card.querySelector("h2 a").href = `/calls/${encodeURIComponent(call.id)}`;
      card.querySelector("[data-since]").dateTime = call.at;
    }
    card.className = `card live-call ${call.kind}${call.over ? " over-now" : ""}`;
    for (const field of card.querySelectorAll("[data-field]")) {
      field.textContent = call[field.dataset.field] ?? "";
      field.hidden = field.textContent === "";
    }
    const talk = card.querySelector("[data-turns]");
    for (const said of call.turns.slice(talk.children.length)) talk.append(turn(said));
    talk.scrollTop = talk.scrollHeight;
    card.querySelector("[data-slots]").replaceChildren(
      ...call.slots.map((slot) => {
        const part = element("div");
        const text = element("dd", "", slot.text || "–");
        text.lang = call.spoken;
        part.append(element("dt", "", slot.label), text);
        return part;
      }),
    );
    card.querySelector("[data-sums]").replaceChildren(
      ...call.sums.map((sum) => element("li", `pill ${sum.class}`, `${sum.word} ${sum.points}`)),
    );
    const form = card.querySelector("form");
    // Whoever only looks has no buttons.
    if (form) form.hidden = call.may.length === 0;
    for (const button of form?.querySelectorAll("button") ?? []) {
      button.disabled = !call.may.includes(button.value);
    }
    if (isNew) {
      now.prepend(card);
      tell(call);
    }
    if (call.over) {
      refresh();
      const leave = () => {
        // Whoever is in it with the keyboard would lose his place.
        if (card.contains(document.activeElement)) return setTimeout(leave, linger);
        card.remove();
        settle();
      };
      setTimeout(leave, linger);
    }
    settle();
  };

  const settle = () => {
    none.hidden = now.children.length > 0;
    for (const talk of now.querySelectorAll("[data-turns]")) talk.scrollTop = talk.scrollHeight;
  };
  const latest = document.getElementById("latest");
  const row = document.getElementById("row");
  const list = (days) => {
    const chosen = latest.contains(document.activeElement) ? document.activeElement.pathname : null;
    latest.replaceChildren(
      ...days.flatMap((day) => {
        const name = element("p", "day", day.name);
        name.id = `day-${day.date}`;
        const log = element("ol", "log");
        log.setAttribute("aria-labelledby", name.id);
        log.append(...day.rows.map((call) => fillRow(row.content.firstElementChild.cloneNode(true), call)));
        return [name, log];
      }),
    );
    latest.closest("section").hidden = days.length === 0;
    // Whoever walks through them with the keyboard stays where he was.
    if (chosen) [...latest.querySelectorAll("a")].find((link) => link.pathname === chosen)?.focus({ preventScroll: true });
  };
  const refresh = async () => {
    const answer = await fetch(now.dataset.beside).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const beside = await answer.json();
    document.getElementById("today").textContent = beside.today;
    const waiting = document.querySelector("#waiting a");
    waiting.textContent = beside.waiting.words;
    waiting.href = beside.waiting.address;
    waiting.hidden = !beside.waiting.words;
    list(beside.latest);
  };
  // A message may have been heard on another page meanwhile.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });

  // The wish goes without leaving the page: what comes of it arrives with the call.
  now.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    trouble.hidden = true;
    const body = new URLSearchParams([["action", event.submitter.value]]);
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    // The buttons are named action, so the form's own property of that name is not its address.
    const address = form.getAttribute("action");
    const answer = await fetch(address, { method: "POST", body }).catch(() => null);
    if (answer?.ok) return;
    complain(answer?.status === 401 ? (await answer.json()).message : now.dataset.failed);
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  });

  const tick = () => {
    for (const since of now.querySelectorAll("[data-since]")) {
      if (since.closest(".over-now")) continue;
      const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since.dateTime)) / 1000));
      since.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
  };
  setInterval(tick, 1000);
  tick();
  settle();

  const source = new EventSource(now.dataset.live);
  let lost = false;
  source.addEventListener("open", () => {
    // What happened while the connection was away is only in the store.
    if (lost) location.reload();
    else say("live");
  });
  source.addEventListener("call", (event) => {
    show(JSON.parse(event.data));
    tick();
  });
  source.addEventListener("reload", () => location.reload());
  source.addEventListener("error", () => {
    lost = true;
    say(source.readyState === EventSource.CLOSED ? "away" : "again");
  });
})();
