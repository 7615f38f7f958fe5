// An act is sent once: the second press of an impatient finger goes nowhere. The form becomes usable again after a
// while, because a download leaves the page standing, and when the reader comes back by the browser's history.
const PATIENCE = 5000;

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

export function guardDoubleSubmission(page) {
  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(() => release(form), PATIENCE);
  });
  window.addEventListener("pageshow", () => page.querySelectorAll("form[data-sent]").forEach(release));
}
