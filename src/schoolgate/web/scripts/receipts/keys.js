// Verifying keys, `name+id+key`, and what they verify (engines/tlog/keys.py).
import { Point } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";

import {
  bytesOf,
  decodeBase64,
  encodeBase64,
  hex,
  isText,
  joined,
  MAX_NUMBER,
  number,
  refuse,
  same,
  sha256,
} from "./strict.js";

export const LOG = 1;
export const WITNESS = 4;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const TIME_BYTES = 8;
const FIELD = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
// The y coordinates of the points whose order divides 8: under such a key anybody can sign.
const ORDER_EIGHT = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const SMALL = new Set([0n, 1n, FIELD - 1n, ORDER_EIGHT, FIELD - ORDER_EIGHT]);
// Every character that is a space in Unicode, which is more and fewer than `\s` takes.
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const CONTROL = /[\x00-\x1f]/;

export function hasSpace(name) {
  return SPACE.test(name);
}

function fromLittleEnd(bytes) {
  return number(Uint8Array.from(bytes).reverse());
}

export class VerifyingKey {
  constructor(name, kind, point) {
    if (!name || name.includes("+") || hasSpace(name) || CONTROL.test(name) || !isText(name)) {
      refuse("KeyTextError", "key");
    }
    if (point.length !== KEY_BYTES) refuse("KeyTextError", "key");
    const y = fromLittleEnd(point) & (2n ** 255n - 1n);
    if (y >= FIELD) refuse("KeyTextError", "key");
    if (SMALL.has(y)) refuse("KeyTextError", "weak_key");
    this.name = name;
    this.kind = kind;
    this.point = point;
    this.id = sha256(joined(bytesOf(`${name}\n`), Uint8Array.of(kind), point)).slice(0, 4);
    this.text = `${name}+${hex(this.id)}+${encodeBase64(joined(Uint8Array.of(kind), point))}`;
  }

  static parse(text) {
    const [name, id, ...rest] = text.split("+");
    if (!rest.length) refuse("KeyTextError", "key");
    // The base64 may hold a plus.
    const bytes = keyBytes(rest.join("+"));
    if (bytes[0] !== LOG && bytes[0] !== WITNESS) refuse("KeyTextError", "key");
    const key = new VerifyingKey(name, bytes[0], bytes.slice(1));
    if (id !== hex(key.id)) refuse("KeyTextError", "mistyped_key");
    return key;
  }

  verifies(signature, text) {
    let [message, signed] = [bytesOf(text), signature];
    if (this.kind === WITNESS) {
      const time = number(signature.slice(0, TIME_BYTES));
      if (time > MAX_NUMBER) return false;
      signed = signature.slice(TIME_BYTES);
      message = bytesOf(`cosignature/v1\ntime ${time}\n${text}`);
    }
    return signed.length === SIGNATURE_BYTES && verifies(this.point, signed, message);
  }

  timeOf(signature) {
    return this.kind === WITNESS ? number(signature.slice(0, TIME_BYTES)) : null;
  }
}

function keyBytes(text) {
  try {
    return decodeBase64(text);
  } catch {
    return refuse("KeyTextError", "key");
  }
}

// RFC 8032 section 5.1.7 without the cofactor, as OpenSSL does it: a signature that one program takes and another
// refuses would let a log show two faces.
function verifies(point, signature, message) {
  const [first, scalar] = [signature.slice(0, 32), fromLittleEnd(signature.slice(32))];
  if (scalar >= ORDER) return false;
  let key;
  try {
    key = Point.fromBytes(point, true);
  } catch {
    return false;
  }
  const challenge = fromLittleEnd(sha512(joined(first, point, message))) % ORDER;
  const expected = Point.BASE.multiply(scalar, false).add(key.multiply(challenge, false).negate());
  return same(expected.toBytes(), first);
}
