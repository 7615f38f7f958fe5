"""What a family may read of a report that nobody opened to know, and how its account stands on few queries."""

from itertools import product
from random import Random

import pytest
from django.db.models import F
from django.urls import reverse

from schoolgate.apps.access.moment import today
from schoolgate.apps.families.records import READABLE, _sure, family_view, surely_readable
from schoolgate.apps.families.selectors import reports_of_family
from schoolgate.apps.incidents.document import ALWAYS
from schoolgate.apps.incidents.models import OrderKind
from schoolgate.apps.incidents.order_services import enter_order
from schoolgate.apps.incidents.own_tokens import OwnTokens, own_tokens
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.ledger.subjects import Subject
from schoolgate.apps.people.family_reader import AGREED, BY_RELATION, DEPENDENT
from schoolgate.apps.people.selectors import children_with_names
from schoolgate.apps.requests.models import Request
from schoolgate.apps.schools.selectors import rulebook_named
from schoolgate.engines import law
from support.seen import accepted, filed_long_ago, left_on_condition, told

READERS = (
    ("parent", {"family_relation": "parent"}),
    *(("parent", {"family_relation": name, **facts}) for name, facts in BY_RELATION.items()),
    ("parent", {"family_relation": "parent", **AGREED}),
    ("parent", {"family_relation": "parent", **DEPENDENT}),
    ("eligible_student", {}),
)


@pytest.fixture
def report(cast):
    """The report about Marisol and Kevin, filed long enough ago."""
    return filed_long_ago(cast)


def test_what_is_sure_without_opening_a_report_holds_whatever_the_report_holds(trials):
    book, chance = rulebook_named("boston"), Random(7)
    every = [name for name, element in book.elements.items() if not element.hides_in]
    answers = set()
    for (kind, facts), of_age, others, record in product(
        READERS, (None, False, True), (False, True), ("incident_report", "weapon_report", "disciplinary_record")
    ):
        case = {
            "format": law.CASE_FORMAT,
            "id": "report",
            "rulebook": book.id,
            "date": today().isoformat(),
            "recipient": {"kind": kind},
            "elements": sorted(ALWAYS),
            "facts": {
                "instrument": "none",
                "purpose": "own_record",
                "identity_verified": True,
                "record_kind": record,
                "narrative_names_other_students": others,
                "student_is_18": of_age,
                "home_language_not_english": False,
                **facts,
            },
        }
        sure = _sure(book, case)
        answers.add(sure)
        for _ in range(max(1, trials // 10)):
            some = {*ALWAYS, *chance.sample(every, chance.randrange(len(every)))}
            decided = law.decide(book, law.parse_case(case | {"elements": sorted(some)}, book))
            assert sure is None or sure == (decided.outcome in READABLE), (kind, facts, of_age, others, record)
    assert answers >= {True, False}


@pytest.mark.django_db
def test_the_same_is_said_of_a_report_that_is_opened(cast, filed):
    for username in ("aguilar", "chen", "marisol"):
        actor = cast.actor(username)
        reports, names = reports_of_family(actor), children_with_names(actor)
        assert reports
        for report in reports:
            own = {child: name for child, name in names.items() if child.pk in unsealed(report).students.values()}
            opened = family_view(unsealed(report), actor).view is not None
            assert surely_readable(report.record_kind, own, actor) is opened is True


@pytest.mark.django_db
def test_a_report_that_an_order_sealed_is_told_of_no_more_and_the_account_still_opens(cast, report, sign_in):
    accepted(cast, told(cast), release=left_on_condition(cast, report))
    mother, page = sign_in("aguilar"), reverse("families:account")
    assert "was seen at" in mother.get(page).content.decode()
    enter_order(
        actor=cast.actor("whitfield"), report=report, kind=OrderKind.SEAL, dated_on=today(), court="A court", docket=""
    )
    after = mother.get(page)
    assert after.status_code == 200
    assert "was seen at" not in after.content.decode()


@pytest.mark.django_db
def test_a_query_brings_the_tokens_of_ones_own_children_and_no_others(cast, filed):
    children = {cast.students["marisol"].pk}
    rows = Request.objects.annotate(own=own_tokens(children, "report__incident"))
    assert {tuple(OwnTokens.read(row.own).of.items()) for row in rows} == {(("P1", cast.students["marisol"].pk),)}
    filed.report.incident.participants.filter(token="P1").update(left_with=1)
    assert {OwnTokens.read(row.own).left for row in rows.all()} == {frozenset({"P1"})}
    assert OwnTokens.read(None) == OwnTokens()


@pytest.mark.django_db
def test_a_subject_is_written_as_the_ledger_has_it(filed):
    rows = Request.objects.annotate(subject=Subject("request", F("pk")))
    assert {row.subject for row in rows} == {f"request:{row.pk}" for row in rows}
