// The bench: each key presses a button or follows a link that is on the page anyway. Without this file the same page
// works by its forms and links; with it, the page is changed in place and the reader stays where they were.
const typing = (node) => node.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
const wrap = (page) => page.querySelector("#main > .sg-wrap");

let said;

function say(words) {
  if (!said) {
    said = document.createElement("p");
    said.className = "usa-sr-only";
    said.setAttribute("role", "status");
    document.body.append(said);
  }
  said.textContent = words;
}

// One request after another. A key pressed while one is under way waits for the page that comes: it is meant for that.
let last = Promise.resolve();
let underWay = 0;
const waiting = [];

function load(address, options, otherwise) {
  underWay += 1;
  last = last.then(async () => {
    try {
      const answer = await fetch(address, { credentials: "same-origin", ...options });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok || !page.querySelector("[data-bench]")) throw new Error("no bench");
      put(page, answer.url);
    } catch {
      waiting.length = 0;
      otherwise();
    } finally {
      underWay -= 1;
    }
    while (!underWay && waiting.length) act(waiting.shift());
  });
}

function put(page, address) {
  const keys = document.querySelector("[data-keys]")?.open;
  wrap(document).replaceChildren(...wrap(page).childNodes);
  document.title = page.title;
  history.replaceState(null, "", address);
  if (keys) document.querySelector("[data-keys]").open = true;
  const alert = document.querySelector(".usa-alert__text, .usa-alert__body")?.textContent.trim();
  const parts = ["h1", "#now-what", ".sg-now__words"].map((name) => document.querySelector(name)?.textContent ?? "");
  say(alert || parts.join(" ").replace(/\s+/g, " "));
  arrive();
}

const now = () => document.getElementById("now");

function arrive() {
  const asked = document.querySelector("#now [data-first]");
  (asked ?? now())?.focus({ preventScroll: true });
  const mark = now()?.dataset.mark;
  if (!mark) return;
  for (const place of [`l-${mark}`, "now", `t-${mark}`]) {
    document.getElementById(place)?.scrollIntoView({ block: "nearest" });
  }
}

// How far a place in the page is into its part of the report, in code points; a person's name counts as a whole.
function placeOf(node, offset, atEnd) {
  const run = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-part]");
  if (!run) return null;
  const start = Number(run.dataset.start);
  if (run.dataset.end) return { part: run.dataset.part, at: atEnd ? Number(run.dataset.end) : start };
  const before = node.nodeType === Node.TEXT_NODE ? node.data.slice(0, offset) : offset ? run.textContent : "";
  return { part: run.dataset.part, at: start + [...before].length };
}

function markSelection() {
  const hand = document.querySelector("[data-by-hand]");
  const selection = getSelection();
  const range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
  const from = range && placeOf(range.startContainer, range.startOffset, false);
  const to = range && placeOf(range.endContainer, range.endOffset, true);
  hand.open = true;
  if (from && to && from.part === to.part && from.at < to.at) {
    const text = hand.querySelector("[data-text]");
    hand.querySelector("[data-place]").value = `${from.part}|${from.at}|${to.at}`;
    text.value = selection.toString().trim().slice(0, 300);
    text.addEventListener("input", () => (hand.querySelector("[data-place]").value = ""), { once: true });
    hand.querySelector("select").focus();
  } else {
    say("Select words of one part of the report first, or type them here.");
    hand.querySelector("[data-text]").focus();
  }
  hand.scrollIntoView({ block: "nearest" });
}

// A box is dragged over the picture of a page; its sides go into the same fields that one can fill by hand.
function drawBoxes(page) {
  let from, drawn;
  const pointOn = (drawing, event) =>
    new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
  page.addEventListener("pointerdown", (event) => {
    const drawing = event.target.closest?.("[data-page]");
    if (!drawing || event.button) return;
    event.preventDefault();
    from = { drawing, ...pointOn(drawing, event).toJSON() };
  });
  page.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = pointOn(from.drawing, event);
    const sides = { left: Math.min(from.x, to.x), top: Math.min(from.y, to.y) };
    Object.assign(sides, { right: Math.max(from.x, to.x), bottom: Math.max(from.y, to.y) });
    if (sides.right - sides.left < 3 || sides.bottom - sides.top < 3) return;
    if (!drawn) {
      drawn = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      drawn.setAttribute("class", "sg-box sg-box--drawn");
      from.drawing.append(drawn);
    }
    drawn.setAttribute("x", sides.left);
    drawn.setAttribute("y", sides.top);
    drawn.setAttribute("width", sides.right - sides.left);
    drawn.setAttribute("height", sides.bottom - sides.top);
    for (const [name, value] of Object.entries(sides)) {
      document.querySelector(`[data-side="${name}"]`).value = value.toFixed(1);
    }
  });
  page.addEventListener("pointerup", () => {
    if (drawn) {
      const hand = document.querySelector("[data-by-hand-box]");
      hand.open = true;
      hand.querySelector("select").focus();
    }
    from = drawn = undefined;
  });
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const bench = document.querySelector("[data-bench]");
  if (event.key === "Escape" && bench) {
    document.querySelector("[data-cancel]")?.click();
    return;
  }
  if (typing(event.target)) return;
  if (underWay && /^[a-zA-Z]$/.test(event.key)) {
    waiting.push(event.key);
    event.preventDefault();
  } else if (act(event.key)) {
    event.preventDefault();
  }
}

// What a key does; whether it does anything here.
function act(key) {
  if (key === "?" && document.querySelector("[data-keys]")) {
    const keys = document.querySelector("[data-keys]");
    keys.open = !keys.open;
    keys.querySelector("summary").focus();
  } else if (key === "m" && document.querySelector("[data-by-hand]")) {
    markSelection();
  } else {
    const wanted = /^[a-zA-Z]$/.test(key) && document.querySelector(`[data-key="${key}"]:not([disabled])`);
    if (!wanted) return false;
    wanted.click();
  }
  return true;
}

export function bench(page) {
  const waiting = page.querySelector("[data-reload]");
  if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.reload));
  if (!page.querySelector("[data-bench], [data-key]")) return;
  page.addEventListener("keydown", pressed);
  drawBoxes(page);
  // Before the guard against double sending, which leaves alone what was prevented.
  page.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.dataset.swap === undefined) return;
      event.preventDefault();
      const body = new URLSearchParams(new FormData(form, event.submitter));
      load(form.action, { method: "POST", body }, () => location.reload());
    },
    true,
  );
  page.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-swap]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    // A link within a drawing has no address of its own kind, only the attribute.
    const address = new URL(link.getAttribute("href"), location.href).href;
    load(address, {}, () => location.assign(address));
  });
  if (location.hash === "#now") arrive();
}
