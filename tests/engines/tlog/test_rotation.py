"""A log that changes its key: who trusts any of its keys can check all of it, and no old key goes on for ever."""

import pytest

from schoolgate.engines import tlog
from support.logs import ORIGIN, entries_of

KEYS = [tlog.SigningKey(ORIGIN, bytes([number]) * 32) for number in range(1, 5)]
THIEF = tlog.SigningKey(ORIGIN, b"\x77" * 32)
# The log had its second key from entry 256 on, its third from 512 on.
ROTATIONS = (tlog.sign_rotation(256, KEYS[0], KEYS[1]), tlog.sign_rotation(512, KEYS[1], KEYS[2]))
ENTRIES = entries_of(768)


def checkpoint(size, *keys):
    frontier = tlog.Frontier().extended_by_entries(ENTRIES[:size])
    return tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, size, frontier.root), *keys)


# While it changed, the old key signed beside the new one.
SIGNED = {
    256: checkpoint(256, KEYS[0]),
    512: checkpoint(512, KEYS[1], KEYS[0]),
    768: checkpoint(768, KEYS[2], KEYS[1]),
}


def chain(trusted, rotations=ROTATIONS):
    return tlog.KeyChain.trusting(KEYS[trusted].verifying_key, rotations)


@pytest.mark.parametrize("trusted", [0, 1, 2])
@pytest.mark.parametrize("size", [256, 512, 768])
def test_who_trusts_one_key_can_read_every_checkpoint(trusted, size):
    assert tlog.open_with_chain(SIGNED[size], chain(trusted)).checkpoint.size == size


@pytest.mark.parametrize(("trusted", "size"), [(0, 256), (0, 512), (1, 512), (1, 768), (2, 768)])
def test_other_programs_that_know_one_key_read_what_it_still_signed(trusted, size):
    assert tlog.open_checkpoint(SIGNED[size], KEYS[trusted].verifying_key).checkpoint.size == size


@pytest.mark.parametrize("trusted", [0, 1, 2])
def test_a_stolen_old_key_signs_no_larger_log_for_who_knows_of_the_change(trusted):
    for forged in (checkpoint(512, KEYS[0]), checkpoint(768, KEYS[0]), checkpoint(768, KEYS[1], KEYS[0])):
        with pytest.raises(tlog.NoteError):
            tlog.open_with_chain(forged, chain(trusted))


def test_a_new_key_signs_nothing_of_the_time_before_it():
    with pytest.raises(tlog.NoteError):
        tlog.open_with_chain(checkpoint(256, KEYS[1]), chain(0))


def test_two_changes_at_one_size_leave_the_key_between_them_nothing():
    twice = (tlog.sign_rotation(256, KEYS[0], KEYS[1]), tlog.sign_rotation(256, KEYS[1], KEYS[2]))
    both = chain(1, twice)
    assert [both.at(size) for size in (256, 257)] == [KEYS[0].verifying_key, KEYS[2].verifying_key]


def test_an_empty_log_changes_its_key_too():
    assert chain(0, (tlog.sign_rotation(0, KEYS[0], KEYS[1]),)).at(256) == KEYS[1].verifying_key


@pytest.mark.parametrize(
    "rotations",
    [
        (ROTATIONS[1], ROTATIONS[0]),
        (ROTATIONS[0], tlog.sign_rotation(128, KEYS[1], KEYS[2])),
        (ROTATIONS[0], tlog.sign_rotation(512, KEYS[2], KEYS[3])),
        (ROTATIONS[0].replace("after 256", "after 255"), ROTATIONS[1]),
        ("\n".join(ROTATIONS[0].split("\n")[:-2]) + "\n", ROTATIONS[1]),
        (ROTATIONS[0] + "\n", ROTATIONS[1]),
        ("nothing", ROTATIONS[1]),
        (tlog.sign_rotation(256, THIEF, KEYS[1]),),
    ],
    ids=["order", "backwards", "gap", "changed", "one signature", "line end", "no note", "not from the trusted key"],
)
def test_changes_that_do_not_follow_are_refused(rotations):
    with pytest.raises(tlog.TlogError):
        chain(0, rotations)


def test_a_thief_of_an_old_key_makes_nobody_who_trusts_a_newer_one_follow():
    with pytest.raises(tlog.RotationError):
        chain(2, (tlog.sign_rotation(256, KEYS[0], THIEF),))


def test_a_key_does_not_follow_itself_and_keeps_the_name_of_the_log():
    with pytest.raises(tlog.RotationError):
        tlog.sign_rotation(256, KEYS[0], KEYS[0])
    with pytest.raises(tlog.RotationError):
        tlog.sign_rotation(256, KEYS[0], tlog.SigningKey("other.example/log", bytes(32)))


@pytest.fixture
def folder(tmp_path):
    """The log as it was published over two changes of its key."""
    for number, size in enumerate((256, 512, 768)):
        first = tlog.resume_at(tmp_path / "log", chain(0)) if number else 0
        tlog.write_folder(
            tmp_path / "log",
            ENTRIES[first:size],
            SIGNED[size],
            chain=chain(0, ROTATIONS[:number]),
            rotations=ROTATIONS[:number],
            first=first,
        )
    return tmp_path / "log"


@pytest.mark.parametrize("trusted", [0, 1, 2])
@pytest.mark.parametrize("earlier", [256, 512, 768])
def test_a_folder_verifies_by_any_of_its_keys(trusted, earlier, folder):
    report = tlog.verify_folder(folder, KEYS[trusted].verifying_key.text, earlier=SIGNED[earlier])
    assert report.valid, report.sentences()


def test_a_folder_without_its_changes_is_not_believed_by_who_trusts_a_retired_key(folder):
    for number in ("1", "2"):
        (folder / "rotation" / number).unlink()
    assert tlog.verify_folder(folder, KEYS[2].verifying_key.text).valid
    assert not tlog.verify_folder(folder, KEYS[0].verifying_key.text).valid


def test_a_published_change_is_never_another(folder):
    path = folder / "rotation" / "2"
    path.write_text(tlog.sign_rotation(512, KEYS[1], KEYS[3]), encoding="utf-8")
    with pytest.raises(tlog.ExportError, match="rotation/2"):
        tlog.write_folder(folder, ENTRIES[768:], SIGNED[768], chain=chain(0), rotations=ROTATIONS, first=768)
    assert not tlog.verify_folder(folder, KEYS[2].verifying_key.text).valid


@pytest.mark.parametrize("trusted", [0, 1, 2])
@pytest.mark.parametrize("size", [256, 512, 768])
def test_a_receipt_of_any_time_verifies_by_any_of_the_keys(trusted, size):
    record, randomness = tlog.canonical({"kind": "cover"}), bytes(32)
    entries = [tlog.commit(record, randomness), *ENTRIES[1:size]]
    tree = tlog.MemoryTree(entries)
    signing = {256: KEYS[:1], 512: KEYS[1:2], 768: KEYS[2:3]}[size]
    root = tlog.Frontier().extended_by_entries(entries).root
    note = tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, size, root), *signing)
    text = tlog.make_receipt(index=0, checkpoint=note, chain=chain(0), nodes=tree, record=record, randomness=randomness)
    assert tlog.verify_receipt(text, KEYS[trusted].verifying_key.text, rotations=ROTATIONS).valid
    alone = tlog.verify_receipt(text, KEYS[trusted].verifying_key.text).valid
    assert alone == (KEYS[trusted] in signing)
