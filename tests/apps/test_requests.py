"""The whole life of a request: received, matched, answered, decided, confirmed, released or refused."""

from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection

from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.kinds import Kind

pytestmark = pytest.mark.django_db

WORDS = ("Zyxomma-whom", "Zyxomma-when", "Zyxomma-why", "Zyxomma-paper")


@contextmanager
def one_entry(kind):
    """Exactly one ledger entry of this kind is written inside the block, and no other."""
    from schoolgate.apps.ledger.models import Opening, StagedLeaf

    before = set(Opening.objects.values_list("pk", flat=True))
    staged = StagedLeaf.objects.count()
    yield
    written = list(Opening.objects.exclude(pk__in=before).values_list("kind", flat=True))
    assert written == [kind.value]
    assert StagedLeaf.objects.count() == staged + 1


@contextmanager
def refused(match, problem=Impossible):
    """The act is refused with this sentence and leaves no entry behind."""
    from schoolgate.apps.ledger.models import Opening

    before = Opening.objects.count()
    with pytest.raises(problem, match=match):
        yield
    assert Opening.objects.count() == before


@pytest.fixture
def office(cast):
    """The services by short names, and who uses them."""
    from schoolgate.apps.incidents.models import Report
    from schoolgate.apps.releases import services as releases
    from schoolgate.apps.requests import services
    from schoolgate.demonstration import story

    report = Report.objects.get(pk=story.file_the_report(cast).pk)
    story.review_marks(cast, report)
    return SimpleNamespace(
        cast=cast,
        do=services,
        out=releases,
        story=story,
        report=report,
        officer=cast.actor("whitfield"),
        counsel=cast.actor("raman"),
    )


@pytest.fixture
def subpoena(office):
    """A grand jury subpoena whose one question counsel has answered, decided."""
    request, _ = office.story.asked_and_decided(office.cast, office.report, office.story.GRAND_JURY)
    office.do.answer_fact(actor=office.counsel, request=request, fact="germane_elements", value=[])
    decision = office.do.decide_request(actor=office.officer, request=request)
    return SimpleNamespace(request=request, decision=decision)


def receive(office, who="doyle", instrument="grand_jury_subpoena"):
    from schoolgate.apps.requests.about import About

    return office.do.receive_request(
        actor=office.cast.actor(who), instrument=instrument, purpose="investigation", about=About(*WORDS)
    )


def everything_stored():
    """Every value of every table, as bytes."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                found += [bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row]
    return b"\0".join(found)


# Received


def test_an_explanation_is_kept_by_its_facts_whichever_request_has_them(office, subpoena):
    from schoolgate.apps.requests.models import Decision
    from schoolgate.apps.requests.page import _told
    from schoolgate.apps.schools.selectors import rulebook

    case, document = subpoena.decision.case, subpoena.decision.document

    def told(**changed):
        return _told(Decision(case={**case, **changed}, document=document), rulebook())

    first = told()
    assert first is told(id="Q-OTHER", title="Another", recipient={**case["recipient"], "name": "Another agency"})
    assert case["id"] not in first.to_text()
    assert case["recipient"]["name"] not in first.to_text()
    assert first is not told(facts={**case["facts"], "instrument": "none"})
    assert first is not told(date=(today() - timedelta(days=1)).isoformat())
    assert first is not told(recipient={**case["recipient"], "kind": "public"})


def test_what_the_agency_wrote_stands_in_no_table_in_clear(office):
    from schoolgate.apps.requests.about import About, open_about
    from schoolgate.apps.requests.models import Request

    with one_entry(Kind.REQUEST_RECEIVED):
        request = receive(office)
    stored = everything_stored()
    assert request.number.encode() in stored, "the dump reads the table"
    assert not [word for word in WORDS if word.encode() in stored]
    assert open_about(Request.objects.get(pk=request.pk)) == About(*WORDS)


def test_only_an_agency_asks(office):
    from schoolgate.apps.requests.about import About

    with refused("may not do this", NotAllowed):
        office.do.receive_request(actor=office.officer, instrument="none", purpose="investigation", about=About(*WORDS))


# Matched


@pytest.mark.parametrize("named", [(), ("S1",), ("P9",), ("P1", "S1"), ("P1", "P9")])
def test_a_request_names_students_of_the_report_and_nobody_else(named, office):
    request = receive(office)
    with refused("Choose at least one student of this report"):
        office.do.match_request(actor=office.officer, request=request, report=office.report, named=named)
    request.refresh_from_db()
    assert (request.state, request.report) == ("received", None)


def test_matching_writes_one_entry_and_happens_once(office):
    request = receive(office)
    with one_entry(Kind.REQUEST_MATCHED):
        office.do.match_request(actor=office.officer, request=request, report=office.report, named=("P2", "P1"))
    request.refresh_from_db()
    assert request.named_tokens == ["P1", "P2"]
    with refused("cannot become"):
        office.do.match_request(actor=office.officer, request=request, report=office.report, named=("P1",))


def test_nothing_is_decided_before_the_report_is_known(office):
    request = receive(office)
    with refused("Match the request to a report first"):
        office.do.decide_request(actor=office.officer, request=request)


# Answered and decided


def test_an_unknown_fact_leaves_the_question_open_and_nothing_confirmed(office):
    request = receive(office)
    office.do.match_request(actor=office.officer, request=request, report=office.report, named=("P1",))
    with one_entry(Kind.REQUEST_DECIDED):
        decision = office.do.decide_request(actor=office.officer, request=request)
    assert decision.outcome == "needs_review"
    assert [one["id"] for one in decision.document["questions"]] == ["germane_elements"]
    with refused("Questions are still open"):
        office.do.confirm(actor=office.officer, decision=decision)
    with one_entry(Kind.FACT_ANSWERED):
        office.do.answer_fact(actor=office.counsel, request=request, fact="germane_elements", value=[])
    assert office.do.decide_request(actor=office.officer, request=request).outcome == "permit_redacted"


@pytest.mark.parametrize(
    ("fact", "value"), [("germane_elements", []), ("secrecy_ordered_by", "court"), ("judge_signature", "judge")]
)
def test_what_counsel_must_answer_the_records_officer_may_not(fact, value, office, subpoena):
    from schoolgate.apps.schools.selectors import rulebook

    assert rulebook().facts[fact].answered_by == "counsel"
    with refused("Only counsel may answer this|does not fit"):
        office.do.answer_fact(actor=office.officer, request=subpoena.request, fact=fact, value=value)


def test_a_provision_that_asks_counsel_is_answered_by_counsel_with_yes_or_no(office, subpoena):
    from schoolgate.apps.schools.selectors import rulebook

    asking = next(name for name, one in rulebook().provisions.items() if one.counsel_question)
    with refused("Only counsel"):
        office.do.answer_fact(actor=office.officer, request=subpoena.request, fact=asking, value=True)
    with refused("yes or no"):
        office.do.answer_fact(actor=office.counsel, request=subpoena.request, fact=asking, value="perhaps")
    with one_entry(Kind.FACT_ANSWERED):
        office.do.answer_fact(actor=office.counsel, request=subpoena.request, fact=asking, value=True)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("secrecy_ordered_by", "nobody at all"),
        ("secrecy_ordered_by", True),
        ("germane_elements", ["no_such_element"]),
        ("germane_elements", "gang_affiliation"),
        ("court_issued", "yes"),
        ("court_issued", None),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(fact, value, office, subpoena):
    with refused("does not fit"):
        office.do.answer_fact(actor=office.counsel, request=subpoena.request, fact=fact, value=value)


def test_a_question_that_the_rulebook_does_not_ask_is_refused(office, subpoena):
    with refused("no such question"):
        office.do.answer_fact(actor=office.counsel, request=subpoena.request, fact="favourite_colour", value="red")


def test_the_newest_answer_counts(office, subpoena):
    office.do.answer_fact(
        actor=office.counsel, request=subpoena.request, fact="germane_elements", value=["gang_affiliation"]
    )
    office.do.answer_fact(actor=office.counsel, request=subpoena.request, fact="germane_elements", value=[])
    decision = office.do.decide_request(actor=office.officer, request=subpoena.request)
    assert decision.case["facts"]["germane_elements"] == []
    assert decision.number == 3


def test_a_case_holds_no_name_and_no_narrative(office, subpoena):
    text = str(subpoena.decision.case) + str(subpoena.decision.document)
    for word in ("Marisol", "Aguilar", "Kevin", "Chen", "Eagle Hill", "MS-13", "8400117"):
        assert word not in text


# Confirmed or refused


def test_a_decision_is_confirmed_as_it_stands(office, subpoena):
    proposal = proposed(office, subpoena.decision)
    with one_entry(Kind.DECISION_CONFIRMED):
        confirmation = office.do.confirm(actor=office.officer, decision=subpoena.decision)
    assert {name for name, leaves in confirmation.elements.items() if leaves} == office.do.permitted_elements(
        subpoena.decision
    )
    assert not confirmation.stricter
    with refused("cannot become|moved on"):
        office.do.confirm_looser(actor=office.officer, proposal=proposal)


def test_a_person_may_withhold_more(office, subpoena):
    confirmation = office.do.confirm(
        actor=office.officer, decision=subpoena.decision, withhold_more=frozenset({"staff_name"})
    )
    assert confirmation.stricter
    assert confirmation.elements["staff_name"] is False
    assert confirmation.elements["student_name"] is True


def test_withholding_more_cannot_name_what_stays_anyway_nor_everything(office, subpoena):
    with refused("only withhold what"):
        office.do.confirm(
            actor=office.officer, decision=subpoena.decision, withhold_more=frozenset({"gang_affiliation"})
        )
    every = frozenset(office.do.permitted_elements(subpoena.decision))
    with refused("refuse the request instead"):
        office.do.confirm(actor=office.officer, decision=subpoena.decision, withhold_more=every)


def test_where_nothing_is_permitted_only_a_refusal_is_possible(office):
    request, decision = office.story.asked_and_decided(office.cast, office.report, office.story.ICE)
    assert decision.outcome == "deny"
    with refused("permits nothing"):
        office.do.confirm(actor=office.officer, decision=decision)
    with one_entry(Kind.REFUSAL_SENT):
        office.do.refuse(actor=office.officer, decision=decision)
    request.refresh_from_db()
    assert request.state == "refused"
    with refused("cannot become"):
        office.do.decide_request(actor=office.officer, request=request)


def test_the_agency_decides_nothing(office, subpoena):
    doyle = office.cast.actor("doyle")
    for act in (office.do.confirm, office.do.refuse):
        with refused("may not do this", NotAllowed):
            act(actor=doyle, decision=subpoena.decision)


def test_an_older_decision_counts_no_more(office, subpoena):
    office.do.decide_request(actor=office.officer, request=subpoena.request)
    for act in (office.do.confirm, office.do.refuse):
        with refused("decided again"):
            act(actor=office.officer, decision=subpoena.decision)


# Looser


def proposed(office, decision, elements=frozenset({"other_student_name"}), reason="He is the victim"):
    return office.do.propose_looser(actor=office.counsel, decision=decision, elements=elements, reason=reason)


def test_only_counsel_proposes_more_and_says_why(office, subpoena):
    more = frozenset({"other_student_name"})
    with refused("may not do this", NotAllowed):
        office.do.propose_looser(actor=office.officer, decision=subpoena.decision, elements=more, reason="x")
    with refused("Write the reason"):
        proposed(office, subpoena.decision, reason=" \n")
    with refused("withholds"):
        proposed(office, subpoena.decision, elements=frozenset({"student_name"}))
    with refused("withholds"):
        proposed(office, subpoena.decision, elements=frozenset())


def test_nothing_is_loosened_while_a_question_is_open(office):
    """The answer could bring a prohibition."""
    _, decision = office.story.asked_and_decided(office.cast, office.report, office.story.GRAND_JURY)
    with refused("Questions are still open"):
        proposed(office, decision, elements=frozenset({"gang_affiliation"}))


@pytest.mark.parametrize("barred", ["gang_affiliation", "neighborhood"])
def test_nobody_lifts_a_prohibition(barred, office, subpoena):
    with refused("no person can lift it"):
        proposed(office, subpoena.decision, elements=frozenset({"other_student_name", barred}))


def test_a_second_person_confirms_what_counsel_proposed(office, subpoena):
    with one_entry(Kind.LOOSER_PROPOSED):
        proposal = proposed(office, subpoena.decision)
    with refused("second person"):
        office.do.confirm_looser(actor=office.counsel, proposal=proposal)
    with one_entry(Kind.LOOSER_CONFIRMED):
        confirmation = office.do.confirm_looser(actor=office.officer, proposal=proposal)
    assert confirmation.elements["other_student_name"] is True
    assert confirmation.elements["gang_affiliation"] is False


def test_a_proposal_of_an_older_decision_is_not_confirmed(office, subpoena):
    proposal = proposed(office, subpoena.decision)
    office.do.decide_request(actor=office.officer, request=subpoena.request)
    with refused("decided again"):
        office.do.confirm_looser(actor=office.officer, proposal=proposal)


def test_a_proposal_of_another_day_is_not_confirmed(office, subpoena):
    proposal = proposed(office, subpoena.decision)
    with at(now() + timedelta(days=1)), refused("another day"):
        office.do.confirm_looser(actor=office.officer, proposal=proposal)


# Another day, and the way out


def test_a_decision_of_another_day_is_neither_confirmed_nor_released(office, subpoena):
    with at(now() + timedelta(days=1)), refused("another day"):
        office.do.confirm(actor=office.officer, decision=subpoena.decision)
    office.do.notify_family(actor=office.officer, request=subpoena.request, student=office.cast.students["marisol"])
    prepared = office.out.prepare_copy(office.do.confirm(actor=office.officer, decision=subpoena.decision))
    with at(now() + timedelta(days=30)), refused("day it leaves decides"):
        office.out.release_copy(actor=office.officer, prepared=prepared)


def test_a_copy_leaves_after_the_notice_and_its_ten_days_once_to_the_agency_that_asked(office, subpoena, sign_in):
    from schoolgate.apps.releases.models import Release

    request, start = subpoena.request, now()
    prepared = office.out.prepare_copy(office.do.confirm(actor=office.officer, decision=subpoena.decision))
    with refused("Tell the families"):
        office.out.release_copy(actor=office.officer, prepared=prepared)
    with one_entry(Kind.FAMILY_NOTIFIED):
        notice = office.do.notify_family(actor=office.officer, request=request, student=office.cast.students["marisol"])
    assert notice.not_before == today() + timedelta(days=10)
    assert notice.language == "es"
    for day in (0, 9):
        with at(start + timedelta(days=day)):
            decision = office.do.decide_request(actor=office.officer, request=request)
            early = office.out.prepare_copy(office.do.confirm(actor=office.officer, decision=decision))
            with refused("not before"):
                office.out.release_copy(actor=office.officer, prepared=early)
    with at(start + timedelta(days=10)):
        decision = office.do.decide_request(actor=office.officer, request=request)
        prepared = office.out.prepare_copy(office.do.confirm(actor=office.officer, decision=decision))
        assert prepared.gate.passed
        with one_entry(Kind.COPY_RELEASED):
            release = office.out.release_copy(actor=office.officer, prepared=prepared)
        assert release.agency == office.cast.agencies["boston-police"]
        with refused("cannot become"):
            office.out.release_copy(actor=office.officer, prepared=prepared)
        with one_entry(Kind.COPY_ACKNOWLEDGED):
            office.out.acknowledge(actor=office.cast.actor("doyle"), release=release)
        with refused("acknowledged already"):
            office.out.acknowledge(actor=office.cast.actor("doyle"), release=release)
        for who, count in (("doyle", 1), ("kerr", 0), ("voss", 0), ("abreu", 0), ("park", 0), ("whitfield", 1)):
            assert Release.objects.visible_to(office.cast.actor(who)).count() == count, who
        for who in ("kerr", "voss", "abreu", "okafor", "park", "admin", "aguilar"):
            assert sign_in(who).get(f"/copies/{release.pk}/copy.pdf").status_code == 404, who


def test_another_agency_does_not_acknowledge_a_copy_it_never_got(office, subpoena):
    with at(now() - timedelta(days=11)):
        request, _ = office.story.asked_and_decided(office.cast, office.report, office.story.GRAND_JURY)
        office.do.notify_family(actor=office.officer, request=request, student=office.cast.students["marisol"])
    office.do.answer_fact(actor=office.counsel, request=request, fact="germane_elements", value=[])
    release = office.story.released(office.cast, request, lambda _: None)
    release.acknowledgement.delete()
    release.refresh_from_db()
    with refused("another agency", NotAllowed):
        office.out.acknowledge(actor=office.cast.actor("kerr"), release=release)


# A court's secrecy order


def test_a_courts_secrecy_order_hides_the_request_from_the_family(office, subpoena, sign_in):
    from schoolgate.apps.families.selectors import account

    mother = office.cast.actor("aguilar")
    request = subpoena.request
    before = len(account(mother).lines)
    assert b"Boston Police" in sign_in("aguilar").get("/family/").content
    office.do.answer_fact(actor=office.counsel, request=request, fact="secrecy_ordered_by", value="court")
    decision = office.do.decide_request(actor=office.officer, request=request)
    assert decision.obligations.filter(name="do_not_notify").exists()
    assert len(account(mother).lines) == before - 1
    assert b"Boston Police" not in sign_in("aguilar").get("/family/").content
    assert sign_in("aguilar").get(f"/family/requests/{request.pk}/receipt/").status_code == 404
    with refused("forbids telling"):
        office.do.notify_family(actor=office.officer, request=request, student=office.cast.students["marisol"])


def test_an_order_by_the_agency_itself_hides_nothing(office, subpoena):
    from schoolgate.apps.families.selectors import account

    before = len(account(office.cast.actor("aguilar")).lines)
    office.do.answer_fact(
        actor=office.counsel, request=subpoena.request, fact="secrecy_ordered_by", value="issuing_agency"
    )
    office.do.decide_request(actor=office.officer, request=subpoena.request)
    assert len(account(office.cast.actor("aguilar")).lines) == before


def test_a_copy_that_left_under_secrecy_stays_secret_by_its_own_address(office, sign_in):
    """A family that learns the address of the copy must not read there what its account keeps from it."""
    request, _ = office.story.asked_and_decided(office.cast, office.report, office.story.GRAND_JURY)
    for fact, value in (("germane_elements", []), ("secrecy_ordered_by", "court")):
        office.do.answer_fact(actor=office.counsel, request=request, fact=fact, value=value)
    decision = office.do.decide_request(actor=office.officer, request=request)
    confirmation = office.do.confirm(actor=office.officer, decision=decision)
    release = office.out.release_copy(actor=office.officer, prepared=office.out.prepare_copy(confirmation))
    assert sign_in("aguilar").get(f"/family/copies/{release.pk}/").status_code == 404
