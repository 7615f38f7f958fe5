// Runs the script of the page that checks a receipt, as it was built, over cases from standard input.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const run = vm.runInThisContext(`${readFileSync(process.argv[2], "utf8")}\nSchoolgateReceipts`);
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const hex = (data) => Buffer.from(data).toString("hex");
const witness = ({ key, time }) => [key.text, time === null ? null : String(time)];

const kinds = {
  receipt({ file, key, entry = null, witnesses = [], rotations = [] }) {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes(file));
    const found = run.openReceipt(text, key, { entry: entry && bytes(entry), witnesses, rotations });
    return {
      origin: found.checkpoint.origin,
      size: String(found.checkpoint.size),
      root: hex(found.checkpoint.root),
      index: String(found.index),
      entry: hex(found.entry),
      record: found.record && run.canonical(found.record),
      witnesses: found.witnesses.map(witness),
    };
  },
  promise({ file, key, rotations = [] }) {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes(file));
    const { origin, entry, made, due } = run.openPromise(text, key, { rotations });
    return { origin, entry: hex(entry), made: String(made), due: String(due) };
  },
  note({ note, keys }) {
    return run.verifiedBy(run.parseNote(note), keys.map(run.VerifyingKey.parse)).map(witness);
  },
  parse({ text }) {
    const { index, proof, checkpoint, extra } = run.parseReceipt(text);
    return { index: String(index), proof: proof.map(hex), checkpoint, extra: extra && hex(extra) };
  },
  checkpoint({ text }) {
    const { origin, size, root, extensions } = run.parseCheckpoint(text);
    return { origin, size: String(size), root: hex(root), extensions };
  },
  inclusion({ leaf, index, size, proof, root }) {
    run.verifyInclusion(bytes(leaf), BigInt(index), BigInt(size), proof.map(bytes), bytes(root));
    return true;
  },
  key({ text }) {
    return run.VerifyingKey.parse(text).text;
  },
};

function answer(one) {
  try {
    return { found: kinds[one.what](one) };
  } catch (problem) {
    if (problem instanceof run.Refused) return { refused: problem.kind };
    if (problem instanceof TypeError && problem.code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      return { refused: "UnicodeDecodeError" };
    }
    return { broken: String(problem.stack) };
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer)));
