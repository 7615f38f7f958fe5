// RFC 9162: the way from an entry to the root (engines/tlog/hashing.py, proofs.py).
import { HASH_BYTES, joined, refuse, same, sha256 } from "./strict.js";

function leafHash(entry) {
  return sha256(joined(Uint8Array.of(0), entry));
}

function nodeHash(left, right) {
  return sha256(joined(Uint8Array.of(1), left, right));
}

function bits(value) {
  return value === 0n ? 0 : value.toString(2).length;
}

function ones(value) {
  return value.toString(2).replaceAll("0", "").length;
}

// That the tree of `size` leaves with this root has this leaf hash at `index`.
export function verifyInclusion(leaf, index, size, proof, root) {
  if (index < 0n || index >= size) refuse("ProofError", "proof");
  if ([leaf, root, ...proof].some((each) => each.length !== HASH_BYTES)) refuse("ProofError", "proof");
  const inner = bits(index ^ (size - 1n));
  if (proof.length !== inner + ones(index >> BigInt(inner))) refuse("ProofError", "proof");
  let found = leaf;
  proof.forEach((sibling, height) => {
    const onTheLeft = height >= inner || (index >> BigInt(height)) & 1n;
    found = onTheLeft ? nodeHash(sibling, found) : nodeHash(found, sibling);
  });
  if (!same(found, root)) refuse("ProofError", "proof");
}

export function verifyEntry(entry, index, size, proof, root) {
  verifyInclusion(leafHash(entry), index, size, proof, root);
}
