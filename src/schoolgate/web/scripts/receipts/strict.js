// Numbers, base64 and text as the C2SP formats mean them: one way to write each value (engines/tlog/strict.py).
import { sha256 } from "@noble/hashes/sha2.js";

export { sha256 };

const DECIMAL = /^(?:0|[1-9][0-9]{0,18})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
export const MAX_NUMBER = 2n ** 63n - 1n;
export const HASH_BYTES = 32;

// `kind` is the name of the error that the Python engine raises at the same place; `reason` is for a person.
export class Refused extends Error {
  constructor(kind, reason) {
    super(`${kind}: ${reason}`);
    this.kind = kind;
    this.reason = reason;
  }
}

export function refuse(kind, reason) {
  throw new Refused(kind, reason);
}

// What is not written in its one way becomes an error of the file it stands in.
export function within(kind, reason, read) {
  try {
    return read();
  } catch (problem) {
    if (problem instanceof Refused && problem.kind === "ValueError") refuse(kind, reason);
    throw problem;
  }
}

export function decimal(text) {
  if (!DECIMAL.test(text)) refuse("ValueError", "damaged");
  const number = BigInt(text);
  if (number > MAX_NUMBER) refuse("ValueError", "damaged");
  return number;
}

export function encodeBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function decodeBase64(text) {
  if (!BASE64.test(text)) refuse("ValueError", "damaged");
  const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  // Padding bits that are not zero make a second text for the same bytes.
  if (encodeBase64(bytes) !== text) refuse("ValueError", "damaged");
  return bytes;
}

// The same where the last digit may carry bits that nothing reads; says too whether it carries none.
export function decodeAnyPadding(text) {
  if (!BASE64.test(text)) refuse("ValueError", "damaged");
  const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const written = encodeBase64(bytes);
  const last = written.replace(/=+$/, "").length - 1;
  if (text.slice(0, last) !== written.slice(0, last) || text.slice(last + 1) !== written.slice(last + 1)) {
    refuse("ValueError", "damaged");
  }
  return { bytes, exact: text === written };
}

export function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function same(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

export function joined(...parts) {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  return bytes;
}

export function number(bytes) {
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

export function bytesOf(text) {
  return new TextEncoder().encode(text);
}

// UTF-8 without a byte that does not belong; a byte order mark is a character like others.
export function textOf(bytes) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

// Half a surrogate pair is no text.
export function isText(text) {
  return !/\p{Surrogate}/u.test(text);
}

// Code points, of which a character outside the basic plane is one and not two.
export function longerThan(text, most) {
  if (text.length <= most) return false;
  let count = 0;
  for (const _ of text) {
    count += 1;
    if (count > most) return true;
  }
  return false;
}

export function partition(text, mark) {
  const place = text.indexOf(mark);
  return place < 0 ? [text, "", ""] : [text.slice(0, place), mark, text.slice(place + mark.length)];
}

export function after(text, mark) {
  return text.startsWith(mark) ? text.slice(mark.length) : text;
}
