"""Receipts: what they prove to the person concerned, and what they prove to nobody else."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from support.logs import CHAIN, KEY, OTHER_KEY, TRIALS, VKEY, decode, entries_of, signed, vectors

SYNTAX = vectors("tlog-proof-syntax")
FOREIGN = vectors("generated-log")
RECORD = {"kind": "release", "subject": "request:42", "at": "2026-03-06T10:00:00+00:00"}
CANONICAL = tlog.canonical(RECORD)
RANDOMNESS = bytes(range(100, 132))
PLACE = 77
ENTRIES = entries_of(512)
ENTRIES[PLACE] = tlog.commit(CANONICAL, RANDOMNESS)
TREE = tlog.MemoryTree(ENTRIES)
CHECKPOINT = signed(ENTRIES)
RECEIPT = tlog.make_receipt(
    index=PLACE, checkpoint=CHECKPOINT, chain=CHAIN, nodes=TREE, record=CANONICAL, randomness=RANDOMNESS
)


@pytest.mark.parametrize("case", SYNTAX["parse"], ids=lambda case: case["name"])
def test_receipt_that_parses(case: dict[str, Any]) -> None:
    assert tlog.Receipt.parse(case["text"]).text == case["text"]


@pytest.mark.parametrize("case", SYNTAX["refuse"], ids=lambda case: case["name"])
def test_receipt_that_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(tlog.ReceiptError):
        tlog.Receipt.parse(case["text"])


@pytest.mark.parametrize("number", range(len(FOREIGN["proofs"])))
def test_receipts_of_the_generated_log(number: int) -> None:
    case = FOREIGN["proofs"][number]
    leaf = decode(case["leaf"])
    found = tlog.open_receipt(case["proof"], FOREIGN["log"], entry=leaf, witnesses=[FOREIGN["witness"]])
    assert (found.checkpoint.size, found.entry, len(found.witnesses)) == (300, leaf, 1)
    assert tlog.verify_receipt(case["proof"], FOREIGN["log"], entry=leaf).valid
    for wrong in (b"", leaf[:-1], leaf + b"\x00", bytes(32)):
        assert not tlog.verify_receipt(case["proof"], FOREIGN["log"], entry=wrong).valid
    other = decode(FOREIGN["proofs"][number - 1]["leaf"])
    assert not tlog.verify_receipt(case["proof"], FOREIGN["log"], entry=other).valid


def test_a_receipt_says_what_was_logged() -> None:
    report = tlog.verify_receipt(RECEIPT, VKEY)
    assert report.valid
    assert report.receipt
    assert report.receipt.record == RECORD
    assert (report.receipt.index, report.receipt.checkpoint.size) == (PLACE, 512)
    assert any("request:42" in sentence for sentence in report.sentences())


def test_a_receipt_can_be_checked_with_a_hash_and_an_hmac_alone() -> None:
    extra = next(line for line in RECEIPT.split("\n") if line.startswith("extra "))
    opening = base64.b64decode(extra.removeprefix("extra "))
    assert tlog.commit(opening[32:], opening[:32]) == ENTRIES[PLACE]


@given(st.data())
@settings(max_examples=8 * TRIALS, deadline=None)
def test_no_changed_byte_of_a_receipt_goes_unnoticed(data: st.DataObject) -> None:
    receipt = RECEIPT.encode()
    place = data.draw(st.integers(0, len(receipt) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != receipt[place]))
    changed = data.draw(
        st.sampled_from(
            [
                receipt[:place] + bytes([byte]) + receipt[place + 1 :],
                receipt[:place] + receipt[place + 1 :],
                receipt[: place + 1] + receipt[place:],
                receipt[:place],
            ]
        )
    )
    report = tlog.verify_receipt(changed.decode("utf-8", "surrogateescape"), VKEY)
    assert not report.valid
    assert report.problem in report.sentences()[0]


def parts() -> tlog.Receipt:
    return tlog.Receipt.parse(RECEIPT)


def test_a_receipt_with_a_root_of_its_own_is_refused() -> None:
    forged = tlog.MemoryTree([tlog.commit(CANONICAL, RANDOMNESS)])
    checkpoint = tlog.Checkpoint(KEY.name, 1, forged.root())
    unsigned = checkpoint.text + "\n" + CHECKPOINT.split("\n\n")[1]
    by_another = tlog.sign_checkpoint(checkpoint, OTHER_KEY)
    for note in (unsigned, by_another, checkpoint.text):
        assert not tlog.verify_receipt(tlog.Receipt(0, (), note, parts().extra).text, VKEY).valid


def test_a_receipt_with_somebody_elses_opening_is_refused() -> None:
    extra = tlog.pack_opening(tlog.canonical({"kind": "refusal"}), RANDOMNESS)
    made = tlog.Receipt(PLACE, parts().proof, CHECKPOINT, extra)
    assert not tlog.verify_receipt(made.text, VKEY).valid
    for short in (None, b"", bytes(32)):
        assert not tlog.verify_receipt(tlog.Receipt(PLACE, parts().proof, CHECKPOINT, short).text, VKEY).valid


def test_a_receipt_under_another_checkpoint_of_the_same_log_is_refused() -> None:
    longer = signed([*ENTRIES, *entries_of(256, "more")])
    assert not tlog.verify_receipt(tlog.Receipt(PLACE, parts().proof, longer, parts().extra).text, VKEY).valid
    assert not tlog.verify_receipt(tlog.Receipt(PLACE + 1, parts().proof, CHECKPOINT, parts().extra).text, VKEY).valid


def test_a_receipt_that_would_not_verify_is_not_handed_out() -> None:
    stored = list(ENTRIES)
    stored[PLACE + 1] = bytes(32)
    ways: list[dict[str, Any]] = [
        {"nodes": tlog.MemoryTree(stored)},
        {"index": PLACE + 1},
        {"index": 512},
        {"record": tlog.canonical({"kind": "refusal"})},
        {"randomness": bytes(32)},
        {"checkpoint": signed(stored)},
        {"checkpoint": signed(ENTRIES, OTHER_KEY)},
    ]
    right: dict[str, Any] = {
        "index": PLACE,
        "checkpoint": CHECKPOINT,
        "chain": CHAIN,
        "nodes": TREE,
        "record": CANONICAL,
        "randomness": RANDOMNESS,
    }
    assert tlog.make_receipt(**right) == RECEIPT
    for wrong in ways:
        with pytest.raises(tlog.TlogError):
            tlog.make_receipt(**right | wrong)


def test_a_wrong_key_text_is_the_callers_mistake() -> None:
    with pytest.raises(tlog.KeyTextError):
        tlog.verify_receipt(RECEIPT, VKEY[:-2])
    assert not tlog.verify_receipt(RECEIPT, OTHER_KEY.verifying_key.text).valid


def test_an_endless_receipt_is_not_read() -> None:
    with pytest.raises(tlog.ReceiptError):
        tlog.Receipt.parse(RECEIPT + " " * 1_000_000)
    with pytest.raises(tlog.ReceiptError):
        tlog.Receipt.parse(tlog.Receipt(0, (bytes(32),) * 64, CHECKPOINT).text)
