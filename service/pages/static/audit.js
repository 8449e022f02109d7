// One key judges a sample: every button and link that has a key is pressed by it. A digit counts by
// its place on the keyboard: a French one writes it with Shift alone, an Arabic one in another script.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const [, digit] = event.code.match(/^(?:Digit|Numpad)(\d)$/) || [];
  const wanted = document.querySelector(`[data-key="${CSS.escape(digit || event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.click();
});
