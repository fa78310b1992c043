// What every page shares: filters that apply as they are chosen, and keys for lists of calls.
"use strict";

(() => {
  // What is chosen with the keyboard is left where it was: the answer is a new page.
  const kept = "chosen";
  let byKeyboard = false;
  document.addEventListener("keydown", () => { byKeyboard = true; }, true);
  document.addEventListener("pointerdown", () => { byKeyboard = false; }, true);
  for (const form of document.querySelectorAll("form[data-apply]")) {
    form.addEventListener("change", ({ target }) => {
      // A year that is being typed comes as the years 2, 20 and 202 first.
      if (target.type === "date" && target.value && target.value < "1900") return;
      if (byKeyboard && !target.matches("[type=search]")) sessionStorage.setItem(kept, target.name);
      form.requestSubmit();
    });
    const name = sessionStorage.getItem(kept);
    sessionStorage.removeItem(kept);
    if (name) (form.querySelector(`[name="${name}"]:checked`) ?? form.elements[name])?.focus?.({ preventScroll: true });
  }

  // The other language shows the same page: what the log is narrowed to stands in the address. A link
  // that names an address of its own knows better: this one was only sent something.
  for (const tongue of document.querySelectorAll('.tongues a[href^="?"]')) {
    const address = new URL(location);
    address.searchParams.set("lang", tongue.hreflang);
    tongue.href = address.pathname + address.search;
  }

  for (const more of document.querySelectorAll("details.more")) {
    const shut = (event) => {
      if (event.type === "keydown" ? event.key === "Escape" : !more.contains(event.target)) {
        if (more.open && event.type === "keydown") more.querySelector("summary").focus();
        more.open = false;
      }
    };
    document.addEventListener("click", shut);
    document.addEventListener("keydown", shut);
  }

  // Where a sound cannot be had, the player alone would say nothing.
  for (const audio of document.querySelectorAll("audio[data-failed]")) {
    audio.addEventListener("error", () => {
      const trouble = audio.nextElementSibling;
      trouble.textContent = audio.dataset.failed;
      trouble.hidden = false;
    });
    // What is played counts as heard.
    audio.addEventListener("playing", () => {
      for (const told of audio.closest("section").querySelectorAll("[data-heard]")) {
        told.hidden = told.dataset.heard === "no";
      }
    });
  }

  // Words can be heard where the browser can speak.
  if ("speechSynthesis" in window) {
    for (const button of document.querySelectorAll("[data-say]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const words = new SpeechSynthesisUtterance(button.dataset.say);
        words.lang = button.dataset.lang;
        speechSynthesis.cancel();
        speechSynthesis.speak(words);
      });
    }
  }

  // Keys that are letters can be switched off: whoever speaks to the browser would hit them by chance.
  const keys = document.getElementById("keys");
  const byFinger = matchMedia("(pointer: coarse)");
  const areOn = () => !byFinger.matches && localStorage.getItem("keys") !== "0";
  if (keys) {
    keys.closest("label").hidden = false;
    keys.checked = areOn();
    keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "1" : "0"));
  }
  const rows = () => [...document.querySelectorAll(".log h3 a")];
  const isTyping = (target) => target.closest("input, select, textarea, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key.length === 1 && !areOn()) return;
    if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      return;
    }
    const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = rows();
    const at = all.indexOf(document.activeElement);
    // Arrows scroll the page as ever until a call is chosen.
    if (event.key.startsWith("Arrow") && at < 0) return;
    const next = all[at + step] ?? (at < 0 ? all[0] : null);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();
