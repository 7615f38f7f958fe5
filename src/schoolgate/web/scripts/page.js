// WCAG 1.4.13: what appears on hover or focus can be dismissed without moving either.
export function dismissPlainWords(page) {
  const citations = () => page.querySelectorAll(".sg-cite");
  page.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const citation of citations()) citation.dataset.dismissed = "";
  });
  for (const kind of ["focusin", "pointerover"]) {
    page.addEventListener(kind, (event) => {
      const inside = event.target.closest?.(".sg-cite");
      for (const citation of citations()) if (citation !== inside) delete citation.dataset.dismissed;
    });
  }
}

// After a form comes back with errors, the summary is what is read first.
export function focusErrors(page) {
  page.querySelector(".sg-errors")?.focus();
}

// <button type="button" hidden data-copy="element-id" data-copied="Copied">Copy</button>
export function copyOnRequest(page) {
  for (const button of page.querySelectorAll("[data-copy]")) {
    const source = page.getElementById(button.dataset.copy);
    if (!source || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(source.textContent.trim());
      if (button.dataset.copied) button.textContent = button.dataset.copied;
    });
  }
}
