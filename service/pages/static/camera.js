// Lets a person confirm a camera's aligned layout.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-confirm]");
  if (!button) return;
  const told = document.getElementById("confirmed");
  button.disabled = true;
  try {
    const answer = await fetch(button.dataset.confirm, { method: "POST" });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    location.reload();
  } catch (error) {
    told.textContent = `${told.dataset.failed} ${error.message}`;
    button.disabled = false;
  }
});
