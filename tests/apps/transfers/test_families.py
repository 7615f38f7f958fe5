"""What families read of copies seen elsewhere: what is certain at once, what is possible after counsel, never more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from schoolgate.apps.access.moment import now, today
from schoolgate.apps.people.directory import open_names, seal_name
from schoolgate.apps.people.models import Student
from schoolgate.apps.transfers.drafting import plans
from schoolgate.apps.transfers.families import seen_copies
from schoolgate.apps.transfers.letters import draft_for
from schoolgate.apps.transfers.looking import families_of, findings_of, touches_of
from schoolgate.apps.transfers.models import Letter, LetterState
from schoolgate.apps.transfers.page import case_page
from schoolgate.apps.transfers.services import look_again
from schoolgate.apps.transfers.words import open_text
from support.seen import BROKEN, accepted, left_on_condition, told

pytestmark = pytest.mark.django_db


def sealed(release):
    release.request.decisions.latest().obligations.create(name="do_not_notify", citation="34 CFR 99.31(a)(9)(ii)(A)")
    return release


def released_by_counsel(case, student):
    """Counsel approved the notice to this family."""
    draft_for(case)
    return case.letters.filter(kind="family", student=student).update(state=LetterState.APPROVED, approved_at=now())


def test_no_letter_and_no_family_reads_that_a_family_told(cast, report):
    release = left_on_condition(cast, report)
    case = accepted(cast, told(cast), release=release, answers=BROKEN, how="family_told")
    for letter in draft_for(case):
        if letter.kind != Letter.FAMILY:
            assert "family" not in open_text(letter).body.replace("the family's consent", "").replace(
                "the family had agreed", ""
            ).replace("you told the family", ""), letter.kind
            assert "We learned" not in open_text(letter).body or "on file" in open_text(letter).body
    seen = seen_copies(cast.actor("aguilar"), languages=["es"])
    assert "familia" not in str(seen[0].sentences)
    assert "a family" not in str(seen[0].sentences)


def test_what_is_only_possible_waits_for_counsel_and_then_tells_no_place_day_or_source(cast, report):
    release = left_on_condition(cast, report)
    other = left_on_condition(cast, report, days_ago=15, named=("P2",))
    case = accepted(cast, told(cast, "park"))
    assert {one.release for one in case.touches.all()} == {release, other}
    mother, father = cast.actor("aguilar"), cast.actor("chen")
    assert seen_copies(mother) == seen_copies(father) == []
    assert released_by_counsel(case, cast.students["kevin"])
    assert seen_copies(mother) == [], "each family's notice by itself"
    (line,) = seen_copies(father, languages=["es"])
    assert not line.certain
    assert other.number in line.sentence
    assert line.at > case.opened_at, "the day of the case is not told"
    for _, words in line.sentences:
        for word in ("Regional Intelligence", "exhibit", "tribunal", "family", "familia", release.number):
            assert word not in words
        assert f"{case.agreement.starts:%Y}" not in words or case.agreement.starts != line.release.released_at.date()


def test_a_report_under_seal_is_told_to_nobody_though_no_path_is_known(cast, report, sign_in):
    release = sealed(left_on_condition(cast, report))
    transfer = told(cast, "park", giver="ice", receiver="bric")
    case = accepted(cast, transfer, giver="ice", receiver="bric", report=report)
    case.touches.all().delete()
    for username in ("aguilar", "chen"):
        assert seen_copies(cast.actor(username)) == []
    assert all(one.secret for one in families_of(case, touches_of(case)))
    assert not [one for one in draft_for(case) if one.kind in {"family", "note"}]
    answer = case_page(case, cast.actor("raman")).answer
    assert "no family is told" in answer
    assert "no copy that we released is it" not in answer
    assert release.number not in sign_in("aguilar").get("/family/").content.decode()


def test_no_known_path_is_not_said_to_be_none_of_ours(cast, report):
    left_on_condition(cast, report)
    case = accepted(cast, told(cast, "park", giver="ice", receiver="bric"), giver="ice", receiver="bric", report=report)
    case.touches.all().delete()
    (line,) = seen_copies(cast.actor("aguilar"))
    assert "We do not know whether it is one of the copies that we gave out." in line.sentence
    assert "It is not one of" not in line.sentence
    assert "is not known" in case_page(case, cast.actor("raman")).answer


def test_the_headline_is_true_whatever_may_not_be_told(cast, report, sign_in):
    sealed(left_on_condition(cast, report))
    mother = sign_in("aguilar")
    account = mother.get("/family/").content.decode()
    assert "No copy that we can tell you about left the district." in account
    assert "Nothing about your child left" not in account


def test_what_was_seen_changes_the_headline(cast, report, sign_in):
    accepted(
        cast,
        told(cast, "park", giver="east-harbor", receiver="ice"),
        giver="east-harbor",
        receiver="ice",
        report=report,
    )
    account = sign_in("chen").get("/family/").content.decode()
    assert "A copy of a report about your child was seen outside the district." in account
    assert "left the district" not in account.split("</h1>")[0]


def test_no_page_says_that_no_transfer_is_known_where_anybody_knows_of_one(cast, report, sign_in):
    release = left_on_condition(cast, report, named=("P1", "P2"))
    page = reverse("families:copy", args=[release.pk])
    quiet = ("We know of no transfer of this copy.", "Nobody else can read it", "We know of no way for")
    father = sign_in("chen")
    assert quiet[0] in father.get(page).content.decode()
    told(cast, "aguilar", copy=f" {release.number.lower()} ")
    for username in ("aguilar", "chen"):
        said = sign_in(username).get(page).content.decode()
        assert not [one for one in quiet if one in said], username


def test_the_copy_of_another_familys_case_has_no_page(cast, report, sign_in):
    release = left_on_condition(cast, report)
    accepted(cast, told(cast, "park"), release=release)
    page = reverse("families:copy", args=[release.pk])
    assert "was seen at" in sign_in("aguilar").get(page).content.decode()
    assert sign_in("chen").get(page).status_code == 404


def test_a_family_that_may_not_read_the_report_reads_of_no_copy_of_it(cast, report, sign_in):
    """A student of 18 holds the rights: what the law does not open to the parents, no line tells them."""
    accepted(cast, told(cast, "park"), release=left_on_condition(cast, report))
    assert "was seen at" in sign_in("aguilar").get("/family/").content.decode()
    make_adult(cast.students["marisol"])
    assert "was seen at" not in sign_in("aguilar").get("/family/").content.decode()


def test_a_student_of_18_is_written_to_alone(cast, report):
    case = accepted(cast, told(cast, "park"), release=left_on_condition(cast, report))
    make_adult(cast.students["marisol"])
    touches = touches_of(case)
    notice = next(
        one for one in plans(case, findings_of(case, touches), touches, families_of(case, touches)) if one.student
    )
    assert notice.text.to == "Para la alumna o el alumno"


def test_five_years_are_counted_only_where_the_center_got_it(cast, report):
    release = left_on_condition(cast, report)
    got = accepted(cast, told(cast, "park"), release=release)
    assert case_page(got, cast.actor("raman")).review_by is not None
    onward = told(cast, "park", giver="bric", receiver="ice", days_ago=1)
    gave = accepted(cast, onward, giver="bric", receiver="ice", release=release)
    assert case_page(gave, cast.actor("raman")).review_by is None


def test_the_released_line_goes_when_the_copy_is_found_to_be_another(cast, report):
    first, second = left_on_condition(cast, report), left_on_condition(cast, report, days_ago=15, named=("P2",))
    case = accepted(cast, told(cast, "park"))
    released_by_counsel(case, cast.students["marisol"])
    assert seen_copies(cast.actor("aguilar"))
    look_again(actor=cast.actor("whitfield"), case=case, release=second)
    assert seen_copies(cast.actor("aguilar")) == []
    assert first.pk not in {one.release_id for one in case.touches.all()}


def make_adult(student):
    """Give a student a birth date more than eighteen years ago."""
    student = Student.objects.select_related("name_key").get(pk=student.pk)
    name = replace(open_names([student])[student], birth_date=today() - timedelta(days=19 * 366))
    seal_name(student, name, student.name_key).save()
