// What an entry says: canonical JSON under HMAC-SHA256 (engines/tlog/commitment.py).
import { hmac } from "@noble/hashes/hmac.js";

import { isText, refuse, sha256, textOf } from "./strict.js";

const RANDOMNESS_BYTES = 32;
const MAX_DEPTH = 32;

// The 32-byte entry, and the record where its bytes are written in their one way.
export function openOpening(opening) {
  if (opening.length <= RANDOMNESS_BYTES) refuse("CommitmentError", "opening");
  const [randomness, record] = [opening.slice(0, RANDOMNESS_BYTES), opening.slice(RANDOMNESS_BYTES)];
  return { entry: hmac(sha256, randomness, record), record: readCanonical(record) };
}

function readCanonical(bytes) {
  let text, record;
  try {
    text = textOf(bytes);
    record = JSON.parse(text);
  } catch {
    refuse("CommitmentError", "opening");
  }
  if (record === null || typeof record !== "object" || Array.isArray(record)) refuse("CommitmentError", "opening");
  if (canonical(record, MAX_DEPTH) !== text) refuse("CommitmentError", "opening");
  return record;
}

// RFC 8785 for what is allowed here. Keys sort by UTF-16 code units, which is how this language sorts.
export function canonical(value, depth = MAX_DEPTH) {
  if (depth < 0) refuse("CommitmentError", "opening");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) refuse("CommitmentError", "opening");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each, depth - 1)).join(",")}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${quoted(key)}:${canonical(value[key], depth - 1)}`).join(",")}}`;
}

function quoted(text) {
  if (!isText(text)) refuse("CommitmentError", "opening");
  return JSON.stringify(text);
}
