"""Two signers, and what is gone afterwards."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from schoolgate.apps.access.moment import at, now
from schoolgate.apps.incidents.body import Body
from schoolgate.apps.incidents.models import Draft, Participant, ReportVersion
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.incidents.services import save_draft
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.services import SignIn, add_person
from schoolgate.apps.releases.models import Release
from schoolgate.apps.retention.destroying import carry_out, carry_out_signed
from schoolgate.apps.retention.models import Certificate, Item, Proposal
from schoolgate.apps.retention.schedule import all_schedules
from schoolgate.apps.retention.sealed import KEPT, OF_INCIDENT, OF_REPORT, OF_STUDENT
from schoolgate.apps.retention.selectors import preview, what_became
from schoolgate.apps.retention.services import certify, families_told, outcome_digest, propose, sign, withdraw
from schoolgate.demonstration import story
from schoolgate.engines.vault import VaultError
from support.destroying import keys_of_report
from support.seen import left_on_condition

pytestmark = pytest.mark.django_db


def second_signature(counsel, proposal):
    return sign(actor=counsel, proposal=proposal, seen=proposal.digest)


def test_every_sealed_column_is_destroyed_with_a_report_or_named_as_kept():
    """A new one that is named nowhere would outlive its record: say in `retention/sealed.py` what becomes of it."""
    named = {one.model for one in (*OF_REPORT, *OF_INCIDENT, *OF_STUDENT)}
    assert not named & set(KEPT)
    sealed = {}
    for model in apps.get_models():
        columns = {
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.BinaryField)
            and ("sealed" in field.name or field.name.endswith(("wrapped", "_key")))
        }
        # A digest by which a feed's row is found again.
        columns.discard("feed_key")
        if columns:
            sealed[model._meta.label_lower] = columns
    assert set(sealed) == named | set(KEPT)
    for one in (*OF_REPORT, *OF_INCIDENT, *OF_STUDENT):
        assert {column for pair in one.columns for column in pair} == sealed[one.model], one.model


def test_two_sign_and_the_record_is_gone(officer, counsel, old, proposed):
    there = list(keys_of_report(old))
    assert there
    assert unsealed(old).body.narrative
    certificate = carry_out(second_signature(counsel, proposed))
    assert certificate is not None
    assert (certificate.destroyed, certificate.spared, certificate.keys) == (1, 0, len(there))
    assert certificate.epochs == [keys().provider.current_epoch()]
    assert not list(keys_of_report(old))
    version = ReportVersion.objects.get(report=old)
    assert (bytes(version.wrapped_key), bytes(version.sealed)) == (b"", b"")
    with pytest.raises(VaultError):
        unsealed(old)
    assert what_became(old.pk).proposal == proposed


def test_who_took_part_is_cut_and_what_proves_the_release_stays(cast, officer, counsel, five_years, today):
    with at(now() - timedelta(days=6 * 366)):
        report = story.file_the_report(cast)
    release = left_on_condition(cast, report)
    sha256, opened = release.sha256, Opening.objects.filter(subject=f"report:{report.pk}").count()
    seen = preview(officer, five_years, today)
    made = propose(actor=officer, series=five_years, day=today, seen=seen.digest)
    families_told(actor=officer, proposal=made, on=today - timedelta(days=31))
    carry_out(second_signature(counsel, made))
    release = Release.objects.get(pk=release.pk)
    assert (release.sha256, bytes(release.sealed_copy), bytes(release.wrapped_key)) == (sha256, b"", b"")
    assert Opening.objects.filter(subject=f"report:{report.pk}").count() == opened
    assert not Participant.objects.filter(incident=report.incident).exclude(student=None, staff=None).exists()


def test_an_incident_keeps_its_people_while_another_report_of_it_lives(cast, officer, counsel, old, proposed):
    from schoolgate.apps.incidents.models import Report
    from schoolgate.apps.incidents.services import add_version

    other = Report.objects.create(
        number="R-OTHER11", incident=old.incident, kind=old.kind, filed_by=old.filed_by, filed_at=now()
    )
    add_version(other, unsealed(old).body, signed_by=old.filed_by)
    carry_out(second_signature(counsel, proposed))
    assert Participant.objects.filter(incident=old.incident, student__isnull=False).count() == 2
    assert unsealed(other).body.narrative


def test_the_same_person_never_signs_twice(officer, proposed):
    with pytest.raises(NotAllowed):
        second_signature(officer, proposed)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposed.pk).update(signed_by=officer.user_id)


def test_a_second_records_officer_may_sign(cast, officer, proposed):
    from schoolgate.apps.access.actors import SYSTEM, Role
    from schoolgate.apps.people.directory import Name
    from schoolgate.apps.people.selectors import actor_for

    second = add_person(
        actor=SYSTEM,
        role=Role.RECORDS_OFFICER,
        name=Name("Ana Lima"),
        sign_in=SignIn("lima", "a password of hers"),
        starts=(now() - timedelta(days=9)).date(),
    )
    assert second_signature(actor_for(second), proposed).signed_by == second


def test_only_the_records_officer_proposes_and_only_the_office_signs(
    cast, *, counsel, five_years, old, proposed, today
):
    with pytest.raises(NotAllowed):
        propose(actor=counsel, series=five_years, day=today, seen="")
    for username in ("abreu", "okafor", "aguilar", "doyle", "park", "admin"):
        with pytest.raises(NotAllowed):
            second_signature(cast.actor(username), proposed)
        with pytest.raises(NotAllowed):
            withdraw(actor=cast.actor(username), proposal=proposed)


def test_what_was_not_read_is_not_proposed_or_signed(officer, counsel, five_years, old, today):
    with pytest.raises(Impossible, match="changed since"):
        propose(actor=officer, series=five_years, day=today, seen="0" * 64)
    with pytest.raises(Impossible, match="has not come"):
        propose(actor=officer, series=five_years, day=today + timedelta(days=1), seen="")
    seen = preview(officer, five_years, today)
    made = propose(actor=officer, series=five_years, day=today, seen=seen.digest)
    families_told(actor=officer, proposal=made, on=today - timedelta(days=30))
    with pytest.raises(Impossible, match="another than"):
        sign(actor=counsel, proposal=made, seen="0" * 64)
    with pytest.raises(Impossible, match="Nothing of this series"):
        propose(actor=officer, series=five_years, day=today, seen=seen.digest)


def test_the_families_are_told_a_month_before(officer, counsel, five_years, old, today):
    made = propose(actor=officer, series=five_years, day=today, seen=preview(officer, five_years, today).digest)
    with pytest.raises(Impossible, match="have not been told"):
        second_signature(counsel, made)
    with pytest.raises(Impossible, match="future"):
        families_told(actor=officer, proposal=made, on=today + timedelta(days=1))
    families_told(actor=officer, proposal=made, on=today - timedelta(days=29))
    with pytest.raises(Impossible, match="can be signed from"):
        second_signature(counsel, made)
    with at(now() + timedelta(days=1)):
        second_signature(counsel, made)


def test_a_hold_placed_after_both_signatures_still_spares(counsel, old, proposed, hold):
    second_signature(counsel, proposed)
    hold(report=old)
    certificate = carry_out(proposed)
    assert (certificate.destroyed, certificate.spared, certificate.epochs) == (0, 1, [])
    assert Item.objects.get().spared == "litigation"
    assert unsealed(old).body.narrative


def test_nothing_is_destroyed_before_the_second_signature_or_after_a_withdrawal(officer, counsel, old, proposed):
    assert carry_out(proposed) is None
    withdraw(actor=officer, proposal=proposed)
    assert carry_out(proposed) is None
    assert carry_out_signed() == []
    with pytest.raises(Impossible, match="withdrawn"):
        second_signature(counsel, proposed)
    assert unsealed(old).body.narrative
    assert not Certificate.objects.exists()


def test_what_was_withdrawn_can_be_proposed_again(officer, five_years, old, proposed, today):
    assert preview(officer, five_years, today).held == {"proposed": 1}
    withdraw(actor=officer, proposal=proposed)
    assert preview(officer, five_years, today).free == 1


def test_the_log_has_the_certificate_and_no_name(officer, counsel, old, proposed):
    certificate = carry_out(second_signature(counsel, proposed))
    entry = Opening.objects.get(kind=Kind.DESTRUCTION_CERTIFIED)
    assert certificate.digest in entry.record
    assert certificate.digest == outcome_digest(list(proposed.items.all()))
    assert certificate.number in entry.record
    for word in ("Marisol", "Kevin", "Aguilar"):
        assert word not in "".join(Opening.objects.values_list("record", flat=True))


def test_nothing_is_certified_while_a_record_waits(counsel, proposed):
    second_signature(counsel, proposed)
    with pytest.raises(Impossible, match="wait for their turn"):
        certify(actor=counsel, proposal=proposed)


def test_the_worker_goes_on_where_a_page_stopped(cast, officer, counsel, five_years, today):
    with at(now() - timedelta(days=6 * 366)):
        reports = [story.file_the_report(cast) for _ in range(3)]
    seen = preview(officer, five_years, today)
    made = propose(actor=officer, series=five_years, day=today, seen=seen.digest)
    families_told(actor=officer, proposal=made, on=today - timedelta(days=31))
    assert carry_out(second_signature(counsel, made), most=1) is None
    assert sum(what_became(one.pk) is not None for one in reports) == 1
    (certificate,) = carry_out_signed()
    assert certificate.destroyed == 3
    assert carry_out_signed() == []


def test_a_draft_is_deleted_and_one_that_was_signed_meanwhile_is_left_alone(cast, officer, counsel, today):
    series = all_schedules()["unsigned_drafts"]
    with at(now() - timedelta(days=366)):
        drafts = [save_draft(actor=cast.actor("abreu"), body=Body(narrative=f"@P1 ran {n}.")) for n in range(2)]
    seen = preview(officer, series, today)
    made = propose(actor=officer, series=series, day=today, seen=seen.digest)
    second_signature(counsel, made)
    drafts[0].delete()
    certificate = carry_out(made)
    assert (certificate.destroyed, certificate.spared, certificate.keys) == (1, 1, 1)
    assert not Draft.objects.exists()
