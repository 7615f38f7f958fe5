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

  function say(words, failed) {
    told.textContent = words;
    told.classList.toggle("sg-saved--failed", failed);
  }

  async function save() {
    clearTimeout(timer);
    const data = new FormData(form);
    unsaved = false;
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body: data, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 403) throw new Error(told.dataset.signedOut);
      if (!answer.ok) throw new Error(told.dataset.failed);
      failing = false;
      say(`${told.dataset.saved} ${(await answer.json()).saved}`, false);
    } catch (problem) {
      failing = true;
      unsaved = true;
      // A network that is gone speaks of itself in words nobody knows.
      say(problem instanceof TypeError ? told.dataset.failed : problem.message, true);
      timer = setTimeout(save, AGAIN);
    }
    return !failing;
  }

  form.addEventListener("input", () => {
    unsaved = true;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (!failing) {
      unsaved = false;
      return;
    }
    event.preventDefault();
    if (await save()) form.requestSubmit(event.submitter);
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
