// What the page does with what the checks find. It asks nothing of any server.
import { canonical } from "./records.js";
import { openPromise, openReceipt, PROMISE } from "./receipts.js";
import { encodeBase64, Refused, textOf } from "./strict.js";
import words from "./words.json";

const LANGUAGES = Object.keys(words);
const KEY = "schoolgate-log-key";
const LANGUAGE = "schoolgate-language";
// What is wrong with what was entered says nothing about the receipt.
const OF_ENTERED = new Set(["key", "mistyped_key", "weak_key", "witness_key", "same_id", "rotation"]);

export function begin(page) {
  const main = page.querySelector("[data-verify]")?.closest("main");
  if (!main) return;
  const one = (name) => main.querySelector(`[data-${name}]`);
  const siteKey = main.querySelector("[data-site-key]")?.dataset.siteKey ?? "";
  let language = firstLanguage();
  let showing = null;

  const say = (name, parts = {}) =>
    (words[language][name] ?? words.en[name]).replace(/\{(\w+)\}/g, (_, part) => parts[part]);

  function write() {
    main.lang = language;
    for (const node of main.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
    for (const button of main.querySelectorAll("[data-language]")) {
      button.toggleAttribute("aria-current", button.dataset.language === language);
      if (button.hasAttribute("aria-current")) button.setAttribute("aria-current", "true");
    }
    one("problem").hidden = true;
    page.title = `${say("title")} - Schoolgate`;
    show(showing);
  }

  function show(found) {
    showing = found;
    const results = one("results");
    results.hidden = !found?.facts;
    results.replaceChildren();
    one("headline").textContent = found ? found.headline(say) : say("ask");
    one("lead").textContent = found ? found.lead(say) : say("lead");
    const verdict = found?.verdict ?? "";
    for (const state of main.querySelectorAll("[data-state]")) state.hidden = state.dataset.state !== verdict;
    if (found?.facts) results.append(...resultsOf(page, found, say));
  }

  async function check() {
    one("problem").hidden = true;
    const [file] = one("file").files;
    const key = one("key").value.trim();
    if (!file || !key) {
      show(null);
      one("problem").hidden = false;
      one("problem-words").textContent = say(file ? "no_key" : "no_file");
      one(file ? "key" : "file").focus();
      return;
    }
    const rotations = [...one("rotations").files].sort((a, b) => Number(a.name) - Number(b.name));
    const found = verdictOf(await bytesOf(file), key, {
      witnesses: one("witnesses").value.split("\n").map((line) => line.trim()).filter(Boolean),
      rotations: await Promise.all(rotations.map(bytesOf)),
    });
    // A key that is none is not worth remembering; one that was remembered is forgotten when asked.
    if (!one("remember").checked) keep(KEY, null);
    else if (found.verdict !== "cannot") keep(KEY, key);
    show({ ...found, fromSite: Boolean(siteKey) && key === siteKey });
    one("headline").focus();
  }

  for (const button of main.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      language = button.dataset.language;
      keep(LANGUAGE, language);
      write();
    });
  }
  one("key").value = kept(KEY) ?? "";
  one("remember").checked = Boolean(kept(KEY));
  if (siteKey) {
    one("use-site-key").hidden = false;
    one("use-site-key").addEventListener("click", () => {
      one("key").value = siteKey;
      show(null);
      one("key").focus();
    });
  }
  // What was said of one file says nothing of the next.
  for (const name of ["file", "key", "witnesses", "rotations"]) one(name).addEventListener("input", () => show(null));
  one("verify").addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  write();
  for (const part of main.querySelectorAll("[data-with-script]")) part.hidden = false;
}

// No more than what is too long for any receipt: a film that was chosen by mistake is not read to its end.
const MOST_BYTES = 4_000_001;

async function bytesOf(file) {
  return new Uint8Array(await file.slice(0, MOST_BYTES).arrayBuffer());
}

// A verdict on a file of bytes: which sentence, and what it rests on.
function verdictOf(bytes, key, { witnesses, rotations }) {
  let promise = false;
  try {
    const text = decoded(bytes);
    promise = text.startsWith(PROMISE);
    const more = { witnesses, rotations: rotations.map(decoded) };
    const found = promise ? promised(openPromise(text, key, more)) : received(openReceipt(text, key, more));
    return { verdict: "holds", key, ...found };
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    const why = (say) => ({ why: say(`why_${problem.reason}`) });
    if (OF_ENTERED.has(problem.reason)) {
      return { verdict: "cannot", headline: (say) => say("cannot"), lead: (say) => say("cannot_lead", why(say)) };
    }
    return {
      verdict: "fails",
      headline: (say) => say(promise ? "promise_fails" : "fails"),
      lead: (say) => say("fails_lead", why(say)),
    };
  }
}

function decoded(bytes) {
  try {
    return textOf(bytes);
  } catch {
    throw new Refused("UnicodeDecodeError", "not_text");
  }
}

function received({ checkpoint, index, record, witnesses }) {
  const at = typeof record.at === "string" ? new Date(record.at) : new Date(NaN);
  const dated = !Number.isNaN(at.getTime()) && typeof record.kind === "string";
  const what = (say) => kindWords(record.kind, say);
  return {
    headline: (say) => (dated ? say("holds", { day: dayOf(at, say), what: what(say) }) : say("holds_undated")),
    lead: (say) => say("holds_lead"),
    facts: (say) => [
      ...(dated ? [["fact_what", what(say)], ["fact_when", `${momentOf(at, say)} (${record.at})`]] : []),
      ...(typeof record.subject === "string" ? [["fact_about", record.subject]] : []),
      ...(typeof record.facts?.sha256 === "string" ? [["fact_copy", record.facts.sha256]] : []),
      ["fact_log", checkpoint.origin],
      ["fact_place", say("place", { index: String(index), size: String(checkpoint.size) })],
      ["fact_witnesses", witnesses.map((each) => witnessWords(each, say)).join("; ") || say("no_witnesses")],
    ],
    record,
    limits: ["limit_true", "limit_whose", ...(witnesses.length ? [] : ["limit_witness"])],
  };
}

function promised({ origin, entry, made, due }) {
  const [from, until] = [new Date(Number(made) * 1000), new Date(Number(due) * 1000)];
  return {
    headline: (say) => say("promised", { day: dayOf(until, say) }),
    lead: (say) => say("promised_lead"),
    facts: (say) => [
      ["fact_made", momentOf(from, say)],
      ["fact_due", momentOf(until, say)],
      ["fact_log", origin],
      ["fact_entry", encodeBase64(entry)],
    ],
    limits: ["limit_promise"],
  };
}

function kindWords(kind, say) {
  return Object.hasOwn(words.en, `kind_${kind}`) && kind !== "other" ? say(`kind_${kind}`) : say("kind_other", { kind });
}

function witnessWords({ key, time }, say) {
  return time === null ? key.name : say("witness", { name: key.name, day: dayOf(new Date(Number(time) * 1000), say) });
}

// The names of days and months are our own: browsers have none in Haitian Creole.
function dayOf(at, say) {
  const month = say("months").split(" ")[at.getMonth()] ?? "?";
  const weekday = say("weekdays").split(" ")[at.getDay()] ?? "?";
  return say("day", { weekday, day: at.getDate(), month, year: at.getFullYear() });
}

function momentOf(at, say) {
  const two = (value) => String(value).padStart(2, "0");
  return `${dayOf(at, say)}, ${two(at.getHours())}:${two(at.getMinutes())}`;
}

function resultsOf(page, found, say) {
  const make = (name, ...inside) => {
    const node = page.createElement(name);
    node.append(...inside);
    return node;
  };
  const facts = make("dl", ...found.facts(say).map(([name, value]) => make("div", make("dt", say(name)), make("dd", value))));
  facts.className = "sg-facts sg-hash";
  const limits = [...found.limits, ...(found.fromSite ? ["limit_key"] : [])];
  const parts = [
    facts,
    make("h2", say("limits")),
    make("ul", ...limits.map((name) => make("li", say(name)))),
  ];
  if (found.record) {
    const code = make("code", canonical(found.record));
    code.className = "sg-hash";
    const more = make("details", make("summary", make("span", say("record"))), make("p", code));
    more.className = "sg-more";
    parts.push(more);
  }
  return parts;
}

function firstLanguage() {
  const wanted = [kept(LANGUAGE), ...(navigator.languages ?? [])].map((each) => (each ?? "").split("-")[0]);
  return wanted.find((each) => LANGUAGES.includes(each)) ?? "en";
}

// A browser may forbid a page to keep anything; then it remembers nothing.
function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    return;
  }
}

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
