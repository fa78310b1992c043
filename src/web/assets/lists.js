// Takes a dropped file onto the list and shows what came of it, row by row.
"use strict";

(() => {
  const drop = document.getElementById("drop");
  const input = document.getElementById("file");
  const progress = document.getElementById("progress");
  const report = document.getElementById("report");
  if (!drop || !input) return;
  drop.hidden = false;
  const words = drop.dataset;

  const line = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };
  const kind = (file) => (/\.(vcf|vcard)$/i.test(file.name) ? "text/vcard" : "text/csv");

  const remarks = (sentence, rows) => {
    if (!rows?.length) return [];
    const list = document.createElement("ol");
    list.className = "rows";
    for (const row of rows.slice(0, 200)) {
      list.append(line("li", `${words.row} ${row.row}: “${row.value}” – ${row.reason}: ${row.suggestion}`));
    }
    return [line("p", sentence.replace("{}", rows.length)), list];
  };

  const show = (status, answer) => {
    const parts = [];
    if (answer.taken === undefined) parts.push(line("p", answer.message ?? words.failed));
    else {
      parts.push(line("p", words.taken.replace("{}", answer.taken)));
      if (answer.replaced) parts.push(line("p", words.replaced.replace("{}", answer.replaced)));
    }
    if (answer.unread?.length) parts.push(line("p", words.unread.replace("{}", () => answer.unread.join(", "))));
    parts.push(...remarks(words.refused, answer.refused), ...remarks(words.doubtful, answer.doubtful));
    if (answer.taken) {
      const again = line("a", words.reload);
      again.href = words.list;
      again.className = "button";
      parts.push(again);
    }
    report.className = status < 300 ? "" : "wrong";
    report.replaceChildren(...parts);
  };

  const send = (file) => {
    const request = new XMLHttpRequest();
    const line = drop.querySelector("select")?.value;
    request.open("POST", line ? `${words.import}&line=${encodeURIComponent(line)}` : words.import);
    request.setRequestHeader("content-type", kind(file));
    request.upload.addEventListener("progress", (event) => {
      progress.value = event.lengthComputable ? event.loaded / event.total : 0;
    });
    request.addEventListener("loadend", () => {
      progress.hidden = true;
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // The answer below says that it failed.
      }
      show(request.status || 500, answer);
    });
    progress.value = 0;
    progress.hidden = false;
    report.replaceChildren();
    request.send(file);
  };

  input.addEventListener("change", () => {
    const file = input.files[0];
    // The same file, mended, is a choice again.
    input.value = "";
    if (file) send(file);
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over-it");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    drop.addEventListener(name, () => drop.classList.remove("over-it"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer.files[0];
    if (file) send(file);
  });
})();
