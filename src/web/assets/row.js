// Fills a row of the log with the fields of its call. Whatever a caller says is only ever set as text.
"use strict";

const fillRow = (row, call) => {
  row.id = `call-${call.id}`;
  row.className = `call ${call.kind}`;
  for (const field of row.querySelectorAll("[data-field]")) {
    field.textContent = call[field.dataset.field] ?? "";
    field.hidden = field.textContent === "";
  }
  row.querySelector("[data-field=said]").lang = call.spoken;
  row.querySelector("a").href = `/calls/${encodeURIComponent(call.id)}`;
  row.querySelector("time").dateTime = call.at;
  return row;
};
