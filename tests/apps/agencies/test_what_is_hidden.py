"""What stands in the registry for a child's case is the office's alone: no page, form, address or file tells of it."""

from dataclasses import replace
from datetime import date

import pytest
from django.urls import reverse

from schoolgate.apps.agencies import services
from schoolgate.apps.agencies.documents import Paper
from schoolgate.apps.agencies.importing import CannotImport, import_network
from schoolgate.apps.agencies.models import Agency, Agreement
from schoolgate.apps.agencies.publishing import publish_transfer, unpublish_transfer
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.agencies.services import Entry, enter_agreement
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.engines import reach
from support.seen import accepted, left_on_condition, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(sign_in):
    """Somebody who keeps the registry and is not in the office."""
    return sign_in("admin")


def hidden_agency(slug="secret-unit", **said):
    return Agency.objects.create(
        slug=slug, name="The Secretive Unit", kind="federal_other", entered_for_case=True, **said
    )


def test_a_family_reads_its_account_although_the_holder_is_hidden(cast, filed, sign_in):
    release = left_on_condition(cast, filed.report)
    Agreement.objects.update(public=False)
    Agency.objects.filter(slug="boston-police").update(entered_for_case=True)
    assert "boston-police" not in {one.id for one in network(public=True).agencies}
    mother = sign_in("aguilar")
    assert mother.get(reverse("families:account")).status_code == 200
    page = mother.get(reverse("families:copy", args=[release.pk]))
    assert page.status_code == 200
    assert "has this copy" in page.content.decode()


def test_an_address_does_not_count_hidden_transfers(cast, terms):
    police, center = cast.agencies["dcf"], cast.agencies["bric"]
    seen = terms(status="observed", basis="transfer")
    private = [
        enter_agreement(giver=police, receiver=center, terms=seen, entered_by=None, public=False) for _ in range(2)
    ]
    public = enter_agreement(giver=police, receiver=center, terms=terms(), entered_by=None)
    assert public.slug == "dcf-bric", "as if there were no other"
    for one in private:
        assert one.slug.startswith("case-")
        assert "dcf" not in one.slug
    assert len({one.slug for one in private}) == 2


def test_an_agency_entered_for_a_case_is_hidden_from_the_start(cast, sign_in):
    office = sign_in("whitfield")
    told = {"name": "The Secretive Unit", "kind": "federal_other", "form": "agency", "for_case": "on"}
    made = office.post("/agencies/add/", told, follow=True)
    assert b"The Secretive Unit" in made.content
    one = Agency.objects.get(name="The Secretive Unit")
    assert one.slug.startswith("case-"), "its address would tell its name, and take the place of another"
    assert one.slug not in {each.id for each in network(public=True).agencies}
    assert sign_in("").get(f"/agencies/{one.slug}/").status_code == 404


def test_what_was_public_stays_so_when_a_case_names_it(cast, sign_in, terms):
    one = services.add_agency(actor=cast.actor("whitfield"), name="Salem Police", kind="local_police")
    enter_agreement(
        giver=cast.agencies["boston-police"],
        receiver=one,
        terms=terms(status="observed", basis="transfer"),
        entered_by=None,
        public=False,
    )
    assert sign_in("").get(f"/agencies/{one.slug}/").status_code == 200
    with pytest.raises(Impossible, match="stays so"):
        services.correct_agency(
            actor=cast.actor("whitfield"), agency=one, entry=Entry(one.name, one.kind, for_case=True)
        )


def test_an_agreement_that_all_may_see_shows_its_agencies(cast, terms):
    one = hidden_agency()
    enter_agreement(giver=cast.agencies["bric"], receiver=one, terms=terms(), entered_by=None)
    assert "secret-unit" in {each.id for each in network(public=True).agencies}


def test_a_correction_without_the_box_hides_and_shows_nothing(cast):
    one = hidden_agency()
    services.correct_agency(actor=cast.actor("raman"), agency=one, entry=Entry("The Quiet Unit", one.kind))
    one.refresh_from_db()
    assert one.entered_for_case


def test_old_rows_known_from_cases_alone_stay_with_the_office(cast, seen_transfer):
    """What migration 0005 does."""
    from importlib import import_module
    from types import SimpleNamespace

    from django.apps import apps
    from django.db import connection

    Agency.objects.update(entered_for_case=False)
    move = import_module("schoolgate.apps.agencies.migrations.0005_entered_for_case")
    move.mark_what_was_hidden(apps, SimpleNamespace(connection=connection))
    assert set(Agency.objects.filter(entered_for_case=True).values_list("slug", flat=True)) == {"secret-unit"}


def test_a_public_page_names_no_hidden_agency_above(cast, sign_in):
    center = cast.agencies["dcf"]
    center.part_of = hidden_agency()
    center.save()
    assert "Secretive" not in sign_in("").get("/agencies/dcf/").content.decode()
    assert "Secretive" in sign_in("raman").get("/agencies/dcf/").content.decode()


def test_who_keeps_the_registry_outside_the_office_sees_no_hidden_agency(cast, keeper, seen_transfer):
    for address in (
        "/agreements/add/",
        "/agreements/bric-ice/amend/",
        "/agreements/bric-ice/correct/",
        "/agencies/add/",
        "/agencies/bric/correct/",
        "/agencies/names/",
    ):
        page = keeper.get(address)
        assert page.status_code == 200, address
        assert "Secretive" not in page.content.decode(), address
        assert "secret-unit" not in page.content.decode(), address


def test_names_that_may_mean_a_hidden_agency_wait_for_the_office(cast, keeper):
    from schoolgate.apps.agencies.matching import Line, Proposed, import_public_list
    from schoolgate.apps.agencies.models import NameMatch

    hidden_agency()
    import_public_list(
        actor=cast.actor("raman"),
        name="ori",
        sha256="a" * 64,
        published_on=date(2026, 1, 1),
        lines=[Line("one", "Secretive Unit of the Law", "MA")],
        proposals=[Proposed("one", "secret-unit", 900, ("alike",))],
    )
    match = NameMatch.objects.get()
    assert "Secretive" not in keeper.get("/agencies/names/").content.decode()
    assert keeper.post(f"/agencies/names/{match.pk}/confirm/").status_code == 404
    assert keeper.post(f"/agencies/names/{match.pk}/reject/").status_code == 404


def test_an_import_tells_of_nothing_hidden(cast, seen_transfer):
    here = network()
    agencies = [replace(one, name="Another") if one.id == "secret-unit" else one for one in here.agencies]
    agreements = [replace(one, clause="1") if one.id == seen_transfer.slug else one for one in here.agreements]
    for username, tells in (("admin", False), ("raman", True)):
        with pytest.raises(CannotImport) as refused:
            import_network(
                actor=cast.actor(username),
                network=reach.Network(tuple(agencies), tuple(agreements)),
                digest="0" * 64,
            )
        said = " ".join(refused.value.problems)
        assert ("Secretive" in said) is tells
        assert ("is here with other terms" in said) is tells
        assert ("is taken" in said) is not tells


def test_a_correction_keeps_what_its_writer_cannot_see(cast, keeper):
    center = cast.agencies["dcf"]
    center.part_of = hidden_agency()
    center.save()
    told = {"name": "Children and Families", "kind": center.kind, "form": "agency", "part_of": ""}
    assert keeper.post("/agencies/dcf/correct/", told).status_code == 302
    center.refresh_from_db()
    assert center.name == "Children and Families"
    assert center.part_of.slug == "secret-unit"


@pytest.fixture
def case(cast):
    """A case whose tip names a source, taken by the records officer."""
    return accepted(cast, told(cast), published="Boston Globe, 3 Nov 2026")


def test_evidence_of_a_case_changes_through_it_alone(case, cast, terms, pdf, sign_in):
    edge, counsel = case.agreement, cast.actor("raman")
    before = Agreement.objects.filter(pk=edge.pk).values().get()
    seen = terms(status="observed", basis="transfer")
    for change in (
        lambda: services.correct_agreement(actor=counsel, agreement=edge, terms=seen, reason="Nicer so."),
        lambda: services.end_agreement(actor=counsel, agreement=edge, last_day=edge.starts, reason="Over."),
        lambda: services.amend_agreement(
            actor=counsel, agreement=edge, from_day=date(2027, 1, 1), terms=seen, reason="Anew."
        ),
        lambda: services.store_document(actor=counsel, agreement=edge, paper=Paper("Another paper", pdf)),
    ):
        with pytest.raises(Impossible, match="evidence of a case"):
            change()
    assert Agreement.objects.filter(pk=edge.pk).values().get() == before
    page = sign_in("raman").get(f"/agreements/{edge.slug}/").content.decode()
    assert "changes through its case alone" in page
    assert f"/agreements/{edge.slug}/correct/" not in page


def test_a_source_is_public_once_counsel_says_so_and_only_as_long(case, cast, sign_in):
    edge = case.agreement
    address = f"/agreements/{edge.slug}/"
    visitor, officer, counsel = sign_in(""), sign_in("whitfield"), sign_in("raman")
    assert visitor.get(address).status_code == 404, "the officer's line alone shows nothing"
    assert officer.get(f"{address}publish/").status_code == 404
    assert sign_in("admin").get(f"{address}unpublish/").status_code == 404
    told_so = {"source": "Boston Globe, 3 Nov 2026", "reason": "Looked up."}
    assert counsel.post(f"{address}publish/", told_so).status_code == 302
    assert "Boston Globe" in visitor.get(address).content.decode()
    assert officer.post(f"{address}unpublish/", {"reason": "The paper took it back."}).status_code == 302
    assert visitor.get(address).status_code == 404
    assert [one.what for one in edge.changes.all()] == ["unpublished", "published"]
    with pytest.raises(Impossible, match="everybody sees"):
        unpublish_transfer(actor=cast.actor("raman"), agreement=Agreement.objects.get(pk=edge.pk), reason="Again.")


A_NUMBERS = [
    "A123456789",
    "a 12345678",
    "A-123-456-789",
    "A# 012 345 678",
    "Matter of (A123-456-789), p. 3",
    "A.12345678",
]


@pytest.mark.parametrize("number", A_NUMBERS)
def test_no_public_line_holds_an_a_number(number, case, cast, terms):
    counsel, edge = cast.actor("raman"), case.agreement
    with pytest.raises(Impossible, match="A-number"):
        publish_transfer(actor=counsel, agreement=edge, source=f"Immigration court, {number}", reason="Looked up.")
    edge.refresh_from_db()
    assert not edge.public
    for name in ("source", "title", "clause", "notes"):
        with pytest.raises(Impossible, match=f"{name} holds"):
            services.add_agreement(
                actor=counsel, giver=cast.agencies["dcf"], receiver=cast.agencies["bric"], terms=terms(**{name: number})
            )
    seen = replace(network().agreement("bric-ice"), id="seen", status="observed", notes=number)
    whole = reach.Network(network().agencies, (*network().agreements, seen))
    with pytest.raises(CannotImport) as refused:
        import_network(actor=counsel, network=whole, digest="0" * 64, transfers_published=True)
    assert "A-number" in refused.value.problems[0]


@pytest.mark.parametrize(
    "words", ["Exhibit A 2020-12-01", "Case 12-345678", "Form A-1234567", "A1234567890", "BA12345678", "page A 12"]
)
def test_other_numbers_are_none(words, terms):
    terms(source=words).check_public()


def test_at_the_terminal_the_own_network_says_that_it_is_for_the_office(cast, capsys):
    from schoolgate.cli.network_files import read_all

    read_all(["own"])
    assert "not public" not in capsys.readouterr().err
    Agreement.objects.update(public=False)
    everything = read_all(["own"])[0].network.agreements
    assert f"{len(everything)} of these {len(everything)} agreements are not public" in capsys.readouterr().err
