"""From a tip to a letter: each act, what it refuses, what it writes, and what follows elsewhere."""

import json
from datetime import date, timedelta

import pytest

from schoolgate.apps.access.actors import VISITOR
from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.documents import Paper
from schoolgate.apps.agencies.models import Agreement, SourceDocument
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.requests.cases import fact_of_condition
from schoolgate.apps.requests.services import answer_fact, decide_request
from schoolgate.apps.transfers.families import seen_copies
from schoolgate.apps.transfers.letter_services import mark_sent, save_letter
from schoolgate.apps.transfers.letters import draft_for
from schoolgate.apps.transfers.looking import families_of, findings_of, touches_of
from schoolgate.apps.transfers.models import Case, Letter, State, Touch, Transfer
from schoolgate.apps.transfers.selectors import find_copy
from schoolgate.apps.transfers.services import (
    Claim,
    answer_question,
    close_case,
    look_again,
    reject_transfer,
    reopen_case,
    report_transfer,
    withdraw_transfer,
)
from schoolgate.apps.transfers.words import LetterText, Words, open_reason, open_text, open_words
from schoolgate.demonstration import story
from support.seen import BROKEN, accepted, approve, consented, left_on_condition, left_under_subpoena, told

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 3)


def entry():
    return json.loads(Opening.objects.latest("happened_at").record)


def counsel_answers(cast, case, **answers):
    for fact, value in answers.items():
        answer_question(actor=cast.actor("raman"), case=case, fact=fact, value=value)


# Telling


def test_anybody_signed_in_can_tell_and_a_visitor_cannot(cast):
    for username in ("abreu", "okafor", "whitfield", "raman", "doyle", "aguilar", "park", "admin"):
        assert told(cast, username).state == State.REPORTED
    with pytest.raises(NotAllowed):
        report_transfer(
            actor=VISITOR,
            claim=Claim(cast.agencies["bric"], cast.agencies["ice"], DAY, DAY, "other"),
            words=Words(story="x"),
        )
    assert not Case.objects.exists()
    assert not Agreement.objects.filter(status="observed", public=False).exists(), "a tip is no edge"


def test_what_is_told_is_sealed_and_the_entry_holds_codes_alone(cast):
    transfer = told(cast, story="Marisol Aguilar's report, exhibit 7", citation="A-123", copy="C-7QK2M9X")
    assert open_words(transfer).story == "Marisol Aguilar's report, exhibit 7"
    stored = Transfer.objects.get()
    assert b"Marisol" not in bytes(stored.sealed)
    said = entry()
    assert said["kind"] == "transfer_reported"
    assert "Marisol" not in json.dumps(said)
    assert said["facts"]["giver"] == str(cast.agencies["boston-police"].pk)
    assert said["facts"]["how"] == "court_exhibit"


def test_the_document_is_kept_once_and_its_digest_stands_in_the_entry(cast):
    paper = Paper("Marisol's exhibit", b"%PDF-1.7 exhibit")
    claim = Claim(cast.agencies["bric"], cast.agencies["ice"], DAY, DAY, "court_exhibit")
    first = report_transfer(actor=cast.actor("aguilar"), claim=claim, words=Words(), paper=paper)
    again = report_transfer(actor=cast.actor("park"), claim=claim, words=Words(), paper=paper)
    assert first.document == again.document == SourceDocument.objects.get()
    assert first.document.title == f"Evidence for {first.number}", "a title can name a child"
    assert entry()["facts"]["document"] == first.document.sha256


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"giver": None}, "who passed the copy on"),
        ({"receiver": None}, "who got it"),
        ({"giver": "bric"}, "both sides"),
        ({"first_day": DAY + timedelta(days=1)}, "last day stands before"),
        ({"first_day": date(2030, 1, 1), "last_day": date(2030, 1, 1)}, "has not come yet"),
        ({"how": "rumour"}, "how you learned"),
    ],
)
def test_what_is_not_told_well_enough_is_refused(cast, change, says):
    told = {"giver": "boston-police", "receiver": "bric", "first_day": DAY, "last_day": DAY, "how": "letter", **change}
    for side in ("giver", "receiver"):
        told[side] = cast.agencies.get(told[side])
    with pytest.raises(Impossible, match=says):
        report_transfer(actor=cast.actor("park"), claim=Claim(**told), words=Words(story="x"))
    assert not Transfer.objects.exists()


def test_a_tip_without_evidence_is_refused(cast):
    with pytest.raises(Impossible, match="what you saw"):
        told(cast, story=" ")


def test_an_agency_answers_for_itself_alone(cast):
    answer = Claim(cast.agencies["bric"], cast.agencies["ice"], DAY, DAY, "own_answer")
    with pytest.raises(Impossible, match="your own agency"):
        report_transfer(actor=cast.actor("doyle"), claim=answer, words=Words(story="x"))
    for username in ("whitfield", "aguilar", "park"):
        with pytest.raises(Impossible, match="Only an agency answers for itself"):
            report_transfer(actor=cast.actor(username), claim=answer, words=Words(story="x"))
    assert report_transfer(actor=cast.actor("kerr"), claim=answer, words=Words(story="x"))


def test_a_new_agency_is_named_in_words(cast):
    claim = Claim(cast.agencies["bric"], None, DAY, DAY, "letter")
    words = Words(story="A letter", receiver="Chelsea Intelligence Unit")
    transfer = report_transfer(actor=cast.actor("park"), claim=claim, words=words)
    assert transfer.receiver is None
    assert open_words(transfer).receiver == "Chelsea Intelligence Unit"


# Accepting


def test_accepting_writes_the_edge_and_the_case_in_one_act(cast, report):
    release = left_on_condition(cast, report)
    transfer = told(cast)
    before = Opening.objects.count()
    case = accepted(cast, transfer, release=release, answers=BROKEN)
    assert Opening.objects.count() == before + 1
    edge = case.agreement
    assert (edge.status, edge.basis, edge.onward) == ("observed", "transfer", "unknown")
    assert edge.starts == edge.ends == transfer.first_day
    assert edge.kinds == ["incident_report"]
    assert edge.purposes is None
    assert not edge.public
    assert edge.breaks_condition
    assert edge.entered_by == cast.users["raman"].pk
    assert [(one.release, one.standing, one.why) for one in case.touches.all()] == [(release, "certain", "named")]
    said = entry()
    assert said["kind"] == "transfer_accepted"
    assert said["facts"]["touches"] == [str(release.pk)]
    assert said["facts"]["breaks_condition"] == "yes"
    assert edge.slug in {one.id for one in network().agreements}
    assert edge.slug not in {one.id for one in network(public=True).agreements}


def test_what_is_published_may_be_shown(cast):
    case = accepted(cast, told(cast), actor="raman", published="Boston Globe, 3 Nov 2026")
    assert case.agreement.public
    assert case.agreement.source == "Boston Globe, 3 Nov 2026"


def test_only_the_office_accepts_and_only_once(cast):
    transfer = told(cast)
    for username in ("abreu", "doyle", "aguilar", "park", "admin"):
        with pytest.raises(NotAllowed):
            accepted(cast, transfer, actor=username)
    accepted(cast, transfer)
    with pytest.raises(Impossible, match="Accepted"):
        accepted(cast, transfer)
    with pytest.raises(Impossible, match="Accepted"):
        reject_transfer(actor=cast.actor("whitfield"), transfer=transfer, reason="no")
    assert Agreement.objects.filter(status="observed", public=False).count() == 1


def test_a_copy_that_left_later_cannot_be_the_one(cast, report):
    release = left_on_condition(cast, report, days_ago=2)
    with pytest.raises(Impossible, match="after the day"):
        accepted(cast, told(cast, days_ago=3), release=release)
    assert not Case.objects.exists()


def test_a_rejected_tip_has_a_reason_that_is_sealed(cast):
    transfer = told(cast)
    with pytest.raises(Impossible, match="Say why"):
        reject_transfer(actor=cast.actor("whitfield"), transfer=transfer, reason=" ")
    reject_transfer(actor=cast.actor("whitfield"), transfer=transfer, reason="It is another school's paper")
    kept = Transfer.objects.get()
    assert kept.state == State.REJECTED
    assert open_reason(kept) == "It is another school's paper"
    assert "another school" not in json.dumps(entry())


def test_without_a_number_the_office_learns_what_it_can_have_been(cast, report):
    first, second = left_on_condition(cast, report), left_under_subpoena(cast, report, days_ago=10)
    later = left_on_condition(cast, report, days_ago=1)
    case = accepted(cast, told(cast))
    assert {one.release_id: one.standing for one in case.touches.all()} == {first.pk: "possible", second.pk: "possible"}
    assert later.pk not in {one.release_id for one in case.touches.all()}
    assert not case.agreement.breaks_condition
    look_again(actor=cast.actor("whitfield"), case=case, release=first)
    assert [(one.release, one.standing) for one in case.touches.all()] == [(first, Touch.CERTAIN)]


def test_the_only_copy_of_a_named_report_is_not_certain_and_the_other_children_hear_too(cast, report):
    release = left_on_condition(cast, report)
    case = accepted(cast, told(cast), report=report, answers=BROKEN)
    assert [(one.release, one.standing, one.why) for one in case.touches.all()] == [(release, "possible", "only_one")]
    assert not case.agreement.breaks_condition, "it may have been another paper"
    families = families_of(case, touches_of(case))
    assert {one.student: (one.certain, one.releases) for one in families} == {
        cast.students["marisol"]: (False, (release.number,)),
        cast.students["kevin"]: (False, ()),
    }
    look_again(actor=cast.actor("whitfield"), case=case, release=release)
    assert [one.student for one in families_of(case, touches_of(case))] == [cast.students["marisol"]]
    assert case.agreement.breaks_condition, "a person said which copy it was"


def test_whoever_told_it_does_not_accept_it(cast):
    transfer = told(cast, "whitfield")
    with pytest.raises(Impossible, match="You told of this yourself"):
        accepted(cast, transfer)
    assert accepted(cast, transfer, actor="raman")


def test_how_it_was_learned_is_the_offices_finding(cast):
    assert accepted(cast, told(cast)).how == "court_exhibit", "as it was told"
    case = accepted(cast, told(cast), how="letter")
    assert case.how == "letter"
    assert entry()["facts"]["how"] == "letter"
    assert case.agreement.source.startswith("In a letter")
    assert case.transfer.how == "court_exhibit", "what was told stays as it was told"
    with pytest.raises(Impossible, match="only where that agency told it"):
        accepted(cast, told(cast), how="own_answer")
    with pytest.raises(Impossible, match="how you learned"):
        accepted(cast, told(cast), how="rumour")


def test_a_path_of_agreements_makes_it_possible(cast, report):
    release = left_on_condition(cast, report)
    case = accepted(cast, told(cast, giver="bric", receiver="ice"), giver="bric", receiver="ice")
    touch = case.touches.get()
    assert (touch.release, touch.standing, touch.why) == (release, "possible", "by_agreements")
    assert touch.path == ["boston-police", "bric"]


# What follows


def test_a_copy_under_a_subpoena_breaks_no_condition(cast, report):
    release = left_under_subpoena(cast, report)
    case = accepted(cast, told(cast), release=release, answers=BROKEN)
    assert not case.agreement.breaks_condition
    texts = [open_text(one) for one in draft_for(case)]
    assert len(texts) == 4, "to the center, to the police, to the family, for the record"
    assert not any("99.33" in one.body for one in texts)
    assert not any("Demand" in one.subject for one in texts)


def test_answers_move_the_condition_and_can_be_taken_back(cast, report):
    case = accepted(cast, told(cast), release=left_on_condition(cast, report))
    assert not case.agreement.breaks_condition
    for fact in ("consented", "for_district"):
        answer_question(actor=cast.actor("whitfield"), case=case, fact=fact, value=False)
    for fact in ("ordered", "one_agency", "breach_confirmed"):
        with pytest.raises(Impossible, match="Only counsel"):
            answer_question(actor=cast.actor("whitfield"), case=case, fact=fact, value=False)
    counsel_answers(cast, case, ordered=False, one_agency=False)
    assert not Agreement.objects.get(pk=case.agreement_id).breaks_condition, "counsel has not confirmed it"
    assert entry()["facts"]["breaks_condition"] == "not known"
    counsel_answers(cast, case, breach_confirmed=True)
    assert Agreement.objects.get(pk=case.agreement_id).breaks_condition
    assert entry()["facts"] == {"fact": "breach_confirmed", "answer": "yes", "breaks_condition": "yes"}
    counsel_answers(cast, case, ordered=True)
    assert not Agreement.objects.get(pk=case.agreement_id).breaks_condition
    counsel_answers(cast, case, ordered=False)
    assert not Agreement.objects.get(pk=case.agreement_id).breaks_condition, "counsel must look at it again"
    counsel_answers(cast, case, breach_confirmed=True)
    assert Agreement.objects.get(pk=case.agreement_id).breaks_condition


def test_what_only_counsel_may_settle_only_counsel_answers(cast):
    case = accepted(cast, told(cast))
    with pytest.raises(Impossible, match="Only counsel"):
        answer_question(actor=cast.actor("whitfield"), case=case, fact="germane", value=True)
    with pytest.raises(Impossible, match="no such question"):
        answer_question(actor=cast.actor("raman"), case=case, fact="weather", value=True)


def test_a_later_ask_under_consent_is_refused_once_the_condition_is_broken(cast, report):
    """0.4(1): refused when an observed transfer shows that the recipient broke the condition."""
    release = left_on_condition(cast, report)
    _, before = consented(cast, report)
    assert before.outcome.startswith("permit")
    case = accepted(cast, told(cast), release=release)
    _, doubtful = consented(cast, report)
    assert doubtful.outcome == "needs_review", "while it is open, the law asks"
    assert "condition_refused_or_broken" in {one["id"] for one in doubtful.document["questions"]}
    counsel_answers(cast, case, **BROKEN)
    _, refused = consented(cast, report)
    assert refused.outcome == "deny"
    assert "34 CFR 99.33(a)(1)" in {one["citation"] for one in refused.document["citations"]}
    _, ordered = story.asked_and_decided(cast, report, story.GRAND_JURY)
    assert ordered.outcome != "deny", "a court's paper is obeyed all the same"
    counsel_answers(cast, case, consented=True)
    _, after = consented(cast, report)
    assert after.outcome.startswith("permit")


def test_an_answer_given_earlier_does_not_go_over_a_breach_that_was_seen(cast, report):
    request, before = consented(cast, report)
    answer_fact(actor=cast.actor("raman"), request=request, fact="condition_refused_or_broken", value=False)
    assert before.outcome.startswith("permit")
    accepted(cast, told(cast), release=left_on_condition(cast, report), answers=BROKEN)
    assert decide_request(actor=cast.actor("whitfield"), request=request).outcome == "deny"


def test_another_family_is_not_told_that_an_agency_broke_a_promise(cast, report):
    from schoolgate.apps.families.selectors import account
    from schoolgate.apps.requests.services import refuse

    accepted(cast, told(cast), release=left_on_condition(cast, report), answers=BROKEN)
    _, refused = consented(cast, report)
    assert "34 CFR 99.33(a)(1)" in {one["citation"] for one in refused.document["citations"]}
    refuse(actor=cast.actor("whitfield"), decision=refused)
    assert [one.kind for one in account(cast.actor("aguilar")).lines].count("refused") == 1
    assert not [one for one in account(cast.actor("chen")).lines if one.kind in {"asked", "refused"}]


def test_the_whole_is_blamed_for_what_a_part_did_and_nobody_else(cast, report):
    police, center, ice = (cast.agencies[one] for one in ("boston-police", "bric", "ice"))
    assert center.part_of == police
    case = accepted(cast, told(cast), release=left_on_condition(cast, report))
    assert [fact_of_condition(one) for one in (police, center)] == [{"condition_refused_or_broken": None}] * 2
    counsel_answers(cast, case, **BROKEN)
    assert [fact_of_condition(one) for one in (police, center)] == [{"condition_refused_or_broken": True}] * 2
    assert fact_of_condition(ice) == {}
    request, _ = story.asked_and_decided(cast, report, story.CENTER)
    assert request.decisions.first().case["facts"]["condition_refused_or_broken"] is True


def test_a_unit_that_passes_on_the_copy_of_its_agency_breaks_the_condition(cast, report):
    onward = told(cast, giver="bric", receiver="ice")
    answers = {fact: value for fact, value in BROKEN.items() if fact != "one_agency"}
    case = accepted(
        cast, onward, giver="bric", receiver="ice", release=left_on_condition(cast, report), answers=answers
    )
    assert case.agreement.breaks_condition
    cited = findings_of(case, touches_of(case)).cited
    assert "belong to one whole" in next(one.why for one in cited if one.citation == "34 CFR 99.33(a)(1)")
    assert fact_of_condition(cast.agencies["boston-police"]) == {"condition_refused_or_broken": True}


def test_within_one_agency_only_the_use_is_limited(cast, report):
    case = accepted(cast, told(cast), release=left_on_condition(cast, report))
    assert "one_agency" in findings_of(case, touches_of(case)).asked
    counsel_answers(cast, case, **(BROKEN | {"one_agency": True}))
    assert not case.agreement.breaks_condition
    assert "34 CFR 99.33(a)(2)" in {one.citation for one in findings_of(case, touches_of(case)).cited}


def test_a_center_that_passes_on_what_it_got_in_breach(cast, report):
    release = left_on_condition(cast, report)
    accepted(cast, told(cast), release=release, answers=BROKEN)
    onward = told(cast, giver="bric", receiver="ice", days_ago=1)
    case = accepted(cast, onward, giver="bric", receiver="ice", release=release)
    letters = {(one.kind, one.agency.slug) for one in draft_for(case) if one.agency}
    assert letters == {("purge", "bric"), ("account", "bric"), ("account", "boston-police")}, "none to ICE unasked"
    to_center = open_text(Letter.objects.get(case=case, kind="purge", agency=cast.agencies["bric"]))
    assert "28 CFR 23.20(c)" in to_center.body
    assert "99.33(a)(1)" not in to_center.body, "nobody has confirmed that yet"


# Letters


def test_the_drafts_name_the_copy_and_no_child(cast, report):
    release = left_on_condition(cast, report)
    case = accepted(cast, told(cast), release=release, answers=BROKEN)
    letters = draft_for(case)
    assert sorted((one.kind, str(one.agency or "")) for one in letters) == [
        ("account", "Boston Police Department"),
        ("family", ""),
        ("note", ""),
        ("purge", "Boston Police Department"),
        ("purge", "Boston Regional Intelligence Center"),
    ]
    for letter in letters:
        words = f"{open_text(letter).body} {open_text(letter).to} {open_text(letter).subject}"
        for word in ("Marisol", "Aguilar", "Kevin", "Chen", "Eagle Hill", "MS-13", "stairs"):
            assert word not in words, (letter.kind, word)
        assert (release.number in words) is (letter.kind != "family")
    demand = open_text(next(one for one in letters if one.kind == "purge" and one.agency.slug == "bric"))
    assert "34 CFR 99.33(a)(1)" in demand.body
    assert "28 CFR 23.20(c)" in demand.body
    assert "99.67" not in demand.body
    notice = next(one for one in letters if one.kind == "family")
    assert notice.language == "es"
    assert "Hay algo nuevo que puede leer" in open_text(notice).subject
    assert "There is something new for you to read" in open_text(notice).english


def test_drafting_again_keeps_what_a_person_wrote(cast, report):
    case = accepted(cast, told(cast), release=left_on_condition(cast, report))
    letters = draft_for(case)
    assert {(one.kind, one.agency.slug) for one in letters if one.agency} == {
        ("account", "boston-police"),
        ("purge", "bric"),
    }
    mine = next(one for one in letters if one.kind == "purge")
    save_letter(letter=mine, text=LetterText("BRIC", "Our words", "Please remove it."), answer_by=None)
    counsel_answers(cast, case, **BROKEN)
    after = {one.pk: one for one in draft_for(case)}
    assert open_text(after[mine.pk]).body == "Please remove it."
    assert ("purge", "boston-police") in {(one.kind, one.agency.slug) for one in after.values() if one.agency}


def test_counsel_alone_approves_then_the_office_marks_it_sent(cast, report):
    case = accepted(cast, told(cast), release=left_on_condition(cast, report), answers=BROKEN)
    letter = next(one for one in draft_for(case) if one.kind == "purge" and one.agency.slug == "bric")
    with pytest.raises(NotAllowed):
        approve(cast, letter, actor="whitfield")
    with pytest.raises(Impossible, match="Choose the day"):
        approve(cast, letter)
    with pytest.raises(Impossible, match="Draft"):
        mark_sent(actor=cast.actor("whitfield"), letter=letter)
    save_letter(letter=letter, text=open_text(letter), answer_by=today() + timedelta(days=21))
    approve(cast, letter)
    assert entry()["facts"]["cites"] == ["34 CFR 99.33(a)(1)", "28 CFR 23.20(c)"]
    with pytest.raises(Impossible, match="Approved"):
        save_letter(letter=letter, text=LetterText("x", "y", "z"), answer_by=None)
    mark_sent(actor=cast.actor("whitfield"), letter=letter)
    assert entry()["kind"] == "letter_sent"
    with pytest.raises(Impossible, match="Sent"):
        mark_sent(actor=cast.actor("whitfield"), letter=letter)


def test_a_letter_on_law_that_no_longer_applies_is_not_approved(cast, report):
    case = accepted(cast, told(cast), release=left_on_condition(cast, report), answers=BROKEN)
    letter = next(one for one in draft_for(case) if one.kind == "purge" and one.agency.slug == "bric")
    save_letter(letter=letter, text=open_text(letter), answer_by=today() + timedelta(days=21))
    counsel_answers(cast, case, consented=True)
    with pytest.raises(Impossible, match=r"no longer rests on 34 CFR 99\.33"):
        approve(cast, letter)


def test_words_that_cite_what_does_not_apply_are_not_approved(cast, report):
    case = accepted(cast, told(cast), release=left_under_subpoena(cast, report), answers=BROKEN)
    letter = next(one for one in draft_for(case) if one.kind == "purge")
    wrong = LetterText("BRIC", "Demand", "You broke 34 CFR 99.33.")
    save_letter(letter=letter, text=wrong, answer_by=today() + timedelta(days=21))
    with pytest.raises(Impossible, match=r"speaks of 99\.33, which does not apply"):
        approve(cast, letter)


def test_a_closed_case_takes_no_more_answers_and_keeps_its_edge(cast, report):
    case = accepted(cast, told(cast), release=left_on_condition(cast, report), answers=BROKEN)
    close_case(actor=cast.actor("raman"), case=case, reason="The center removed it")
    for act in (
        lambda: answer_question(actor=cast.actor("raman"), case=case, fact="germane", value=True),
        lambda: look_again(actor=cast.actor("raman"), case=case),
        lambda: close_case(actor=cast.actor("raman"), case=case, reason="again"),
    ):
        with pytest.raises(Impossible, match="Case closed"):
            act()
    assert Agreement.objects.get(pk=case.agreement_id).breaks_condition


# The family


def test_a_family_reads_of_its_own_child_alone_and_as_surely_as_it_is_known(cast, report):
    mother, father = cast.actor("aguilar"), cast.actor("chen")
    release = left_on_condition(cast, report)
    case = accepted(cast, told(cast, "park"))
    assert seen_copies(mother) == [], "what is only possible waits for counsel"
    notice = next(one for one in draft_for(case) if one.kind == "family")
    approve(cast, notice)
    possible = seen_copies(mother, {cast.students["marisol"].pk: "Marisol"})
    assert [one.certain for one in possible] == [False]
    assert "We do not know whether it is about Marisol" in possible[0].sentence
    assert seen_copies(father) == [], "the paper did not name his child"
    look_again(actor=cast.actor("whitfield"), case=case, release=release)
    certain = seen_copies(mother)
    assert [one.certain for one in certain] == [True]
    assert f"It is copy {release.number}" in certain[0].sentence
    assert "in a court exhibit" in certain[0].sentence


def test_what_a_court_keeps_secret_is_told_to_no_family(cast, report):
    release = left_on_condition(cast, report)
    decision = release.request.decisions.latest()
    decision.obligations.create(name="do_not_notify", citation="34 CFR 99.31(a)(9)(ii)(A)")
    case = accepted(cast, told(cast, "park"), release=release, answers=BROKEN)
    assert seen_copies(cast.actor("aguilar")) == []
    letters = draft_for(case)
    assert not [one for one in letters if one.kind in {"family", "note"}]


def test_a_relation_that_ended_sees_and_is_counted_no_more(cast, report):
    from schoolgate.apps.people.models import Guardianship
    from schoolgate.apps.transfers.looking import families_of, touches_of

    case = accepted(cast, told(cast, "park"), release=left_on_condition(cast, report))
    assert [one.guardians for one in families_of(case, touches_of(case))] == [1]
    Guardianship.objects.filter(guardian__user=cast.users["aguilar"]).update(ends=today())
    assert [one.guardians for one in families_of(case, touches_of(case))] == [0]
    assert seen_copies(cast.actor("aguilar")) == []


def test_a_report_that_left_past_the_record_concerns_all_its_students(cast, report):
    transfer = told(cast, "park", giver="east-harbor", receiver="boston-police")
    case = accepted(cast, transfer, giver="east-harbor", receiver="boston-police", report=report)
    assert not case.touches.exists()
    letters = draft_for(case)
    assert sorted(one.kind for one in letters) == ["family", "family", "note", "purge"]
    assert report.number in open_text(next(one for one in letters if one.kind == "purge")).body
    for username in ("aguilar", "chen"):
        assert "A copy of a report about your child was seen" in seen_copies(cast.actor(username))[0].sentence


def test_a_court_gets_no_purge_demand(cast):
    from schoolgate.apps.agencies.models import Agency

    cast.agencies["court"] = Agency.objects.create(slug="immigration-court", name="Immigration Court", kind="court")
    case = accepted(cast, told(cast, receiver="court"), receiver="court")
    assert [one.kind for one in draft_for(case)] == ["account"]


def test_counsel_alone_closes_a_case_with_the_question_open_and_then_it_asks_no_more(cast, report):
    case = accepted(cast, told(cast), release=left_on_condition(cast, report))
    police = cast.agencies["boston-police"]
    assert fact_of_condition(police) == {"condition_refused_or_broken": None}
    with pytest.raises(Impossible, match="let counsel close"):
        close_case(actor=cast.actor("whitfield"), case=case, reason="Nobody answered")
    close_case(actor=cast.actor("raman"), case=case, reason="Nobody answered")
    assert fact_of_condition(police) == {}


def test_a_closed_case_can_be_opened_again_and_corrected(cast, report):
    case = accepted(cast, told(cast), release=left_on_condition(cast, report), answers=BROKEN)
    with pytest.raises(Impossible, match="Accepted"):
        reopen_case(actor=cast.actor("raman"), case=case, reason="It was not so")
    close_case(actor=cast.actor("whitfield"), case=case, reason="The center removed it")
    with pytest.raises(NotAllowed):
        reopen_case(actor=cast.actor("whitfield"), case=case, reason="It was not so")
    with pytest.raises(Impossible, match="Say why"):
        reopen_case(actor=cast.actor("raman"), case=case, reason=" ")
    reopen_case(actor=cast.actor("raman"), case=case, reason="An order turned up")
    assert (entry()["kind"], entry()["facts"]["breaks_condition"]) == ("transfer_reopened", "yes")
    counsel_answers(cast, case, ordered=True)
    assert fact_of_condition(cast.agencies["boston-police"]) == {}


@pytest.mark.parametrize("closed", [True, False])
def test_a_withdrawn_transfer_is_no_breach_no_edge_and_no_line(cast, report, closed):
    release = left_on_condition(cast, report)
    case = accepted(
        cast, told(cast, "park"), actor="raman", release=release, answers=BROKEN, published="The Globe, 3 Nov 2026"
    )
    letters = draft_for(case)
    kept = next(one for one in letters if one.kind == "family")
    Letter.objects.filter(pk=kept.pk).update(state="sent")
    assert seen_copies(cast.actor("aguilar"))
    if closed:
        close_case(actor=cast.actor("whitfield"), case=case, reason="Done")
    with pytest.raises(NotAllowed):
        withdraw_transfer(actor=cast.actor("whitfield"), case=case, reason="It was another paper")
    withdraw_transfer(actor=cast.actor("raman"), case=case, reason="It was another paper")
    said = entry()
    assert (said["kind"], said["facts"]["state"]) == ("transfer_withdrawn", "withdrawn")
    assert "another paper" not in json.dumps(said)
    assert open_reason(Transfer.objects.get()) == "It was another paper"
    assert Agreement.objects.filter(pk=case.agreement_id).exists(), "kept for the ledger's sake"
    for public in (True, False):
        assert case.agreement.slug not in {one.id for one in network(public=public).agreements}
    assert not Agreement.objects.visible_to(cast.actor("raman")).filter(pk=case.agreement_id).exists()
    assert fact_of_condition(cast.agencies["boston-police"]) == {}
    assert seen_copies(cast.actor("aguilar")) == []
    assert list(case.letters.all()) == [kept], "what was sent stays on file"
    with pytest.raises(Impossible, match="Withdrawn"):
        withdraw_transfer(actor=cast.actor("raman"), case=case, reason="again")


def test_a_withdrawn_report_is_told_to_no_family(cast, report):
    transfer = told(cast, "park", giver="east-harbor", receiver="boston-police")
    case = accepted(cast, transfer, giver="east-harbor", receiver="boston-police", report=report)
    assert seen_copies(cast.actor("chen"))
    withdraw_transfer(actor=cast.actor("raman"), case=case, reason="It was another paper")
    assert seen_copies(cast.actor("chen")) == []


def test_a_number_finds_only_what_one_may_see(cast, report):
    release = left_on_condition(cast, report)
    assert find_copy(cast.actor("whitfield"), f" {release.number.lower()} ") == (release, None)
    assert find_copy(cast.actor("whitfield"), report.number) == (None, report)
    assert find_copy(cast.actor("kerr"), release.number) == (None, None)
    assert find_copy(cast.actor("whitfield"), "") == (None, None)
