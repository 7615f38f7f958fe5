"""Students who act for themselves, and what a guardian sees once the student is 18."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.people.models import Basis
from schoolgate.apps.people.relation_services import Shown, end_permission, permit_guardian
from schoolgate.apps.people.services import SignIn, open_student_account
from support.seen import filed_long_ago, left_on_condition

pytestmark = pytest.mark.django_db
LONG_AGO = date(2000, 1, 1)


@pytest.fixture
def left(cast):
    return left_on_condition(cast, filed_long_ago(cast))


@pytest.fixture
def adult(born):
    """Marisol turned 18 this year."""
    born("marisol", today().replace(year=today().year - 18, day=1))


@pytest.fixture
def paper():
    return Shown(today(), "Her letter of this week")


def test_a_student_sees_the_own_part_as_a_guardian_does(cast, filed, left, sign_in):
    student, mother = sign_in("marisol"), sign_in("aguilar")
    account = student.get(reverse("families:account")).content.decode()
    assert "1 copy with your record left the district." in account
    assert "your child" not in account
    report = left.request.report
    for name, key in (("report", report.pk), ("copy", left.pk)):
        mine = student.get(reverse(f"families:{name}", args=[key]))
        assert mine.status_code == 200, name
        assert "about you" in mine.content.decode()
        assert "your child" not in mine.content.decode().lower()
        assert "your child" in mother.get(reverse(f"families:{name}", args=[key])).content.decode()
    receipt = reverse("families:receipt", args=[left.request.pk])
    assert student.get(receipt).status_code == mother.get(receipt).status_code == 200
    assert student.get(reverse("families:report", args=[filed.other_report.pk])).status_code == 404


def test_the_law_reads_a_student_as_one(cast, left):
    from schoolgate.apps.families.records import family_view
    from schoolgate.apps.incidents.selectors import unsealed

    opened = unsealed(left.request.report)
    decided = family_view(opened, cast.actor("marisol"))
    assert "us.ma.23-02-eligible-student" in {one.provision for one in decided.decision.citations}
    assert decided.view is not None
    assert "us.ma.23-02-eligible-student" not in {
        one.provision for one in family_view(opened, cast.actor("aguilar")).decision.citations
    }


def test_a_student_s_own_readings_are_no_line_of_the_family_s_account(cast, left, sign_in):
    sign_in("marisol").get(reverse("families:report", args=[left.request.report.pk]))
    page = sign_in("aguilar").get(reverse("families:account")).content.decode()
    assert "(student) opened" not in page
    assert "Marisol Aguilar" not in page


def test_a_student_says_what_is_wrong(cast, left, sign_in):
    from schoolgate.apps.families.models import Objection

    address = reverse("families:wrong", args=[left.request.report.pk])
    assert sign_in("marisol").post(address, {"text": "I was not there"}).status_code == 302
    made = Objection.objects.get()
    assert made.guardian is None
    assert made.student == cast.students["marisol"]


@pytest.mark.parametrize(
    ("age", "ninth", "opens"), [(13, None, False), (13, LONG_AGO, True), (None, None, False), (None, LONG_AGO, True)]
)
def test_an_account_opens_at_14_or_in_ninth_grade(age, ninth, opens, cast, born):
    born("kevin", None if age is None else today().replace(year=today().year - age, day=1))

    def attempt():
        return open_student_account(
            actor=SYSTEM,
            student=cast.students["kevin"],
            sign_in=SignIn("lark-4", "a long password"),
            ninth_grade_from=ninth,
        )

    if not opens:
        with pytest.raises(Impossible, match="14 or from ninth grade"):
            attempt()
        return
    cast.users["kevin"] = attempt()
    assert cast.actor("kevin").children == {cast.students["kevin"].pk}
    with pytest.raises(Impossible, match="has a sign-in"):
        attempt()


def test_a_student_who_turns_out_to_be_younger_sees_nothing(cast, left, born, sign_in):
    born("marisol", today().replace(year=today().year - 12, day=1))
    client = sign_in("marisol")
    assert client.get(reverse("families:report", args=[left.request.report.pk])).status_code == 404
    assert client.get(reverse("people:mine")).status_code == 404


def test_at_18_a_guardian_sees_nothing_and_the_student_everything(cast, left, adult, sign_in):
    mother, student = sign_in("aguilar"), sign_in("marisol")
    for name, key in (("report", left.request.report.pk), ("copy", left.pk), ("receipt", left.request.pk)):
        address = reverse(f"families:{name}", args=[key])
        assert mother.get(address).status_code == 404, name
        assert student.get(address).status_code == 200, name


def test_the_student_of_18_agrees_and_takes_it_back(cast, left, adult, mother, sign_in):
    parent, student = sign_in("aguilar"), sign_in("marisol")
    address = reverse("families:report", args=[left.request.report.pk])
    page = student.get(reverse("people:mine")).content.decode()
    assert "Nobody of your family may see your record today." in page
    assert "Let Mrs. Aguilar see my record" in page
    student.post(reverse("people:agree"), {"guardian": mother.pk})
    read = parent.get(address)
    assert read.status_code == 200
    assert "This is what the report says about your child." in read.content.decode(), "the law permits it too"
    assert "34 CFR 99.30" in read.content.decode()
    page = student.get(reverse("people:mine")).content.decode()
    assert "1 person of your family may see your record today." in page
    (permission,) = mother.permissions.all()
    student.post(reverse("people:withdraw", args=[permission.pk]))
    assert parent.get(address).status_code == 404
    again = student.post(reverse("people:withdraw", args=[permission.pk]), follow=True)
    assert "It has ended already." in again.content.decode()


def test_counsel_alone_decides_that_a_dependency_is_shown(cast, left, adult, *, mother, paper, sign_in):
    parent, address = sign_in("aguilar"), reverse("families:report", args=[left.request.report.pk])
    told = {"guardian": mother, "student": cast.students["marisol"], "basis": Basis.DEPENDENT, "shown": paper}
    for username in ("whitfield", "marisol"):
        with pytest.raises(NotAllowed):
            permit_guardian(actor=cast.actor(username), **told)
    assert parent.get(address).status_code == 404
    permission = permit_guardian(actor=cast.actor("raman"), **told)
    page = parent.get(address).content.decode()
    assert "99.31(a)(8)" in page
    assert "This is what the report says about your child." in page
    with pytest.raises(NotAllowed):
        end_permission(actor=cast.actor("marisol"), permission=permission, shown=paper)
    with pytest.raises(Impossible, match="on file already"):
        permit_guardian(actor=cast.actor("raman"), **told)


def test_nobody_permits_for_another_or_before_18(cast, left, mother, paper, born):
    told = {"guardian": mother, "student": cast.students["marisol"], "basis": Basis.AGREES, "shown": paper}
    with pytest.raises(Impossible, match="not known to be 18"):
        permit_guardian(actor=cast.actor("marisol"), **told)
    with pytest.raises(NotAllowed):
        permit_guardian(actor=cast.actor("marisol"), **told | {"student": cast.students["kevin"]})
    born("marisol", None)
    with pytest.raises(Impossible, match="not known to be 18"):
        permit_guardian(actor=cast.actor("whitfield"), **told)
    assert not mother.permissions.exists()


def test_a_limit_goes_over_an_agreement(cast, left, adult, *, mother, paper, officer):
    from schoolgate.apps.people.models import LimitKind
    from schoolgate.apps.people.relation_services import enter_limit

    told = {"guardian": mother, "student": cast.students["marisol"], "shown": paper}
    permit_guardian(actor=cast.actor("marisol"), basis=Basis.AGREES, **told)
    assert cast.actor("aguilar").children
    enter_limit(actor=officer, kind=LimitKind.STUDENT_LIMITED, starts=today(), **told)
    assert not cast.actor("aguilar").children


def test_an_agreement_ends_on_its_day(cast, adult, mother, paper, officer):
    from schoolgate.apps.access.moment import at, now

    permit_guardian(
        actor=officer,
        guardian=mother,
        student=cast.students["marisol"],
        basis=Basis.AGREES,
        shown=paper,
        ends=today() + timedelta(days=2),
    )
    assert cast.actor("aguilar").children
    with at(now() + timedelta(days=2)):
        assert not cast.actor("aguilar").children


def test_another_s_student_page_is_not_there(cast, mother, adult, sign_in):
    """Kevin's father's permission is none of Marisol's."""
    from schoolgate.apps.people.models import Guardian, Permission

    father = Guardian.objects.get(user=cast.users["chen"])
    other = Permission.objects.create(
        guardian=father, student=cast.students["kevin"], basis=Basis.AGREES, starts=today()
    )
    student = sign_in("marisol")
    assert student.post(reverse("people:withdraw", args=[other.pk])).status_code == 404
    for key in (str(father.pk), "x", ""):
        assert student.post(reverse("people:agree"), {"guardian": key}).status_code == 404
    assert cast.actor("marisol").role is Role.STUDENT


def test_at_a_college_before_18_the_rights_are_the_students(cast, left, sign_in, paper):
    """34 CFR 99.3 "eligible student", 99.5: entered by the office, at once, and taken back by a paper."""
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.requests.cases import facts_of_students

    report = left.request.report
    marisol, mother, student = cast.students["marisol"], sign_in("aguilar"), sign_in("marisol")
    address, enter = reverse("families:report", args=[report.pk]), reverse("people:college", args=[marisol.pk])
    office = sign_in("whitfield")

    def adult_to_the_law():
        return facts_of_students(report, frozenset({"P1"}), today())["student_is_18"]

    def entered(since):
        return office.post(enter, {"since": since, "dated": today(), "reason": "Letter of admission"}, follow=True)

    assert not adult_to_the_law()
    assert mother.get(address).status_code == 200
    assert "lies ahead" in entered(today() + timedelta(days=1)).content.decode()
    page = entered(today()).content.decode()
    assert "has left school for a college and holds the rights" in page
    assert "Entered: left school for a college" in page
    assert Opening.objects.filter(kind="college_entered", subject=f"student:{marisol.pk}").exists()
    assert mother.get(address).status_code == 404
    assert student.get(address).status_code == 200
    assert adult_to_the_law()
    student.post(reverse("people:agree"), {"guardian": _guardian(cast).pk})
    assert mother.get(address).status_code == 200
    assert "34 CFR 99.30" in mother.get(address).content.decode(), "by her agreement alone"
    _guardian(cast).permissions.update(ends=today())
    assert mother.get(address).status_code == 404
    assert "It stands so already." in entered(today()).content.decode()
    entered("")
    assert mother.get(address).status_code == 200
    assert not adult_to_the_law()


def test_a_student_at_a_college_acts_at_any_age(cast, born):
    from schoolgate.apps.people.relation_services import enter_college

    born("kevin", today().replace(year=today().year - 13, day=1))
    kevin, shown = cast.students["kevin"], Shown(today(), "Letter of admission")
    enter_college(actor=cast.actor("raman"), student=kevin, since=today(), shown=shown)
    cast.users["kevin"] = open_student_account(actor=SYSTEM, student=kevin, sign_in=SignIn("lark-4", "a long password"))
    assert cast.actor("kevin").children == {kevin.pk}
    assert not cast.actor("chen").children


def _guardian(cast):
    from schoolgate.apps.people.models import Guardian

    return Guardian.objects.get(user=cast.users["aguilar"])
