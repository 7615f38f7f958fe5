"""From signs to the list, the counts of the federal form, and the one table that may be published."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from schoolgate.engines import figures
from schoolgate.interop.crdc.model import Answer, Basis, Question, Sign
from schoolgate.interop.csv_text import csv_text

COLUMNS: Final = (
    "incident",
    "day",
    "school",
    "school name",
    "student number",
    "referral",
    "arrest",
    "because",
    "to be answered",
)
# Where the definition reaches without a question.
_AT_SCHOOL: Final = frozenset({"classroom", "hallway", "cafeteria", "grounds", "bus", "activity"})
_OTHER_PARTS: Final = frozenset({"harmed", "witness", "reported"})


@dataclass(frozen=True, slots=True)
class ListedStudent:
    """One student in one incident: an instance, in the collection's word.

    Attributes:
        referral: whether the student was referred; NO never stands in a list.
        arrest: whether the student was arrested.
        because: the signs, in order.
        questions: what a person must answer where `referral` is ASK.
    """

    incident: str
    on: date
    school: str
    school_name: str
    student: str
    referral: Answer
    arrest: Answer
    because: tuple[Basis, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list, by school, day, incident and student."""

    rows: tuple[ListedStudent, ...]

    @property
    def to_be_answered(self) -> int:
        """How many rows wait for a person."""
        return sum(one.referral is Answer.ASK for one in self.rows)


def list_students(signs: Iterable[Sign]) -> Listed:
    """One row a student and incident. One sign that counts is enough; without one the row asks. O(signs log signs)."""
    grouped: dict[tuple[str, str], list[Sign]] = {}
    for sign in signs:
        grouped.setdefault((sign.incident, sign.student), []).append(sign)
    rows = [row for group in grouped.values() if (row := _row(group))]
    return Listed(tuple(sorted(rows, key=lambda one: (one.school, one.on, one.incident, one.student))))


def _row(signs: list[Sign]) -> ListedStudent | None:
    # Who was harmed in an incident that was reported was not reported by that.
    signs = [one for one in signs if one.basis is not Basis.REPORTED or one.part not in _OTHER_PARTS]
    if not signs:
        return None
    asked = {one: questions_about(one) for one in signs}
    counts = any(not questions for questions in asked.values())
    questions = () if counts else tuple(sorted({each for some in asked.values() for each in some}))
    first = signs[0]
    return ListedStudent(
        first.incident,
        first.on,
        first.school,
        first.school_name,
        first.student,
        Answer.YES if counts else Answer.ASK,
        Answer.YES if any(one.basis is Basis.ARREST_CODE for one in signs) else Answer.NO,
        tuple(sorted({one.basis for one in signs})),
        questions,
    )


def questions_about(sign: Sign) -> frozenset[Question]:
    """What must be answered before a sign counts; nothing where it counts as it stands.

    A code of discipline was given by a school official who knew the definition: it asks nothing.
    """
    if sign.basis in {Basis.ARREST_CODE, Basis.REFERRAL_CODE}:
        return frozenset()
    questions = set()
    if sign.part in _OTHER_PARTS:
        questions.add(Question.OTHER_PART)
    elif sign.part != "involved":
        questions.add(Question.PART)
    if sign.own_paper:
        questions.add(Question.PAPER)
    if sign.place not in _AT_SCHOOL:
        questions.add(Question.PLACE)
    return frozenset(questions)


def to_csv(listed: Listed) -> str:
    """The list as CSV, for the student information system."""
    return csv_text(
        COLUMNS,
        [
            [
                one.incident,
                one.on.isoformat(),
                one.school,
                one.school_name,
                one.student,
                one.referral.value,
                one.arrest.value,
                "; ".join(basis.words for basis in one.because),
                " ".join(question.words for question in one.questions),
            ]
            for one in listed.rows
        ],
    )


@dataclass(frozen=True, slots=True)
class SchoolCount:
    """A school's raw counts, for the federal form alone: they are never published.

    Attributes:
        referrals: instances (ARRS-1).
        referred: students, each once (ARRS-2 and 3 together).
        arrests: instances (ARRS-4).
        arrested: students, each once (ARRS-5 and 6 together).
        open: instances that wait for a person, and are in none of the others.
    """

    school: str
    name: str
    referrals: int
    referred: int
    arrests: int
    arrested: int
    open: int


def count_by_school(listed: Listed) -> tuple[SchoolCount, ...]:
    """The counts of each school that stands in the list. What is open counts as open, never as a zero or a one."""
    names = {one.school: one.school_name for one in listed.rows}
    counted = []
    for school, name in sorted(names.items()):
        rows = [one for one in listed.rows if one.school == school]
        referred = [one.student for one in rows if one.referral is Answer.YES]
        arrested = [one.student for one in rows if one.arrest is Answer.YES]
        counted.append(
            SchoolCount(
                school,
                name,
                len(referred),
                len(set(referred)),
                len(arrested),
                len(set(arrested)),
                sum(one.referral is Answer.ASK for one in rows),
            )
        )
    return tuple(counted)


def totals_csv(listed: Listed) -> str:
    """The raw counts as CSV: for the federal form, not for the public."""
    return csv_text(
        ("school", "school name", "referrals", "students referred", "arrests", "students arrested", "to be answered"),
        [
            [
                one.school,
                one.name,
                *map(str, (one.referrals, one.referred, one.arrests, one.arrested, one.open)),
            ]
            for one in count_by_school(listed)
        ],
    )


def public_table(
    listed: Listed, schools: Iterable[str], *, threshold: int = figures.DEFAULT_THRESHOLD, seed: bytes | None = None
) -> figures.Table:
    """The students referred, by school: the only table that may be published of a list.

    One measure and no second: arrests beside referrals, or instances beside students, would bound each other's hidden
    cells, since each is at most the other. Every school of the district is a cell, so that one that is missing says
    nothing.

    Args:
        listed: a closed school year's list.
        schools: all schools of the district, by number.
        threshold: the smallest count that may be shown.
        seed: secret, fixed before the counts were known (see `figures.suppress_row`).
    """
    counts = Counter({one.school: one.referred for one in count_by_school(listed)})
    return figures.suppress_row(
        {school: counts[school] for school in sorted({*schools, *counts})}, threshold=threshold, seed=seed
    )


def public_csv(table: figures.Table, names: dict[str, str]) -> str:
    """A table as it is published."""
    rows = [[school, names.get(school, ""), table.text(school)] for school in table.cells]
    return csv_text(
        ("school", "school name", "students referred to law enforcement"), [*rows, ["all", "", table.total_text]]
    )
