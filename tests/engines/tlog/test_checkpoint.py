"""Checkpoints: the published vectors, and signatures that are somebody else's."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from support.logs import KEY, ORIGIN, OTHER_KEY, TRIALS, decode, entries_of, signed, vectors

CASES = vectors("checkpoints")


@pytest.mark.parametrize("case", CASES["vectors"], ids=lambda case: case["name"])
def test_checkpoint_vector(case: dict[str, Any]) -> None:
    if case["wantErr"]:
        with pytest.raises(tlog.CheckpointError):
            tlog.Checkpoint.parse(case["checkpoint"])
    else:
        assert tlog.Checkpoint.parse(case["checkpoint"]).text == case["checkpoint"]


@pytest.mark.parametrize("shape", CASES["shapes"], ids=lambda shape: str(shape["size"]))
def test_which_tiles_a_size_has(shape: dict[str, Any]) -> None:
    names = list(tlog.tile_names(shape["size"]))
    for level in shape["levels"]:
        full = level["fullTiles"]
        here = [name for name in names if name.level == level["level"]]
        assert sum(name.width == tlog.TILE_WIDTH for name in here) == full
        partial = [name for name in here if name.width < tlog.TILE_WIDTH]
        assert [(name.index, name.width) for name in partial] == [(full, level["partialWidth"])][
            : bool(level["partialWidth"])
        ]
    assert max(name.level for name in names) == max(level["level"] for level in shape["levels"])


def test_every_checkpoint_of_the_small_foreign_log_opens() -> None:
    log = vectors("small-log")
    key = tlog.VerifyingKey.parse(log["vkey"])
    sizes = {
        name: tlog.open_checkpoint(decode(data).decode(), key).checkpoint.size
        for name, data in log["files"].items()
        if name.startswith("checkpoint")
    }
    assert sizes == {"checkpoint": 15} | {f"checkpoint.{size}": size for size in (0, 1, 2, 7, 8, 15)}


def test_a_witness_is_checked_when_asked_for_and_never_stands_in_for_the_log() -> None:
    log = vectors("generated-log")
    key, witness = tlog.VerifyingKey.parse(log["log"]), tlog.VerifyingKey.parse(log["witness"])
    opened = tlog.open_checkpoint(log["checkpoint"], key, witnesses=(witness,))
    assert (opened.checkpoint.size, [each.key for each in opened.witnesses]) == (300, [witness])
    assert tlog.open_checkpoint(log["checkpoint"], key).witnesses == ()
    assert tlog.open_checkpoint(log["checkpoint"], key, witnesses=(KEY.verifying_key,)).witnesses == ()
    first, rest = log["checkpoint"].split("\n\n")
    by_log, by_witness = rest.splitlines(keepends=True)
    assert tlog.open_checkpoint(f"{first}\n\n{by_witness}{by_log}", key, witnesses=(witness,)).witnesses
    with pytest.raises(tlog.NoteError):
        tlog.open_checkpoint(f"{first}\n\n{by_witness}", key, witnesses=(witness,))
    with pytest.raises(tlog.CheckpointError):
        tlog.open_checkpoint(log["checkpoint"], witness)
    with pytest.raises(tlog.NoteError):
        tlog.open_checkpoint(f"{first}\n\n{by_log}{by_witness[:-8]}AAAA=\n", key, witnesses=(witness,))


def test_older_checkpoints_of_the_generated_log_lead_to_the_newest() -> None:
    log = vectors("generated-log")
    key = tlog.VerifyingKey.parse(log["log"])
    now = tlog.open_checkpoint(log["checkpoint"], key).checkpoint
    older = {
        opened.size: opened
        for note in log["olderCheckpoints"]
        for opened in [tlog.open_checkpoint(note, key).checkpoint]
    }
    checked = 0
    for request in log["addCheckpoint"]:
        head, _, note = request["body"].partition("\n\n")
        size, *proof = head.removeprefix("old ").split("\n")
        if request["status"] != 200 or size == "0":
            continue
        old = older[int(size)]
        assert tlog.open_checkpoint(note, key).checkpoint == now
        hashes = [decode(each) for each in proof]
        tlog.verify_consistency(old.size, old.root, now.size, now.root, hashes)
        with pytest.raises(tlog.ProofError):
            tlog.verify_consistency(old.size, now.root, now.size, now.root, hashes)
        checked += 1
    assert checked == len(older)


def test_a_log_signs_in_its_own_name_only() -> None:
    checkpoint = tlog.Checkpoint(ORIGIN, 0, tlog.EMPTY_ROOT)
    with pytest.raises(tlog.CheckpointError):
        tlog.sign_checkpoint(tlog.Checkpoint("other.example", 0, tlog.EMPTY_ROOT), KEY)
    with pytest.raises(tlog.CheckpointError):
        tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, 0, tlog.EMPTY_ROOT, ("more",)), KEY)
    assert tlog.open_checkpoint(tlog.sign_checkpoint(checkpoint, KEY), KEY.verifying_key).checkpoint == checkpoint
    foreign = tlog.sign_note(tlog.Checkpoint("other.example", 0, tlog.EMPTY_ROOT).text, (KEY,))
    with pytest.raises(tlog.CheckpointError, match="another log"):
        tlog.open_checkpoint(foreign, KEY.verifying_key)


def test_another_key_of_the_same_name_is_another_log() -> None:
    with pytest.raises(tlog.NoteError):
        tlog.open_checkpoint(signed(entries_of(3), OTHER_KEY), KEY.verifying_key)


@given(st.text(min_size=1, max_size=20), st.integers(-2, 2**64), st.binary(min_size=31, max_size=33))
@settings(max_examples=4 * TRIALS, deadline=None)
def test_what_is_no_checkpoint_is_not_made(origin: str, size: int, root: bytes) -> None:
    try:
        checkpoint = tlog.Checkpoint(origin, size, root)
    except tlog.CheckpointError:
        assert "\n" in origin or not 0 < size < 2**63 or len(root) != 32
    else:
        assert tlog.Checkpoint.parse(checkpoint.text) == checkpoint
