// <form data-save="/address/"> posts what it holds whenever its writer pauses, so that nothing typed is lost. What it
// says stands in the form's [data-save-state]. While the server fails, nothing is sent that could be lost: the page stays.
const PAUSE = 1200;
const AGAIN = 5000;

export function saveDrafts(page) {
  for (const form of page.querySelectorAll("form[data-save]:not([data-save=''])")) keep(form);
}

function keep(form) {
  const told = form.querySelector("[data-save-state]");
  let timer;
  let unsaved = false;
  let failing = false;
  let flying = false;
  // The button that was pressed while the server failed, or while an older state was on its way, which must not arrive
  // after the newer: its step is taken once the server has answered.
  let pressed = null;

  function say(words, failed) {
    told.textContent = words;
    told.classList.toggle("sg-saved--failed", failed);
  }

  async function save() {
    clearTimeout(timer);
    const data = new FormData(form);
    unsaved = false;
    flying = true;
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body: data, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 403) throw new Error(told.dataset.signedOut);
      if (!answer.ok) throw new Error(told.dataset.failed);
      const { saved } = await answer.json();
      failing = flying = false;
      say(`${told.dataset.saved} ${saved}`, false);
      if (pressed) form.requestSubmit(pressed);
    } catch (problem) {
      failing = unsaved = true;
      flying = false;
      // A network that is gone speaks of itself in words nobody knows.
      say(problem instanceof TypeError ? told.dataset.failed : problem.message, true);
      timer = setTimeout(save, AGAIN);
    }
  }

  form.addEventListener("input", () => {
    pressed = null;
    unsaved = true;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!failing && !flying) {
      unsaved = false;
      return;
    }
    event.preventDefault();
    pressed = event.submitter;
    if (!flying) save();
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
