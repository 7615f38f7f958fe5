// Receipts, promises and changes of key (engines/tlog/receipt.py, promise.py, rotation.py).
import { LOG, VerifyingKey } from "./keys.js";
import { openCheckpoint, openNote, parseCheckpoint, parseNote, verifiedBy } from "./notes.js";
import { openOpening } from "./records.js";
import { after, decimal, decodeBase64, HASH_BYTES, longerThan, partition, Refused, refuse, within } from "./strict.js";
import { verifyEntry } from "./trees.js";

export const RECEIPT = "c2sp.org/tlog-proof@v1";
export const PROMISE = "schoolgate promise v1";
const ROTATION = "schoolgate key rotation v1";
const EXTRA = "extra ";
const INDEX = "index ";
const MAX_PROOF_HASHES = 63;
const MAX_CHARACTERS = 1_000_000;

export function parseReceipt(text) {
  const damaged = () => refuse("ReceiptError", "damaged");
  if (longerThan(text, MAX_CHARACTERS)) damaged();
  const [head, emptyLine, checkpoint] = partition(text, "\n\n");
  const lines = head.split("\n");
  if (!emptyLine || !checkpoint || lines.shift() !== RECEIPT) damaged();
  return within("ReceiptError", "damaged", () => {
    const extra = lines[0]?.startsWith(EXTRA) ? decodeBase64(after(lines.shift(), EXTRA)) : null;
    if (!lines[0]?.startsWith(INDEX)) damaged();
    const index = decimal(after(lines.shift(), INDEX));
    const proof = lines.map(decodeBase64);
    if (proof.length > MAX_PROOF_HASHES || proof.some((each) => each.length !== HASH_BYTES)) damaged();
    return { index, proof, checkpoint, extra };
  });
}

function openRotation(note) {
  const parsed = parseNote(note);
  const rotation = parseRotation(parsed.text);
  const signed = new Set(verifiedBy(parsed, [rotation.old, rotation.fresh]).map((each) => each.key.text));
  if (!signed.has(rotation.old.text) || !signed.has(rotation.fresh.text)) refuse("RotationError", "rotation");
  return rotation;
}

function parseRotation(text) {
  const broken = () => refuse("RotationError", "rotation");
  const lines = text.split("\n");
  const marks = ["", "", "after ", "old ", "new "];
  if (lines.length !== marks.length + 1 || lines[0] !== ROTATION || lines.at(-1)) broken();
  if (!marks.every((mark, place) => lines[place].startsWith(mark))) broken();
  const [, origin, sizeText, oldText, newText] = marks.map((mark, place) => after(lines[place], mark));
  let size, old, fresh;
  try {
    [size, old, fresh] = [decimal(sizeText), VerifyingKey.parse(oldText), VerifyingKey.parse(newText)];
  } catch (problem) {
    if (problem instanceof Refused) broken();
    throw problem;
  }
  if ([old, fresh].some((key) => key.name !== origin || key.kind !== LOG) || old.text === fresh.text) broken();
  return { origin, size, old, fresh };
}

// The keys of the log in their order, with the size after which each counts.
export function trusting(key, rotations) {
  const changes = rotations.map(openRotation);
  for (let place = 1; place < changes.length; place += 1) {
    const [before, next] = [changes[place - 1], changes[place]];
    if (before.fresh.text !== next.old.text || before.size > next.size) refuse("RotationError", "rotation");
  }
  if (!changes.length) return [[0n, key]];
  const links = [[0n, changes[0].old], ...changes.map((change) => [change.size, change.fresh])];
  if (!links.some((link) => link[1].text === key.text)) refuse("RotationError", "rotation");
  return links;
}

function keyAt(chain, size) {
  return [...chain].reverse().find(([since]) => size > since || since === 0n)[1];
}

export function openReceipt(text, vkey, { entry = null, witnesses = [], rotations = [] } = {}) {
  const chain = trusting(VerifyingKey.parse(vkey), rotations);
  const cosigners = witnesses.map(VerifyingKey.parse);
  const receipt = parseReceipt(text);
  const { size } = parseCheckpoint(parseNote(receipt.checkpoint).text);
  const opened = openCheckpoint(receipt.checkpoint, keyAt(chain, size), cosigners);
  let record = null;
  let bytes = entry;
  if (bytes === null) {
    if (receipt.extra === null) refuse("ReceiptError", "no_opening");
    ({ entry: bytes, record } = openOpening(receipt.extra));
  }
  const { checkpoint } = opened;
  verifyEntry(bytes, receipt.index, checkpoint.size, receipt.proof, checkpoint.root);
  return { checkpoint, index: receipt.index, entry: bytes, record, witnesses: opened.witnesses };
}

export function openPromise(note, vkey, { rotations = [] } = {}) {
  const chain = trusting(VerifyingKey.parse(vkey), rotations);
  const { text, signed } = openNote(
    note,
    chain.map((link) => link[1]),
  );
  const promise = parsePromise(text);
  if (signed.some((each) => each.key.name !== promise.origin)) refuse("PromiseError", "other_log");
  return promise;
}

function parsePromise(text) {
  const damaged = () => refuse("PromiseError", "damaged");
  const lines = text.split("\n");
  if (lines.length !== 6 || lines[0] !== PROMISE || lines[5]) damaged();
  const [, origin, entryText, made, due] = lines;
  if (!made.startsWith("made ") || !due.startsWith("due ")) damaged();
  return within("PromiseError", "damaged", () => {
    const promise = {
      origin,
      entry: decodeBase64(entryText),
      made: decimal(made.slice(5)),
      due: decimal(due.slice(4)),
    };
    if (promise.entry.length !== HASH_BYTES || promise.made > promise.due) damaged();
    return promise;
  });
}
