// Signed notes and checkpoints (engines/tlog/note.py, checkpoint.py).
import { hasSpace, LOG } from "./keys.js";
import {
  after,
  decimal,
  decodeAnyPadding,
  decodeBase64,
  HASH_BYTES,
  hex,
  isText,
  longerThan,
  partition,
  refuse,
  same,
  sha256,
  within,
} from "./strict.js";

const DASH = "\u2014 ";
const MAX_SIGNATURES = 100;
const MAX_CHARACTERS = 1_000_000;
const CONTROL = /[\x00-\x09\x0b-\x1f]/;
const EMPTY_ROOT = sha256(new Uint8Array());

export function parseNote(note) {
  if (longerThan(note, MAX_CHARACTERS) || CONTROL.test(note) || !isText(note)) refuse("NoteError", "damaged");
  if (!note.endsWith("\n")) refuse("NoteError", "damaged");
  const middle = note.lastIndexOf("\n\n");
  if (middle < 0) refuse("NoteError", "damaged");
  const rows = note.slice(middle + 2, -1).split("\n");
  if (rows.length > MAX_SIGNATURES) refuse("NoteError", "damaged");
  return { text: note.slice(0, middle + 1), lines: rows.map(parseLine) };
}

function parseLine(row) {
  const [name, space, blob] = partition(after(row, DASH), " ");
  if (!row.startsWith(DASH) || !name || !space || name.includes("+") || hasSpace(name)) refuse("NoteError", "damaged");
  const { bytes, exact } = within("NoteError", "damaged", () => decodeAnyPadding(blob));
  if (bytes.length <= 4) refuse("NoteError", "damaged");
  return { name, id: bytes.slice(0, 4), signature: bytes.slice(4), exact };
}

// Each of the keys that signed, once, in the order of its first line; lines of unknown keys are passed over.
export function verifiedBy(note, keys) {
  const known = new Map();
  for (const key of keys) {
    const place = `${key.name} ${hex(key.id)}`;
    // Nobody could tell whose line it is.
    if (known.has(place) && known.get(place).text !== key.text) refuse("NoteError", "same_id");
    known.set(place, key);
  }
  const found = new Map();
  for (const line of note.lines) {
    const key = known.get(`${line.name} ${hex(line.id)}`);
    if (!key) continue;
    if (!line.exact || !key.verifies(line.signature, note.text)) refuse("NoteError", "signature");
    if (!found.has(key.text)) found.set(key.text, { key, time: key.timeOf(line.signature) });
  }
  if (!found.size) refuse("NoteError", "not_signed");
  return [...found.values()];
}

export function openNote(note, keys) {
  const parsed = parseNote(note);
  return { text: parsed.text, signed: verifiedBy(parsed, keys) };
}

export function parseCheckpoint(text) {
  if (!text.endsWith("\n")) refuse("CheckpointError", "damaged");
  const lines = text.slice(0, -1).split("\n");
  if (lines.length < 3) refuse("CheckpointError", "damaged");
  const [origin, sizeText, rootText, ...extensions] = lines;
  const [size, root] = within("CheckpointError", "damaged", () => [decimal(sizeText), decodeBase64(rootText)]);
  if (root.length !== HASH_BYTES) refuse("CheckpointError", "damaged");
  if (size === 0n && !same(root, EMPTY_ROOT)) refuse("CheckpointError", "damaged");
  if ([origin, ...extensions].some((line) => !line)) refuse("CheckpointError", "damaged");
  return { origin, size, root, extensions };
}

export function openCheckpoint(note, key, witnesses) {
  if (key.kind !== LOG) refuse("CheckpointError", "witness_key");
  const checkpoint = parseCheckpoint(openNote(note, [key]).text);
  if (checkpoint.origin !== key.name) refuse("CheckpointError", "other_log");
  const { signed } = openNote(note, [key, ...witnesses]);
  return { checkpoint, witnesses: signed.filter((each) => each.key.text !== key.text) };
}
