// Lets texts be heard before they are kept.
"use strict";

(() => {
  if (!("speechSynthesis" in window)) return;
  for (const button of document.querySelectorAll("[data-hear]")) {
    const text = document.getElementById(button.dataset.hear);
    if (!text) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      speechSynthesis.cancel();
      const body = new URLSearchParams({
        line: button.dataset.line,
        setting: button.dataset.hear,
        text: text.value,
      });
      const answer = await fetch("/settings/say", { method: "POST", body });
      const words = answer.status === 401 ? (await answer.json()).message : await answer.text();
      text.setCustomValidity(answer.ok ? "" : words);
      if (!answer.ok) {
        text.reportValidity();
        return;
      }
      const speech = new SpeechSynthesisUtterance(words);
      speech.lang = button.dataset.lang;
      speechSynthesis.speak(speech);
    });
    text.addEventListener("input", () => text.setCustomValidity(""));
  }
})();
