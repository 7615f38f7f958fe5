// Additions only: every page works without this file. No inline code, nothing from other origins.
import comboBox from "@uswds/uswds/js/usa-combo-box";

import { saveDrafts } from "./drafts.js";
import { bench } from "./redactions.js";
import { guardDoubleSubmission } from "./submission.js";
import { copyOnRequest, dismissPlainWords, focusErrors } from "./page.js";

function enhance(part) {
  comboBox.on(part);
}

dismissPlainWords(document);
copyOnRequest(document);
bench(document);
// Before the guard: what it holds back is not sent yet.
saveDrafts(document);
guardDoubleSubmission(document);
focusErrors(document);
enhance(document.body);

// The design system's controls must be set up again inside what htmx has put into the page.
document.addEventListener("htmx:after:swap", (event) => enhance(event.target));
