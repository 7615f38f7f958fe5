"""What is a referral to law enforcement, what a school-related arrest, and by which signs each is known.

The definitions are those of the Civil Rights Data Collection (US Department of Education, Office for Civil Rights;
34 CFR 100.6(b)), module ARRS, as of the collection of 2015-16, in our words:

- A **referral to law enforcement** is an act by which a student is reported to any law enforcement agency or official,
  a school police unit included, for an incident on school grounds, at a school event or in school transport, whether
  or not anything official follows. Citations, tickets, court referrals and school-related arrests are referrals.
- A **school-related arrest** is the arrest of a student for what was done on school grounds, at an activity of the
  school elsewhere or in school transport, or because a school official referred the student. Each is a referral too;
  CEDS says the same of its code 75001.

So a report to the district's own sworn unit counts. Race, sex, English-learner status and disability, by which the
collection wants its counts, are not here and never will be: the list goes to the student information system, which has
them, and which also leaves out students below kindergarten.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Basis(StrEnum):
    """By which sign a student stands in the list."""

    REPORTED = "reported"
    GIVEN = "given"
    OWN_UNIT = "own_unit"
    REFERRAL_CODE = "referral_code"
    ARREST_CODE = "arrest_code"

    @property
    def words(self) -> str:
        """In words, as the list has it."""
        return _BASIS[self]


_BASIS = {
    Basis.REPORTED: "The incident was reported to law enforcement",
    Basis.GIVEN: "A copy that names the student was given to law enforcement",
    Basis.OWN_UNIT: "A copy that names the student was given to the district's own sworn unit",
    Basis.REFERRAL_CODE: "The discipline record says: referred",
    Basis.ARREST_CODE: "The discipline record says: arrested",
}


class Question(StrEnum):
    """What a person must answer before it is known whether a student counts."""

    PART = "part"
    OTHER_PART = "other_part"
    PAPER = "paper"
    PLACE = "place"

    @property
    def words(self) -> str:
        """The question as the list puts it."""
        return _QUESTIONS[self]


_QUESTIONS = {
    Question.PART: "Nobody has said which part the student had. Was the student reported?",
    Question.OTHER_PART: "The student was harmed, saw it or told of it. Was the student reported, or only named?",
    Question.PAPER: "The agency came with a paper of its own. Had a school official reported the student?",
    Question.PLACE: "Was it on school grounds, at a school event or in school transport?",
}


class Answer(StrEnum):
    """Whether a student counts. Unknown is not false: it asks."""

    YES = "yes"
    ASK = "ask"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign that one student was reported in one incident.

    Attributes:
        incident: the number by which people find it; the same for all signs of one incident.
        school: the school's number.
        school_name: its name.
        on: the day of the incident.
        student: the student's local number.
        part: the student's part in it: "involved", "harmed", "witness", "reported" or "unknown".
        place: where it was, as incidents have it.
        basis: by which sign.
        own_paper: whether the agency came with a paper that compelled, or with somebody's consent.
    """

    incident: str
    school: str
    school_name: str
    on: date
    student: str
    part: str
    place: str
    basis: Basis
    own_paper: bool = False
