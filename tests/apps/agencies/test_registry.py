"""Acts of the registry: agencies and agreements are entered, ended, amended and corrected, and nothing is lost."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from schoolgate.apps.access.actors import Role
from schoolgate.apps.agencies import services
from schoolgate.apps.agencies.models import Agency, Agreement, Change
from schoolgate.apps.agencies.selectors import broke_a_condition, network
from schoolgate.apps.agencies.services import Entry
from schoolgate.apps.agencies.signals import network_changed
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening

pytestmark = pytest.mark.django_db

EVERY_ACT = (
    services.add_agency,
    services.correct_agency,
    services.add_agreement,
    services.end_agreement,
    services.amend_agreement,
    services.correct_agreement,
    services.store_document,
)


@pytest.fixture
def officer(cast):
    return cast.actor("whitfield")


@pytest.fixture
def unit(cast):
    # Here its first day is known and nobody has read the rest.
    one = Agreement.objects.get(slug="boston-police-bric")
    one.starts, one.kinds, one.purposes, one.onward, one.onward_to = date(2005, 1, 1), None, None, "yes", []
    one.save()
    return one


def newest():
    """What the ledger says of the last act."""
    return json.loads(Opening.objects.order_by("-happened_at").first().record)


@pytest.mark.parametrize("acting", EVERY_ACT, ids=lambda one: one.__name__)
def test_only_keepers_write_the_registry(acting):
    assert acting.act_roles == {Role.RECORDS_OFFICER, Role.COUNSEL, Role.ADMINISTRATOR}


def test_a_teacher_may_not(cast, terms):
    with pytest.raises(NotAllowed):
        services.add_agreement(
            actor=cast.actor("abreu"), giver=cast.agencies["bric"], receiver=cast.agencies["dcf"], terms=terms()
        )


def test_an_agency_is_entered_with_what_tells_it_apart(officer):
    entry = Entry("Salem Police Department", "local_police", state="ma", county="Essex County", ori="ma0053500")
    made = services.add_agency(actor=officer, name=entry.name, kind=entry.kind, entry=entry)
    made.refresh_from_db()
    assert (made.slug, made.state, made.ori) == ("salem-police-department", "MA", "MA0053500")
    assert newest()["facts"] == {"kind": "local_police", "form": "agency"}, "no name in the ledger"


def test_two_agencies_of_one_name_have_two_short_names(officer):
    made = [services.add_agency(actor=officer, name="Salem Police", kind="local_police") for _ in range(3)]
    assert [one.slug for one in made] == ["salem-police", "salem-police-2", "salem-police-3"]


@pytest.mark.parametrize("name", ["Add", "What if", "Names", "Import"])
def test_no_agency_hides_a_page(name, officer):
    assert services.add_agency(actor=officer, name=name, kind="contractor").slug.endswith("-2")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "  "}, "needs a name"),
        ({"kind": ""}, "needs a name and a kind"),
        ({"state": "Mass"}, "not two letters"),
        ({"state": "M1"}, "not two letters"),
        ({"ori": "MA00535"}, "not nine letters"),
        ({"form": "club"}, "none of agency"),
    ],
)
def test_what_cannot_be_an_agency_is_refused(wrong, said, officer):
    entry = Entry(**({"name": "Salem Police", "kind": "local_police"} | wrong))
    with pytest.raises(Impossible, match=said):
        services.add_agency(actor=officer, name=entry.name, kind=entry.kind, entry=entry)
    assert not Agency.objects.filter(name__startswith="Salem").exists()


def test_a_short_name_is_taken_once(officer):
    with pytest.raises(Impossible, match="already"):
        services.add_agency(actor=officer, slug="bric", name="Another", kind="fusion_center")


def test_a_unit_is_no_part_of_itself(cast, officer):
    police, center = cast.agencies["boston-police"], cast.agencies["dhs-analyst"]
    services.correct_agency(
        actor=officer, agency=center, entry=Entry(center.name, center.kind, form="unit", part_of=police)
    )
    with pytest.raises(Impossible, match="part of itself"):
        services.correct_agency(actor=officer, agency=police, entry=Entry(police.name, police.kind, part_of=center))
    assert newest()["facts"] == {"changed": ["form", "notes", "part_of"]}
    assert network().agency("dhs-analyst").part_of == "boston-police"


def test_an_agreement_is_signed_with_its_paper(cast, officer, terms, pdf):
    from schoolgate.apps.agencies.documents import Paper

    made = services.add_agreement(
        actor=officer,
        giver=cast.agencies["bric"],
        receiver=cast.agencies["dcf"],
        terms=terms(kinds=("incident_report",), onward="only", onward_to=("ice", "kind:prosecutor"), clause="4(b)"),
        paper=Paper("Memorandum", pdf),
    )
    found = network().agreement(made.slug)
    assert found.kinds == {"incident_report"}
    assert found.purposes is None, "nobody said"
    assert found.onward_to == {"ice", "kind:prosecutor"}
    assert found.document == made.document.sha256
    assert found.entered_by == str(cast.users["whitfield"].pk)
    facts = newest()["facts"]
    assert facts["document"] == made.document.sha256
    assert "Memorandum" not in json.dumps(facts), "ids, codes, dates and digests only"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "needs a title"),
        ({"source": " "}, "needs a title, and a source"),
        ({"ends": date(2019, 12, 31)}, "before it begins"),
        ({"status": "rumoured"}, "none of"),
        ({"onward": "perhaps"}, "none of"),
        ({"basis": "handshake"}, "none of"),
        ({"onward": "only"}, "Name who"),
        ({"onward": "yes", "onward_to": ("ice",)}, "Name who"),
        ({"onward": "only", "onward_to": ("nobody",)}, "called nobody"),
        ({"onward": "only", "onward_to": ("kind:nothing",)}, "called kind:nothing"),
        ({"title": "x" * 201}, "longer than 200"),
        ({"status": "observed"}, "recorded as one"),
    ],
)
def test_what_cannot_be_an_agreement_is_refused_whole(wrong, said, cast, officer, terms):
    before = Agreement.objects.count()
    with pytest.raises(Impossible, match=said):
        services.add_agreement(
            actor=officer, giver=cast.agencies["bric"], receiver=cast.agencies["dcf"], terms=terms(**wrong)
        )
    assert Agreement.objects.count() == before


def test_an_agreement_joins_two(cast, officer, terms):
    with pytest.raises(Impossible, match="both sides"):
        services.add_agreement(
            actor=officer, giver=cast.agencies["bric"], receiver=cast.agencies["bric"], terms=terms()
        )


def test_an_agreement_ends_once_and_never_later(officer, unit):
    services.end_agreement(actor=officer, agreement=unit, last_day=date(2026, 12, 31), reason="The mayor left it.")
    with pytest.raises(Impossible, match="already"):
        services.end_agreement(actor=officer, agreement=unit, last_day=date(2027, 1, 1), reason="Longer.")
    services.end_agreement(actor=officer, agreement=unit, last_day=date(2026, 12, 1), reason="Sooner.")
    assert network().agreement(unit.slug).end == date(2026, 12, 1)
    assert [(one.reason, one.before) for one in unit.changes.all()] == [
        ("Sooner.", {"ends": "2026-12-31"}),
        ("The mayor left it.", {"ends": None}),
    ]
    assert newest()["facts"] == {"last_day": "2026-12-01"}, "the reason is for the office, not for the ledger"


def test_an_agreement_does_not_end_before_it_began(officer, unit):
    with pytest.raises(Impossible, match="It began on"):
        services.end_agreement(actor=officer, agreement=unit, last_day=date(2004, 12, 31), reason="Never.")


def test_nothing_is_changed_without_a_reason(officer, unit):
    with pytest.raises(Impossible, match="Say why"):
        services.end_agreement(actor=officer, agreement=unit, last_day=date(2026, 12, 31), reason=" ")
    unit.refresh_from_db()
    assert unit.ends is None
    assert not Change.objects.exists()


def test_an_amendment_lets_the_past_stand(cast, officer, unit, terms):
    day = date(2026, 6, 1)
    new = services.amend_agreement(
        actor=officer, agreement=unit, from_day=day, terms=terms(onward="no"), reason="A new memorandum."
    )
    unit.refresh_from_db()
    assert unit.ends == day - timedelta(days=1)
    assert (new.starts, new.replaces, new.onward) == (day, unit, "no")
    assert (new.giver, new.receiver) == (unit.giver, unit.receiver)
    assert newest()["facts"]["replaces"] == str(unit.pk)


@pytest.mark.parametrize(("day", "said"), [(date(2005, 1, 1), "begins later"), (date(2004, 1, 1), "begins later")])
def test_an_amendment_begins_after_what_it_amends(day, said, officer, unit, terms):
    with pytest.raises(Impossible, match=said):
        services.amend_agreement(actor=officer, agreement=unit, from_day=day, terms=terms(), reason="So it was.")


def test_what_ended_is_not_amended(officer, terms):
    ended = Agreement.objects.get(slug="safety-services-boston-police")
    with pytest.raises(Impossible, match="It ended on"):
        services.amend_agreement(
            actor=officer, agreement=ended, from_day=date(2022, 1, 1), terms=terms(), reason="Again."
        )
    ended.refresh_from_db()
    assert ended.ends == date(2021, 11, 19)


def test_a_correction_keeps_what_stood_there(officer, unit):
    from dataclasses import replace

    from schoolgate.apps.agencies.terms import Terms

    right = replace(Terms.of(unit), onward="no", kinds=("incident_report",))
    services.correct_agreement(actor=officer, agreement=unit, terms=right, reason="The paper says so.")
    (change,) = unit.changes.all()
    assert change.before == {"onward": "yes", "kinds": None}
    assert network().agreement(unit.slug).onward == "no"
    assert newest()["facts"]["changed"] == ["kinds", "onward"]


def test_a_transfer_does_not_become_an_agreement(officer, seen_transfer, terms):
    with pytest.raises(Impossible, match="stays one"):
        services.correct_agreement(actor=officer, agreement=seen_transfer, terms=terms(), reason="Nicer so.")


def test_terms_are_read_back_as_they_were_written(unit, cast, officer, terms):
    from schoolgate.apps.agencies.terms import Terms

    said = terms(onward="only", onward_to=("ice",), kinds=("incident_report",), purposes=("law_enforcement",))
    made = services.add_agreement(actor=officer, giver=cast.agencies["bric"], receiver=cast.agencies["dcf"], terms=said)
    made.refresh_from_db()
    assert Terms.of(made) == said


def test_those_who_listen_hear_of_every_change_once_it_stands(officer, unit, terms, django_capture_on_commit_callbacks):
    heard = []
    network_changed.connect(lambda **_: heard.append(True), weak=False, dispatch_uid="test")
    try:
        with django_capture_on_commit_callbacks(execute=True):
            services.end_agreement(actor=officer, agreement=unit, last_day=date(2027, 1, 1), reason="So it is.")
            assert not heard, "not before it stands"
        assert heard
        heard.clear()
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(Impossible):
            services.end_agreement(actor=officer, agreement=unit, last_day=date(1999, 1, 1), reason="So it is.")
        assert not heard, "nothing changed"
    finally:
        network_changed.disconnect(dispatch_uid="test")


def test_who_broke_a_condition_is_known(cast, seen_transfer):
    assert broke_a_condition(cast.agencies["bric"])
    assert not broke_a_condition(cast.agencies["ice"])


def test_the_public_network_holds_no_transfer_out_of_a_case(seen_transfer, unit):
    unit.onward, unit.onward_to = "only", ["kind:federal_other", "secret-unit"]
    unit.save()
    everything, public = network(), network(public=True)
    assert seen_transfer.slug in {one.id for one in everything.agreements}
    assert seen_transfer.slug not in {one.id for one in public.agreements}
    assert "secret-unit" in {one.id for one in public.agencies}, "a public agreement names it"
    unit.onward, unit.onward_to = "yes", []
    unit.save()
    assert "secret-unit" not in {one.id for one in network(public=True).agencies}
    assert all(one.entered_by == "" for one in network(public=True).agreements)


def test_the_network_takes_one_query(cast, django_assert_num_queries):
    for public in (False, True):
        with django_assert_num_queries(1):
            network(public=public)


def test_the_network_is_made_again_where_anything_in_it_changed(unit):
    before = network()
    assert network() is before
    Agency.objects.filter(pk=unit.giver_id).update(notes="Looked at again")
    assert network() == replace(before, agencies=network().agencies) != before
    Agreement.objects.filter(pk=unit.pk).update(kinds=["weapon_report"])
    assert network().agreement(unit.slug).kinds == frozenset({"weapon_report"})


def test_old_rows_without_terms_become_unknown(unit):
    """What migration 0003 does: an empty list meant that nobody knew."""
    from importlib import import_module
    from types import SimpleNamespace

    from django.apps import apps
    from django.db import connection

    move = import_module("schoolgate.apps.agencies.migrations.0003_unknown_is_null")
    other = Agreement.objects.get(slug="bric-ice")
    Agreement.objects.filter(pk=unit.pk).update(kinds=[], purposes=["law_enforcement"])
    Agreement.objects.filter(pk=other.pk).update(kinds=["incident_report"], purposes=[])
    # The migration asks its editor for the connection alone.
    move.unknown_is_null(apps, SimpleNamespace(connection=connection))
    unit.refresh_from_db()
    other.refresh_from_db()
    assert (unit.kinds, unit.purposes) == (None, ["law_enforcement"])
    assert (other.kinds, other.purposes) == (["incident_report"], None)
