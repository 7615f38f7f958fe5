// The page that checks a receipt. Everything happens here: nothing is asked of any server.
import { VerifyingKey } from "./receipts/keys.js";
import { parseCheckpoint, parseNote, verifiedBy } from "./receipts/notes.js";
import { begin } from "./receipts/page.js";
import { canonical } from "./receipts/records.js";
import { openPromise, openReceipt, parseReceipt } from "./receipts/receipts.js";
import { Refused } from "./receipts/strict.js";
import { verifyInclusion } from "./receipts/trees.js";

export { canonical, openPromise, openReceipt, parseCheckpoint, parseNote, parseReceipt, Refused };
export { verifiedBy, verifyInclusion, VerifyingKey };

// Outside a browser there is no page: the tests run the same file and ask it what the engine in Python says too.
if (typeof document !== "undefined") begin(document);
