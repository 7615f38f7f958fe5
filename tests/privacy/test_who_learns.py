"""Who can learn what from the log: a test for the lines of the table in docs/log-leaks.md."""

import ast
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from schoolgate.apps.access.moment import at, now
from schoolgate.engines import tlog
from support import logs, watchers, worlds
from support.worlds import BEGIN, EVERY

REPOSITORY = Path(__file__).resolve().parents[2]
# Names and words of the demonstration that a thief of the log's tables would look for.
WORDS = ("Aguilar", "Marisol", "Chen", "Kevin", "Abreu", "Doyle", "hallway", "wrote on a seat")


@pytest.fixture(autouse=True)
def log_folder(settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    return settings.LOG_FOLDER


def own_key():
    from schoolgate.apps.ledger.keys import keys

    return tlog.VerifyingKey.parse(keys().verifying_key)


def opening_about(subject, kind):
    from schoolgate.apps.ledger.models import Opening

    return Opening.objects.get(subject=subject, kind=kind)


def test_every_line_of_the_table_names_tests_that_exist():
    text = (REPOSITORY / "docs" / "log-leaks.md").read_text(encoding="utf-8")
    table = text.partition("## Who can learn what")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith(("| who", "| ---"))]
    who = {line.split("|")[1].strip() for line in lines}
    assert who >= {
        "the public",
        "a family with a receipt",
        "an agency",
        "the auditor",
        "the administrator",
        "a thief of the database",
        "a thief of the database and the keys",
        "a witness",
        "a monitor",
        "a mirror or CDN",
    }
    for line in lines:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", line)
        assert named, f"no test stands in the line: {line}"
        for file, function in named:
            tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
            assert function in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}, (file, function)


# The public.


def test_a_guessed_record_cannot_be_tested_without_its_randomness(filed):
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.apps.ledger.tiles import entries_between

    seal_period()
    entries = set(entries_between(0, 256))
    opening = opening_about(f"request:{filed.refused.pk}", "refusal_sent")
    # The best guess there is: the very bytes of the record.
    record = opening.record.encode()
    keys_to_try = (b"", bytes(32), str(opening.pk).encode(), opening.pk.bytes, hashlib.sha256(record).digest())
    guesses = {hashlib.sha256(record).digest(), *(hmac.digest(key, record, "sha256") for key in keys_to_try)}
    assert not guesses & entries
    assert tlog.commit(record, bytes(opening.randomness)) in entries, "with the randomness it can be tested"
    wrong = record.replace(b"refusal_sent", b"copy_released")
    assert tlog.commit(wrong, bytes(opening.randomness)) not in entries


def test_the_same_record_twice_is_two_entries_that_share_nothing():
    from schoolgate.apps.ledger.randomness import fresh_randomness

    record = tlog.canonical({"kind": "report_filed"})
    entries = [tlog.commit(record, fresh_randomness()) for _ in range(2000)]
    assert len(set(entries)) == 2000
    bits = int.from_bytes(b"".join(entries)).bit_count()
    # 512,000 fair bits: a deviation of 358.
    assert abs(bits - 256_000) < 6 * 358


# A family, an agency: whoever holds receipts.


def test_a_receipt_says_its_own_act_and_its_period(filed):
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.receipts import receipt_for
    from schoolgate.apps.ledger.sealing import seal_period

    seal_period()
    folder = publish()
    text = receipt_for(f"request:{filed.refused.pk}")
    receipt = tlog.Receipt.parse(text)
    record, _ = tlog.unpack_opening(receipt.extra)
    assert set(json.loads(record)) == {"entry", "kind", "at", "role", "by", "subject", "facts"}
    others = Opening.objects.exclude(subject=f"request:{filed.refused.pk}").values_list("subject", "id")
    said = record.decode()
    assert not [subject for subject, _ in others if ":" in subject and subject in said]
    assert not [entry for _, entry in others if str(entry) in said]
    # What else is in the file is public: the checkpoint, the place, and hashes that anybody computes from the tiles.
    assert receipt.checkpoint == (folder / "checkpoint").read_text(encoding="utf-8")
    entries = tlog.parse_bundle((folder / "tile/entries/000").read_bytes(), 256)
    assert receipt.proof == tlog.inclusion_proof(receipt.index, 256, tlog.MemoryTree(entries))


def test_two_receipts_do_not_tell_whether_they_are_about_one_child(data_folder):
    from schoolgate.apps.ledger.students import auditors_key, student_facts
    from schoolgate.engines.tlog.pseudonyms import uncovered

    child = uuid4()
    one, two = (student_facts([child])["students"][0] for _ in range(2))
    assert one != two
    assert not set(re.findall("....", one)) & set(re.findall("....", two))
    # The auditor can, with the key that is handed over with the openings: not who, but that it is one.
    assert uncovered(auditors_key(), one) == uncovered(auditors_key(), two)
    assert child.bytes[:8] != uncovered(auditors_key(), one)


def placed(own, size):
    """The periods in which acts of one's own stand, as their receipts say."""
    from schoolgate.apps.ledger.tiles import entries_between

    entries = list(entries_between(0, size))
    return [entries.index(commitment) // 256 for commitment, _ in own]


def test_a_receipt_that_comes_late_says_that_the_periods_between_were_full(db, data_folder):
    from schoolgate.apps.ledger.sealing import seal_period

    worlds.stage(600, BEGIN)
    own = worlds.stage(1, BEGIN + timedelta(seconds=900))
    for period in range(3):
        with at(BEGIN + timedelta(seconds=EVERY * (period + 1))):
            size = seal_period().size
    assert placed(own, size) == [2], "two periods took 255 acts each before this one's turn"


def test_who_can_fill_a_period_with_acts_of_their_own_counts_the_acts_of_others(db, data_folder):
    from schoolgate.apps.ledger.sealing import seal_period

    others = 41
    worlds.stage(others, BEGIN)
    flood = worlds.stage(255, BEGIN + timedelta(seconds=900))
    for period in range(2):
        with at(BEGIN + timedelta(seconds=EVERY * (period + 1))):
            size = seal_period().size
    assert placed(flood, size).count(1) == others, "as many as were pushed out: admitted, and nothing but room helps"


def test_a_promise_names_the_period_and_never_the_moment(db, data_folder):
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.ledger.receipts import promise_of

    worlds.stage(1, BEGIN + timedelta(seconds=3))
    worlds.stage(1, BEGIN + timedelta(seconds=3400))
    one, two = (promise_of(each).split("\n") for each in Opening.objects.order_by("happened_at"))
    different = [number for number, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
    assert different == [2, 6], "the commitment and the signature; the times are those of the period"
    assert one[3:5] == [f"made {int(BEGIN.timestamp())}", f"due {int(BEGIN.timestamp()) + EVERY + 86_400}"]


# The auditor and the administrator.


def test_the_auditor_reads_every_leaf_by_number_and_no_name(filed, sign_in):
    from schoolgate.apps.ledger.models import Checkpoint
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.apps.transparency.openings import opening_lines

    seal_period()
    head, *leaves = opening_lines(Checkpoint.objects.get())
    assert len(leaves) == 256
    kinds = [json.loads(json.loads(line)["record"])["kind"] for line in leaves]
    assert kinds.count("cover") < 256
    assert "refusal_sent" in kinds, "so the auditor knows how much of what happened when"
    page = sign_in("park").get("/acts/").content.decode()
    table = page.partition("<table")[2]
    for word in WORDS:
        assert word.encode() not in b"".join([head, *leaves]), word
        assert word not in table, word


def test_the_administrator_sees_of_the_log_what_the_public_sees(filed, sign_in):
    from schoolgate.apps.ledger.sealing import seal_period

    seal_period()
    admin, visitor = sign_in("admin"), sign_in("")
    for address in ("/acts/", "/acts/statement/", "/acts/destroy/"):
        assert admin.get(address).status_code == 404, address
    pages = []
    for client in (admin, visitor):
        page = client.get("/log/").content.decode().partition("<main")[2].partition("</main>")[0]
        pages.append(re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]*"', "", page))
    assert pages[0] == pages[1] != ""


# A thief of the database, without the keys and with them.


def rows_of(*, beginning):
    """Every value of every table whose name begins so, as bytes."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(beginning):
                cursor.execute(f'SELECT * FROM "{table}"')
                for value in (value for row in cursor.fetchall() for value in row):
                    yield bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def test_a_thief_of_the_database_reads_kinds_times_and_numbers_and_tells_acts_from_covers(filed):
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.ledger.sealing import seal_period

    seal_period()
    dump = b"\n".join(rows_of(beginning="ledger_"))
    for word in WORDS:
        assert word.encode() not in dump, word
    assert f"request:{filed.refused.pk}".encode() in dump
    assert b"refusal_sent" in dump
    # Every leaf opens, so the thief knows the volumes too.
    assert Opening.objects.exclude(kind="cover").count() < 256 == Opening.objects.count()
    for one in Opening.objects.all():
        tlog.open_commitment(bytes(one.commitment), one.record.encode(), bytes(one.randomness))


def test_a_thief_of_the_database_sees_by_whose_sign_in_an_act_was_done(filed):
    from schoolgate.apps.people.models import User

    opening = opening_about(f"request:{filed.refused.pk}", "refusal_sent")
    assert User.objects.get(pk=opening.actor_user).display_name == "Dana Whitfield", "names of sign-ins are in clear"


def test_a_thief_without_the_keys_cannot_tell_the_students_of_entries_apart(filed):
    from schoolgate.apps.ledger.keys import keys
    from schoolgate.apps.ledger.students import auditors_key

    dump = b"\n".join(rows_of(beginning=""))
    for secret in (auditors_key(), keys().blind_index):
        assert secret not in dump
        assert secret.hex().encode() not in dump


def test_a_thief_of_the_keys_too_reads_names_and_signs_but_not_for_the_witnesses(filed, cast):
    from schoolgate.apps.ledger.keys import keys
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.apps.people.directory import open_names

    child = cast.students["marisol"]
    assert open_names([child])[child].full.startswith("Marisol")
    seal_period()
    # With the signing key another past can be signed; only who has seen the first one knows.
    frontier = tlog.Frontier().extended_by_entries(logs.entries_of(256))
    other = tlog.Checkpoint(own_key().name, 256, frontier.root)
    forged = tlog.sign_checkpoint(other, *keys().signing_keys)
    assert tlog.open_checkpoint(forged, own_key()).checkpoint == other
    with pytest.raises(tlog.NoteError):
        tlog.open_note(forged, [watchers.WITNESS_KEY.verifying_key])


def test_a_destroyed_opening_leaves_a_valid_tree_and_a_leaf_that_nobody_opens(real_transactions, settings, tmp_path):
    from schoolgate.apps.ledger.models import Checkpoint, Opening
    from schoolgate.apps.ledger.sealing import check_consistency, seal_period
    from schoolgate.apps.ledger.tiles import entries_between
    from schoolgate.apps.transparency.openings import opening_lines
    from schoolgate.apps.transparency.services import destroy_opening
    from schoolgate.demonstration.cast import open_demonstration

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    seal_period()
    # Of a student whom no other entry names.
    added = Opening.objects.filter(kind="student_added")
    opening = next(one for one in added if Opening.objects.filter(record__contains=one.subject).count() == 1)
    entry, commitment, randomness, subject = (
        opening.pk,
        bytes(opening.commitment),
        bytes(opening.randomness),
        opening.subject,
    )
    index = list(entries_between(0, 256)).index(commitment)
    destroy_opening(actor=cast.actor("raman"), entry=entry, authority="603_cmr_23_06", reason="time_over")
    assert check_consistency().size == 256
    assert commitment in entries_between(0, 256), "the leaf stays"
    dump = b"\n".join(rows_of(beginning="ledger_"))
    assert randomness not in dump
    assert f'"{subject}"'.encode() not in dump
    # What is known of it afterwards: its kind and when and why it was destroyed, to whoever opens that act.
    [act] = Opening.objects.filter(kind="opening_destroyed")
    assert json.loads(act.record)["facts"]["kind"] == "student_added"
    leaf = json.loads(list(opening_lines(Checkpoint.objects.get()))[index + 1])
    assert leaf == {"index": index, "destroyed_by": str(act.pk)}
    if connection.vendor == "sqlite":
        # Nor in the bytes of the file, where deleted rows would lie until they are written over.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path = Path(str(connection.settings_dict["NAME"]))
        files = [one.read_bytes() for one in path.parent.glob(f"{path.name}*")]
        assert files
        assert not any(randomness in data for data in files)
        assert any(commitment in data for data in files)


# Witnesses, monitors, mirrors.


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    body: bytes


def test_a_witness_is_shown_a_checkpoint_and_hashes_that_anybody_computes(db, data_folder, settings, tmp_path):
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.apps.ledger.witnessing import collect_cosignatures

    witness, shown = watchers.witness_of(tmp_path / "witness"), []
    key = watchers.WITNESS_KEY.verifying_key.text
    settings.LOG_POLICY = tmp_path / "log-policy"
    settings.LOG_POLICY.write_text(
        f"log {own_key().text}\nwitness newspaper {key} https://witness.example\nquorum newspaper\n", encoding="utf-8"
    )

    def ask(address, body):
        shown.append(body)
        answer = witness.add_checkpoint(body)
        return Reply(answer.status, answer.content_type, answer.body.encode())

    bundles, notes = [], []
    for volume in (0, 100):
        worlds.stage(volume, now())
        seal_period()
        folder = publish()
        notes.append((folder / "checkpoint").read_text(encoding="utf-8"))
        bundles += tlog.parse_bundle((folder / f"tile/entries/00{len(notes) - 1}").read_bytes(), 256)
        [asked] = collect_cosignatures(ask)
        assert not asked.problem
    proof = tlog.consistency_proof(256, 512, tlog.MemoryTree(bundles))
    expected = [tlog.Submission(0, (), notes[0]), tlog.Submission(256, tuple(proof), notes[1])]
    assert shown == [one.body for one in expected], "nothing that is not published"


def test_verifying_receipts_and_folders_asks_nobody(socket_disabled, tmp_path):
    record = tlog.canonical({"kind": "copy_released"})
    entries = [*logs.entries_of(255), tlog.commit(record, bytes(32))]
    note = logs.publish(tmp_path, entries)
    receipt = tlog.make_receipt(
        index=255,
        checkpoint=note,
        chain=logs.CHAIN,
        nodes=tlog.MemoryTree(entries),
        record=record,
        randomness=bytes(32),
    )
    assert tlog.verify_receipt(receipt, logs.VKEY).valid
    assert tlog.verify_folder(tmp_path, logs.VKEY).valid
