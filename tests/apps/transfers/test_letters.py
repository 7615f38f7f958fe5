"""Letters: to whom none goes, what they may cite, and that what counsel approved is what is sent."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from schoolgate.apps.access.moment import now, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.transfers.drafting import draft_letters, plans
from schoolgate.apps.transfers.letter_services import (
    approve_letter,
    ask_for_watched_letters,
    mark_sent,
    save_letter,
    withdraw_approval,
)
from schoolgate.apps.transfers.letters import draft_for
from schoolgate.apps.transfers.looking import families_of, findings_of, touches_of
from schoolgate.apps.transfers.models import Letter, LetterState
from schoolgate.apps.transfers.services import answer_question, close_case, look_again
from schoolgate.apps.transfers.words import LetterText, digest_of, open_text
from support.seen import BROKEN, accepted, approve, left_on_condition, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(cast, report):
    """A copy at the police, on the condition that it goes no further."""
    return left_on_condition(cast, report)


def letter_to(case, slug, kind="purge"):
    return next(one for one in draft_for(case) if one.kind == kind and one.agency and one.agency.slug == slug)


def dated(letter, text=None):
    save_letter(letter=letter, text=text or open_text(letter), answer_by=today() + timedelta(days=21))
    return Letter.objects.get(pk=letter.pk)


def to_immigration(cast, release=None, **how):
    transfer = told(cast, "park", receiver="ice")
    return accepted(cast, transfer, receiver="ice", release=release, **how)


def test_no_letter_goes_to_immigration_enforcement_unless_sure_and_asked_for(cast, report, release):
    case = to_immigration(cast)
    with pytest.raises(Impossible, match="not certain"):
        ask_for_watched_letters(actor=cast.actor("raman"), case=case)
    look_again(actor=cast.actor("whitfield"), case=case, release=release)
    assert "ice" not in {one.agency.slug for one in draft_for(case) if one.agency}
    with pytest.raises(NotAllowed):
        ask_for_watched_letters(actor=cast.actor("whitfield"), case=case)
    case = ask_for_watched_letters(actor=cast.actor("raman"), case=case)
    letter = letter_to(case, "ice")
    assert open_text(letter).subject.startswith("Request"), "99.33(a) binds the giver"


def test_an_immigration_giver_is_not_written_to_either(cast, report, release):
    transfer = told(cast, "park", giver="ice", receiver="bric")
    case = accepted(cast, transfer, giver="ice", receiver="bric", release=release)
    assert {one.agency.slug for one in draft_for(case) if one.agency} <= {"bric", "boston-police"}


def test_nothing_is_asked_where_nobody_is_watched(cast, report, release):
    case = accepted(cast, told(cast, "park"), release=release)
    with pytest.raises(Impossible, match="No agency of this case is watched"):
        ask_for_watched_letters(actor=cast.actor("raman"), case=case)


def test_counsel_asks_on_the_page_and_is_warned_above_the_letter(cast, report, release, sign_in):
    case = to_immigration(cast, release)
    page = reverse("transfers:one", args=[case.transfer_id])
    counsel, officer = sign_in("raman"), sign_in("whitfield")
    assert "too</button>" not in officer.get(page).content.decode()
    assert "too</button>" in counsel.get(page).content.decode()
    ask = reverse("transfers:ask-watched", args=[case.transfer_id])
    assert officer.post(ask).status_code == 404
    assert "Drafted." in counsel.post(ask, follow=True).content.decode()
    letter = Letter.objects.get(case=case, kind="purge", agency=cast.agencies["ice"])
    said = counsel.get(reverse("transfers:letter", args=[letter.pk])).content.decode()
    assert "This letter confirms to" in said


def by_the_school(cast, report, receiver="bric"):
    case = accepted(
        cast,
        told(cast, "park", giver="east-harbor", receiver=receiver),
        giver="east-harbor",
        receiver=receiver,
        report=report,
    )
    for fact, value in (
        ("door_open", False),
        ("listed_kinds", True),
        ("germane", False),
        ("ordinance_allowed", False),
    ):
        answer_question(actor=cast.actor("raman"), case=case, fact=fact, value=value)
    return case


def test_law_that_nobody_has_read_is_not_printed_as_fact(cast, report):
    letter = dated(letter_to(by_the_school(cast, report), "bric"))
    body = open_text(letter).body
    assert not [line for line in body.splitlines() if line.startswith("Boston Code")]
    assert [one for one in body.splitlines() if one.startswith("M.G.L.") and "(as reported by others" in one]
    with pytest.raises(Impossible, match="Nobody here has read the text of"):
        approve(cast, letter)
    approve(cast, letter, checked=True)


def test_the_page_lists_what_nobody_has_read(cast, report, sign_in):
    letter = dated(letter_to(by_the_school(cast, report), "bric"))
    page = reverse("transfers:letter", args=[letter.pk])
    said = sign_in("raman").get(page).content.decode()
    assert "Law that nobody here has read" in said
    post = {"seen": digest_of(letter)}
    approve_page = reverse("transfers:approve", args=[letter.pk])
    assert "Nobody here has read" in sign_in("raman").post(approve_page, post, follow=True).content.decode()
    sign_in("raman").post(approve_page, post | {"checked": "yes"})
    letter.refresh_from_db()
    assert letter.state == LetterState.APPROVED


def test_words_that_counsel_has_not_seen_are_not_approved(cast, report, release):
    letter = dated(letter_to(accepted(cast, told(cast, "park"), release=release), "bric"))
    seen = digest_of(letter)
    dated(letter, LetterText("BRIC", "Other words", "Please remove it."))
    with pytest.raises(Impossible, match="changed since you opened it"):
        approve_letter(actor=cast.actor("raman"), letter=letter, seen=seen)
    assert Letter.objects.get(pk=letter.pk).state == LetterState.DRAFT


def test_a_letter_that_no_longer_applies_is_not_sent(cast, report, release):
    other = left_on_condition(cast, report, days_ago=15)
    case = accepted(cast, told(cast, "park"), release=release)
    letter = approve(cast, dated(letter_to(case, "bric")))
    look_again(actor=cast.actor("whitfield"), case=case, release=other)
    with pytest.raises(Impossible, match=release.number):
        mark_sent(actor=cast.actor("whitfield"), letter=letter)
    assert Letter.objects.get(pk=letter.pk).state == LetterState.APPROVED


def test_a_letter_of_a_closed_case_is_not_sent(cast, report, release):
    case = accepted(cast, told(cast, "park"), release=release)
    letter = approve(cast, dated(letter_to(case, "bric")))
    close_case(actor=cast.actor("raman"), case=case, reason="It was removed")
    with pytest.raises(Impossible, match="Case closed"):
        mark_sent(actor=cast.actor("whitfield"), letter=letter)


def test_counsel_takes_an_approval_back_and_nobody_sends_it(cast, report, release, sign_in):
    case = accepted(cast, told(cast, "park"), release=release)
    letter = approve(cast, dated(letter_to(case, "bric")))
    with pytest.raises(NotAllowed):
        withdraw_approval(actor=cast.actor("whitfield"), letter=letter)
    page = reverse("transfers:withdraw-approval", args=[letter.pk])
    assert sign_in("whitfield").post(page).status_code == 404
    assert "is a draft again" in sign_in("raman").post(page, follow=True).content.decode()
    letter.refresh_from_db()
    assert (letter.state, letter.approved_by, letter.approved_at) == (LetterState.DRAFT, None, None)
    with pytest.raises(Impossible, match="Draft"):
        mark_sent(actor=cast.actor("whitfield"), letter=letter)
    mark_sent(actor=cast.actor("whitfield"), letter=approve(cast, letter))
    with pytest.raises(Impossible, match="Sent"):
        withdraw_approval(actor=cast.actor("raman"), letter=letter)


@pytest.mark.parametrize("wanted_still", [True, False])
def test_drafting_again_leaves_what_is_approved_meanwhile(cast, report, release, wanted_still):
    case = accepted(cast, told(cast, "park"), release=release)
    letter = letter_to(case, "bric")
    touches = touches_of(case)
    wanted = plans(case, findings_of(case, touches), touches, families_of(case, touches))

    def meanwhile():
        Letter.objects.filter(pk=letter.pk).update(state=LetterState.APPROVED, approved_at=now())
        yield from (one for one in wanted if wanted_still or not one.is_for(letter))

    draft_letters(case, meanwhile())
    assert Letter.objects.get(pk=letter.pk).state == LetterState.APPROVED


def test_a_case_has_one_letter_of_a_kind_to_each(cast, report, release):
    case = accepted(cast, told(cast, "park"), release=release)
    for letter in draft_for(case):
        again = Letter.objects.get(pk=letter.pk)
        again.pk, again.number = None, f"{again.number}X"
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save(force_insert=True)


def test_an_edited_letter_that_names_another_copy_is_not_approved(cast, report, release):
    other = left_on_condition(cast, report, days_ago=15)
    case = accepted(cast, told(cast, "park"), release=release)
    letter = dated(letter_to(case, "bric"))
    look_again(actor=cast.actor("whitfield"), case=case, release=other)
    draft_for(case)
    with pytest.raises(Impossible, match=f"names {release.number}"):
        approve(cast, letter)
    text = open_text(letter)
    right = LetterText(text.to, "Our copy", text.body.replace(release.number, other.number))
    approve(cast, dated(letter, right))


def test_words_saved_on_new_facts_cite_what_applies_now(cast, report, release):
    case = accepted(cast, told(cast, "park"), release=release, answers=BROKEN)
    letter = dated(letter_to(case, "bric"))
    answer_question(actor=cast.actor("raman"), case=case, fact="consented", value=True)
    letter = dated(letter, LetterText("BRIC", "Please", "Please remove it."))
    assert letter.cites == []
    approve(cast, letter)


def test_a_notice_in_a_language_nobody_translated_is_not_approved(cast, report, release):
    student = cast.students["marisol"]
    student.notice_language = "pt"
    student.save()
    case = accepted(cast, told(cast, "park"), release=release)
    notice = next(one for one in draft_for(case) if one.kind == "family")
    with pytest.raises(Impossible, match="have the letter translated"):
        approve(cast, notice)
    text = open_text(notice)
    assert text.english.endswith(text.body)
    with pytest.raises(Impossible, match="have the letter translated"):
        approve(cast, dated(notice, text))
    translated = LetterText("Aos pais", "Há algo novo", "Há algo novo para ler.", text.english)
    approve(cast, dated(notice, translated))
