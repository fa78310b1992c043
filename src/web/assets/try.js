// Lets the caller of a trial speak, and hear, where the browser can.
"use strict";

(() => {
  const aloud = document.getElementById("aloud");
  if (aloud && "speechSynthesis" in window) {
    aloud.closest("label").hidden = false;
    const say = () => {
      speechSynthesis.cancel();
      if (!aloud.checked || !aloud.dataset.words) return;
      const words = new SpeechSynthesisUtterance(aloud.dataset.words);
      words.lang = aloud.dataset.lang;
      speechSynthesis.speak(words);
    };
    aloud.checked = localStorage.getItem("aloud") === "1";
    aloud.addEventListener("change", () => {
      localStorage.setItem("aloud", aloud.checked ? "1" : "0");
      say();
    });
    say();
  }

  const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;
  const speak = document.getElementById("speak");
  const words = document.getElementById("words");
  if (speak && words && Recognition) {
    speak.hidden = false;
    speak.addEventListener("click", () => {
      const ear = new Recognition();
      ear.lang = speak.dataset.lang;
      speak.disabled = true;
      ear.addEventListener("result", (event) => {
        words.value = event.results[0][0].transcript;
        words.form.requestSubmit();
      });
      ear.addEventListener("end", () => {
        speak.disabled = false;
      });
      ear.start();
    });
  }
  document.querySelector(".trial .talk > :last-child")?.scrollIntoView({ block: "nearest" });
})();
