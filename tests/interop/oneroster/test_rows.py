"""What records become: kinds of people, relations with dates, deltas, what nobody may guess."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from schoolgate.interop import oneroster
from schoolgate.interop.oneroster import (
    GoneRow,
    GuardianRow,
    OpenRelationRow,
    PersonRow,
    RelationRow,
    RoleRow,
    Row,
    SchoolRow,
    StaffRow,
    StudentRow,
)
from support import oneroster_feed as feed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ABREU: feed.Record = {"sourcedId": "u5", "givenName": "Ines", "familyName": "Abreu", "identifier": "700001"}
FAMILY = [feed.MARISOL, feed.MOTHER]
FAMILY_ROLES = [feed.STUDENT_ROLE, feed.MOTHER_ROLE]


def read(path: Path) -> tuple[list[Row], oneroster.Summary]:
    summary = oneroster.check_roster(path)
    return list(oneroster.read_roster(path, checked=summary)), summary


def only[R: Row](rows: list[Row], kind: type[R]) -> R:
    (found,) = [row for row in rows if type(row) is kind]
    return found


def role(user: str, name: str, **more: str) -> feed.Record:
    return {"sourcedId": f"r-{user}-{name}", "userSourcedId": user, "role": name, "orgSourcedId": "s1", **more}


def test_a_family_at_a_school(small: Callable[..., Path]) -> None:
    rows, _ = read(small())
    school, student, mother = only(rows, SchoolRow), only(rows, StudentRow), only(rows, GuardianRow)
    relation = only(rows, RelationRow)
    at_school = next(row for row in rows if isinstance(row, RoleRow) and row.kind == "student")

    assert (school.number, school.name, student.number, mother.number) == ("0350", "Burke High", "100016", "900016")
    assert (relation.student.number, relation.guardian.number) == ("100016", "900016")
    assert (at_school.begins, at_school.ends) == (date(2026, 9, 8), date(2027, 6, 20))
    assert [grade.value for grade in at_school.grades] == ["10"]


@pytest.mark.parametrize("said_by", ["student", "mother", "both"])
def test_a_relation_is_the_same_whoever_says_it(small: Callable[..., Path], said_by: str) -> None:
    student = feed.MARISOL | ({"agentSourcedIds": ""} if said_by == "mother" else {})
    mother = feed.MOTHER | ({"agentSourcedIds": "u1"} if said_by != "student" else {})
    rows, _ = read(small(users=[student, mother]))

    assert only(rows, RelationRow).key == ("u1", "u2")


def test_a_relation_lasts_as_long_as_the_roles_of_a_guardian(small: Callable[..., Path]) -> None:
    def dates(*roles: feed.Record) -> tuple[date | None, date | None]:
        rows, _ = read(small(folder=str(len(roles)), roles=[feed.STUDENT_ROLE, *roles]))
        relation = only(rows, RelationRow)
        return relation.begins, relation.ends

    ended = role("u2", "parent", beginDate="2024-09-01", endDate="2026-01-15")
    other = role("u2", "guardian", beginDate="2025-09-01", endDate="2026-10-01")

    assert dates(ended) == (date(2024, 9, 1), date(2026, 1, 15))
    assert dates(ended, other) == (date(2024, 9, 1), date(2026, 10, 1))
    assert dates(ended, other, role("u2", "parent", beginDate="2023-01-01")) == (date(2023, 1, 1), None)


def test_a_teacher_who_is_a_parent_is_both(small: Callable[..., Path]) -> None:
    users = [feed.MARISOL | {"agentSourcedIds": "u5"}, ABREU]
    rows, _ = read(small(users=users, roles=[feed.STUDENT_ROLE, role("u5", "teacher"), role("u5", "parent")]))

    assert only(rows, StaffRow).number == only(rows, GuardianRow).number == "700001"
    assert only(rows, RelationRow).guardian.number == "700001"


@pytest.mark.parametrize("name", ["relative", "teacher", "ext:godparent", "Parent"])
def test_who_is_no_guardian_by_the_standard_is_made_none(small: Callable[..., Path], name: str) -> None:
    rows, summary = read(small(roles=[feed.STUDENT_ROLE, role("u2", name)]))
    open_relation = only(rows, OpenRelationRow)

    assert (open_relation.user.number, open_relation.agent.number) == ("100016", "900016")
    assert not [row for row in rows if isinstance(row, RelationRow | GuardianRow)]
    assert dict(summary.unfamiliar) == ({} if name in {"relative", "teacher"} else {"roles.role": 1})


def test_an_unknown_role_is_kept_and_flagged(small: Callable[..., Path]) -> None:
    rows, summary = read(small(roles=[*FAMILY_ROLES, role("u5", "ext:nurse")], users=[*FAMILY, ABREU]))
    nurse = next(row for row in rows if isinstance(row, RoleRow) and row.person.number == "700001")

    assert (nurse.role.value, nurse.role.is_standard, nurse.kind) == ("ext:nurse", False, None)
    assert only(rows, PersonRow).number == "700001"
    assert dict(summary.unfamiliar) == {"roles.role": 1}


def test_two_who_could_each_be_the_others_guardian_are_left_open(small: Callable[..., Path]) -> None:
    rows, _ = read(small(roles=[*FAMILY_ROLES, role("u1", "parent"), role("u2", "student")]))

    assert only(rows, OpenRelationRow).key == ("u1", "u2")
    assert not [row for row in rows if isinstance(row, RelationRow)]


def test_a_child_with_a_user_for_each_school_is_one_number(small: Callable[..., Path]) -> None:
    again = feed.MARISOL | {"sourcedId": "u1b", "grades": "11"}
    school = feed.SCHOOL | {"sourcedId": "s2", "identifier": "0360", "name": "Evening High"}
    rows, _ = read(
        small(
            users=[*FAMILY, again],
            roles=[*FAMILY_ROLES, feed.STUDENT_ROLE | {"userSourcedId": "u1b", "orgSourcedId": "s2"}],
            orgs=[feed.SCHOOL, school],
        )
    )
    students = [row for row in rows if isinstance(row, StudentRow)]
    places = [row for row in rows if isinstance(row, RoleRow) and row.kind == "student"]

    assert [row.sourced_id for row in students] == ["u1", "u1b"]
    assert students[0] == students[1]
    assert students[0].digest == students[1].digest
    assert {(row.person.number, row.org.number, row.grades[0].value) for row in places} == {
        ("100016", "0350", "10"),
        ("100016", "0360", "11"),
    }


def test_the_same_role_twice_counts_once_and_a_contradiction_is_refused(small: Callable[..., Path]) -> None:
    rows, _ = read(small(roles=[*FAMILY_ROLES, feed.STUDENT_ROLE | {"sourcedId": "r9"}]))
    contradicting = small(folder="other", roles=[*FAMILY_ROLES, feed.STUDENT_ROLE | {"endDate": "2027-01-01"}])

    assert len([row for row in rows if isinstance(row, RoleRow)]) == 2
    with pytest.raises(oneroster.ReadingError, match=r"roles.csv, line 4: role"):
        oneroster.check_roster(contradicting)


def test_a_delta_tells_what_is_gone_and_leaves_open_what_it_does_not_hold(small: Callable[..., Path]) -> None:
    delta = dict.fromkeys(("orgs", "users", "roles"), "delta") | {"academicSessions": "absent"}
    changed = {"status": "active", "dateLastModified": "2026-11-02T10:00:00Z"}
    gone = {"status": "tobedeleted", "dateLastModified": "2026-11-02T10:00:00Z"}
    rows, summary = read(
        small(
            modes=delta,
            orgs=[feed.SCHOOL | {"sourcedId": "s7"} | gone],
            academicSessions=[],
            users=[feed.MARISOL | changed, ABREU | gone],
            roles=[role("u5", "teacher") | gone, role("u1", "student") | changed | {"orgSourcedId": "s8"}],
        )
    )
    gone_rows = [row for row in rows if isinstance(row, GoneRow)]

    assert {(row.entity, row.sourced_id) for row in gone_rows} == {("org", "s7"), ("user", "u5"), ("role", "")}
    assert {row.role_key for row in gone_rows if row.entity == "role"} == {("u5", "teacher", "s1", "")}
    assert not [row for row in rows if isinstance(row, StaffRow | SchoolRow)]
    assert only(rows, OpenRelationRow).agent.number is None
    assert only(rows, RoleRow).org.number is None
    assert dict(summary.open_references) == {"orgs": 1, "users": 1}


def test_a_user_in_a_delta_without_its_roles_is_of_no_kind(small: Callable[..., Path]) -> None:
    modes = {"users": "delta"}
    rows, _ = read(
        small(modes=modes, orgs=[], roles=[], academicSessions=[], users=[feed.MARISOL | {"status": "active"}])
    )

    assert only(rows, PersonRow).number == "100016"


def test_a_delta_without_status_is_refused(small: Callable[..., Path]) -> None:
    text = feed.as_csv("users", FAMILY).replace("status", "state", 1)

    with pytest.raises(oneroster.ReadingError, match="the columns status"):
        oneroster.check_roster(small(modes={"users": "delta"}, users=text))


def test_a_deleted_user_in_a_bulk_file_takes_roles_and_relations_along(small: Callable[..., Path]) -> None:
    rows, _ = read(small(users=[feed.MARISOL, feed.MOTHER | {"status": "tobedeleted"}]))

    assert only(rows, GoneRow).sourced_id == "u2"
    assert not [row for row in rows if isinstance(row, GuardianRow | RelationRow | OpenRelationRow)]
    assert [row.person.number for row in rows if isinstance(row, RoleRow)] == ["100016"]


def test_a_district_is_no_school(small: Callable[..., Path]) -> None:
    district = {"sourcedId": "d1", "name": "Boston", "type": "district", "identifier": "0035"}
    rows, _ = read(small(orgs=[feed.SCHOOL | {"parentSourcedId": "d1"}, district]))
    school = only(rows, SchoolRow)

    assert only(rows, oneroster.OrgRow).number == "0035"
    assert school.parent is not None
    assert school.parent.sourced_id == "d1"
