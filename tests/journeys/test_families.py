"""A custody limit takes effect at once, and a student of 18 decides, in a real browser."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(real_transactions, settings, tmp_path):
    """A district with a report about Marisol and Kevin, whose mother is a guardian of hers and a teacher too."""
    from schoolgate.apps.access.actors import SYSTEM, Role
    from schoolgate.apps.people.directory import Name
    from schoolgate.apps.people.services import Place, give_role

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    give_role(
        actor=SYSTEM,
        user=cast.users["abreu"],
        role=Role.GUARDIAN,
        name=Name("Ana Abreu"),
        place=Place(children=(cast.students["kevin"],)),
    )
    return cast, story.file_the_report(cast)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_limit_is_seen_at_once_and_a_student_of_18_decides(scripts, opened, visit):
    cast, report = opened
    mother = visit(scripts=scripts).sign_in("aguilar", PASSWORD)
    mother.open("/family/")
    mother.follow(f"read your child's part of {report.number}")
    assert "This is what the report says about your child." in mother.answer
    officer = visit(scripts=scripts).sign_in("whitfield", PASSWORD)
    the_office_enters_a_limit(officer)
    answer = mother.page.reload()
    assert answer.status == 404, "the very next page"
    mother.open("/family/")
    assert "No student's record is open to you here today." in mother.answer
    mother.check("families-nothing")
    the_office_ends_the_limit(officer)
    mother.open("/family/")
    assert report.number in mother.text
    marisol_turns_18(cast)
    mother.open("/family/")
    assert "No student's record is open to you here today." in mother.answer
    the_student_agrees(visit(scripts=scripts))
    mother.open("/family/")
    assert report.number in mother.text
    a_teacher_changes_her_role(visit(scripts=scripts))


def the_office_enters_a_limit(officer):
    officer.open("/families/")
    officer.check("families-find")
    officer.page.get_by_label("The student's number").fill("8400117")
    officer.press("Open this student")
    assert "1 person related to Marisol Aguilar may see the record today." in officer.answer
    officer.check("families-student")
    officer.follow("Enter a limit")
    officer.check("families-limit")
    officer.press("Limit this person")
    assert "Nothing was saved yet" in officer.text
    officer.check("families-limit-refused")
    # What one sees of a choice is its label.
    officer.page.locator("label", has_text="Mrs. Aguilar").click()
    officer.page.locator("label", has_text="Visits were denied, or are supervised").click()
    fill_paper(officer)
    officer.press("Limit this person")
    assert "Nobody who is related to Marisol Aguilar may see the record today." in officer.answer
    officer.check("families-limited")


def the_office_ends_the_limit(officer):
    officer.follow("End this limit")
    officer.check("families-end")
    fill_paper(officer)
    officer.press("End this limit")
    assert "1 person related to Marisol Aguilar may see the record today." in officer.answer


def fill_paper(officer):
    officer.page.get_by_label("The paper's date").fill((timezone.localdate() - timedelta(days=1)).isoformat())
    officer.page.get_by_label("Why", exact=False).last.fill("Suffolk Probate and Family Court, docket 26D-0117")


def marisol_turns_18(cast):
    from schoolgate.apps.people.directory import open_names, seal_name
    from schoolgate.apps.people.models import Student

    student = Student.objects.select_related("name_key").get(pk=cast.students["marisol"].pk)
    day = timezone.localdate()
    name = replace(open_names([student])[student], birth_date=day.replace(year=day.year - 18, day=1))
    seal_name(student, name, student.name_key).save()


def the_student_agrees(student):
    student.sign_in("marisol", PASSWORD)
    assert "your child" not in student.text
    student.check("student-account")
    student.open("/my-record/who/")
    assert "Nobody of your family may see your record today." in student.answer
    student.check("student-who")
    student.press("Let Mrs. Aguilar see my record")
    assert "1 person of your family may see your record today." in student.answer
    student.check("student-agreed")


def a_teacher_changes_her_role(teacher):
    teacher.sign_in("abreu", PASSWORD)
    teacher.page.get_by_role("link", name="Change role").click()
    teacher.page.wait_for_load_state()
    teacher.check("role")
    teacher.page.locator("label", has_text="Parent or guardian").click()
    teacher.press("Act in this role")
    assert "Kevin's records" in teacher.page.title()
    assert "Ana Abreu" in teacher.page.locator("header").inner_text()
