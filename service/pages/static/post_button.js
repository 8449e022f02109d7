// Buttons with `data-post` send it, with `data-body` as JSON where there is one, and read the page anew.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-post]");
  if (!button) return;
  const told = document.getElementById("posted");
  const { post, body } = button.dataset;
  button.disabled = true;
  try {
    const headers = body ? { "Content-Type": "application/json" } : {};
    const answer = await fetch(post, { method: "POST", headers, body });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    location.reload();
  } catch (error) {
    told.textContent = `${told.dataset.failed} ${error.message}`;
    button.disabled = false;
  }
});
