"""The walk from one wrapping key to the next: nothing is left behind, nothing comes back, and the receipt says so."""

import ast
import re
import shutil
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM
from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.agencies.documents import Paper, keep_document
from schoolgate.apps.incidents.body import Body
from schoolgate.apps.incidents.models import Incident, OrderKind, Report
from schoolgate.apps.incidents.order_services import enter_order, open_sealed
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.incidents.services import save_draft
from schoolgate.apps.incidents.words import seal_words
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.ledger.subscribers import _noted
from schoolgate.apps.people.signing_in.secrets import SealedSecrets
from schoolgate.apps.redactions.pages import read_pages
from schoolgate.apps.redactions.services import add_attachment
from schoolgate.apps.retention import wrapped
from schoolgate.apps.retention.destroying import carry_out
from schoolgate.apps.retention.epoch_services import end_epoch, enter_rewrapping, start_next_epoch
from schoolgate.apps.retention.epochs import copies_of, problems, under
from schoolgate.apps.retention.models import Certificate, Item, WrappingKey
from schoolgate.apps.retention.services import sign
from schoolgate.apps.retention.wrapped import WrappedColumn, holds_a_key, rewrap, stored_keys, wrapped_columns
from schoolgate.demonstration import story
from schoolgate.engines.vault import (
    EpochInUseError,
    EpochReceipt,
    KeyMissingError,
    Shredded,
    Vault,
    WrappedKey,
    epochs_of,
)
from support.seen import left_on_condition

pytestmark = pytest.mark.django_db
APPS = Path(wrapped.__file__).parents[1]
PROGRAM = Path(__file__).parents[2] / "engines" / "vault" / "key_program.py"
HOUR = timedelta(hours=1)

# Columns of bytes that are neither a wrapped key nor what one opens.
DIGESTS = {
    "address_index", "answer", "code_hash", "commitment", "data", "document", "feed_key", "feed_mark",
    "identifier_index", "mark", "name_index", "network", "number_index", "peaks", "randomness", "root", "source_index",
    "token_hash", "typed_name",
}  # fmt: skip


def test_every_column_of_bytes_is_walked_or_known_to_hold_no_key():
    """A new one that is neither: name it as a key is named, or say here what it is."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.BinaryField):
                sealed = field.name.startswith("sealed") or field.name == "feed_sealed"
                assert holds_a_key(field) ^ (sealed or field.name in DIGESTS), f"{model._meta.label}.{field.name}"
    assert WrappedColumn("schools.namekey", "wrapped") in wrapped_columns()
    assert WrappedColumn("people.factorsecret", "wrapped_key") in wrapped_columns()


def places_in_the_code():
    """What every call of `context(table, pk, field, version)` in the apps is given: the table and the rest as text."""
    for path in APPS.rglob("*.py"):
        if path.name == "wrapped.py" or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "context":
                table, pk, _, *version = node.args
                yield f"{path.name}:{node.lineno}", ast.unparse(table), ast.unparse(pk), version


def test_each_place_a_key_is_made_for_is_the_one_that_the_walk_binds():
    tables = {wrapped._TABLES.get(one.model, one.model) for one in wrapped_columns()}
    found = list(places_in_the_code())
    named = {table.strip("'") for _, table, _, _ in found if table.startswith("'")}
    assert named <= tables, "made for a table that the walk does not know by that name"
    # The incident's and its participants' own label, in one call; the directory's keys by `Context` itself.
    assert tables - named == {"incidents.incident", "incidents.participant", "schools.namekey"}
    for where, table, pk, version in found:
        known = table.strip("'")
        if pk.startswith("f"):
            template = re.sub(r"^f'\{\w+\.pk\}", "{pk}", pk).rstrip("'").replace("{what}", "page")
            said = {text for (model, _), text in wrapped._PLACES.items() if model == known}
            assert template in said, f"{where}: say it in wrapped._PLACES"
        else:
            assert re.fullmatch(r"(\w+\.)?(pk|id|identity|key_id)", pk), f"{where}: another key than the row's own"
        assert not version or known in wrapped._VERSIONS, f"{where}: say it in wrapped._VERSIONS"


# Words that only sealed columns hold, each in one way or another of the world below.
SEALED_WORDS = (
    "Marisol Aguilar", "Eagle Hill", "zephyrhollow", "Quernmore", "for the appeal of Pettigrew", "docket 26-1417",
    "brindlewick", "oatmeal secret", "rui@example.org", "thornbury pages", "willowmere note",
)  # fmt: skip


def everything_stored(var):
    """Every value of every table, and every file of the data folder but the keys."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    yield table, bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
    for path in var.rglob("*"):
        if path.is_file() and "keys" not in path.relative_to(var).parts:
            yield str(path), path.read_bytes()


@pytest.fixture
def own_keys(settings, tmp_path, cast):
    """A key folder of this test's own: what is remembered for other tests stays under theirs."""
    shutil.copytree(settings.KEYS, tmp_path / "keys")
    settings.KEYS = tmp_path / "keys"
    return settings


@pytest.fixture
def world(own_keys, cast, proposed, hold):
    """A record that two people signed away, and one at least in most columns that hold keys."""
    actor, counsel, officer = cast.actor("abreu"), cast.actor("raman"), cast.actor("whitfield")
    report = story.file_the_report(cast)
    left_on_condition(cast, report)
    other = story.file_the_report(cast)
    save_draft(actor=actor, body=Body(narrative="@P1 ran to zephyrhollow."))
    enter_order(actor=officer, report=other, kind=OrderKind.SEAL, dated_on=today(), court="Quernmore", docket="1")
    open_sealed(actor=counsel, report=Report.objects.get(pk=other.pk), reason="for the appeal of Pettigrew")
    hold(report=report)
    incident = Incident.objects.get(pk=report.incident_id)
    for row in (incident, incident.participants.all()[0]):
        seal_words(row, {"text": "brindlewick, said the feed"})
        row.save()
    read_pages(add_attachment(actor=actor, report=report, content=b"A willowmere note about @P1."))
    SealedSecrets().encrypt("an oatmeal secret")
    _noted("rui@example.org", "https://example.org/")
    keep_document(Paper("An agreement", b"%PDF-1.4 thornbury pages"), added_by=None)
    sign(actor=counsel, proposal=proposed, seen=proposed.digest)
    return report


def all_stored():
    return {str(one.row): one for one in stored_keys()}


def open_all(stored):
    """Unwrap them all, with one call to the provider."""
    page = [(key := WrappedKey.from_bytes(one.data), one.context.at(key.group or "key")) for one in stored]
    return Vault(keys().provider).rewrap_page(page)


@pytest.mark.parametrize("kept_by", ["file", "command"])
def test_from_one_key_to_the_next(kept_by, *, world, proposed, own_keys, tmp_path, sign_in):
    if kept_by == "command":
        # The program's keys are files of the same bytes.
        shutil.copytree(own_keys.KEYS / "kek", tmp_path / "program")
        own_keys.KEY_PROVIDER = f"command:{sys.executable} {PROGRAM} {tmp_path / 'program'}"
    first = keys().provider.current_epoch()
    before = all_stored()
    assert {key.row.column for key in before.values()} >= {
        WrappedColumn(model, column)
        for model, column in (
            ("schools.namekey", "wrapped"),
            ("incidents.reportversion", "wrapped_key"),
            ("incidents.incident", "feed_wrapped_key"),
            ("people.factorsecret", "wrapped_key"),
            ("ledger.subscription", "wrapped_key"),
            ("agencies.sourcedocument", "wrapped_key"),
            ("releases.markkey", "wrapped_key"),
            ("retention.hold", "wrapped_key"),
            ("redactions.attachmentpage", "wrapped_key"),
            ("redactions.attachmentpage", "boxes_key"),
        )
    }
    for where, value in everything_stored(own_keys.VAR):
        for word in SEALED_WORDS:
            assert word.encode() not in value, (where, word)
    certificate = carry_out(proposed)
    gone = Item.objects.get(proposal=proposed)
    assert len(gone.shredded) == certificate.keys == len(before) - len(all_stored())
    assert copies_of(certificate.epochs).left == (first,)

    second = start_next_epoch(actor=SYSTEM)
    with pytest.raises(EpochInUseError), at(now() + HOUR):
        end_epoch(actor=SYSTEM, name=first)
    walked = rewrap()
    enter_rewrapping(actor=SYSTEM, walked=walked)
    assert (walked.epoch, walked.rewrapped, walked.stuck, walked.changed) == (second.name, len(all_stored()), 0, 0)
    assert rewrap().rewrapped == 0, "a second walk finds nothing to do"
    assert set(under()) == {second.name}
    with pytest.raises(Impossible, match="may still be storing"):
        end_epoch(actor=SYSTEM, name=first)
    page = reverse("retention:certificate", args=[proposed.pk])
    assert "Not yet gone" in sign_in("raman").get(page).text
    with at(now() + HOUR):
        ended = end_epoch(actor=SYSTEM, name=first)

    after = all_stored()
    assert len(open_all(after.values())) == walked.seen
    assert unsealed(world).body.narrative
    assert set(after) < set(before)
    for one in before.values():
        assert epochs_of(one.data) == {first}
    with pytest.raises(KeyMissingError):
        open_all(before.values())
    receipt = EpochReceipt.from_json(ended.receipt)
    assert receipt.digest() == ended.digest
    assert receipt.ends(Shredded(tuple(gone.shredded), gone.epochs[0]))
    assert ended.digest in Opening.objects.get(kind=Kind.WRAPPING_KEY_ENDED).record
    said = copies_of(certificate.epochs)
    assert (said.gone, said.ended) == (True, ended)
    shown = sign_in("raman").get(page).text
    assert "no backup, no replica" in shown
    assert ended.digest in shown
    assert problems() == []
    with pytest.raises(Impossible, match="was destroyed on"):
        end_epoch(actor=SYSTEM, name=first)


def test_a_walk_leaves_alone_what_changed_meanwhile_and_names_what_it_cannot_wrap(world, monkeypatch):
    """A record destroyed between the read of a page and its saving stays destroyed."""
    start_next_epoch(actor=SYSTEM)
    version = unsealed(world).version
    draft = next(one for one in stored_keys() if one.row.column.model == "incidents.draft")
    swapped = next(one for one in stored_keys() if one.row.column.model == "retention.hold")
    swapped.row.column.table.objects.filter(pk=swapped.row.pk).update(wrapped_key=draft.data)
    save = wrapped._save

    def destroyed_first(page, epoch):
        type(version).objects.filter(pk=version.pk).update(wrapped_key=b"")
        return save(page, epoch)

    monkeypatch.setattr(wrapped, "_save", destroyed_first)
    stuck = []
    walked = rewrap(tell=stuck.append)
    version.refresh_from_db()
    assert bytes(version.wrapped_key) == b""
    assert walked.changed == 1
    assert [one.row for one in stuck] == [swapped.row]
    older = min(keys().provider.epochs())
    with pytest.raises(EpochInUseError), at(now() + HOUR):
        end_epoch(actor=SYSTEM, name=older)
    assert older in keys().provider.epochs()


def test_a_change_that_was_cut_off_is_entered_by_the_next_run(own_keys, cast):
    """Killed between the provider and the entry: nothing is done twice, and the doctor says what lacks."""
    first = keys().provider.current_epoch()
    with pytest.raises(NotAllowed):
        start_next_epoch(actor=cast.actor("raman"))
    assert problems() == []
    keys().provider.start_epoch("kek-2099-01")
    second = start_next_epoch(actor=SYSTEM)
    assert second.name == "kek-2099-01"
    rewrap()
    keys().provider.destroy_epoch(first)
    assert any(f"end-epoch {first}" in one for one in problems())
    with at(now() + HOUR):
        ended = end_epoch(actor=SYSTEM, name=first)
    assert EpochReceipt.from_json(ended.receipt).seen_gone
    assert problems() == []
    third = start_next_epoch(actor=SYSTEM)
    assert third.name == "kek-2099-02"
    assert start_next_epoch(actor=SYSTEM).name == "kek-2099-03"
    keys().provider.destroy_epoch(second.name)
    assert any("stored keys stand under it" in one for one in problems())
    assert WrappingKey.objects.count() == 4


def test_a_key_is_gone_when_every_earlier_one_is(own_keys, cast):
    provider = keys().provider
    first = provider.current_epoch()
    second, third = start_next_epoch(actor=SYSTEM), start_next_epoch(actor=SYSTEM)
    rewrap()
    shredded = Certificate(epochs=[second.name])
    with at(now() + HOUR):
        end_epoch(actor=SYSTEM, name=second.name)
        half = copies_of(shredded.epochs)
        assert (half.left, half.gone) == ((first,), False)
        ended = end_epoch(actor=SYSTEM, name=first)
    said = copies_of(shredded.epochs)
    assert (said.gone, said.ended) == (True, ended)
    assert provider.epochs() == (third.name,)
    provider.start_epoch(third.name)
    (own_keys.KEYS / "kek" / first).write_bytes(bytes(32))
    (own_keys.KEYS / "kek" / first).chmod(0o600)
    assert not copies_of(shredded.epochs).gone, "a copy of the key folder brought it back"
    assert any("is there again" in one for one in problems())
    assert copies_of(["unknown"]).known is False
