"""What is known of an incident and of a discipline, before it is put into the state's words."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """One incident.

    Attributes:
        key: its number, unique in the district.
        on: its day.
        school: our number of the school.
        school_name: its name.
        words: our kind and the behaviors that were reported.
        student_victims: how many students were harmed; the same for staff and for others.
        student_offenders: how many students took part.
        other_offenders: how many others did.
        parts_open: how many people stand in it whose part nobody has said.
        injury: whether somebody was hurt; None where nobody has said.
    """

    key: str
    on: date
    school: str
    school_name: str
    words: tuple[str, ...]
    student_victims: int = 0
    staff_victims: int = 0
    other_victims: int = 0
    student_offenders: int = 0
    other_offenders: int = 0
    parts_open: int = 0
    injury: bool | None = None


@dataclass(frozen=True, slots=True)
class StudentFacts:
    """The student of a discipline, as far as the state needs them."""

    number: str
    full_name: str
    born: date | None


@dataclass(frozen=True, slots=True)
class DisciplineFacts:
    """One discipline of one student for one incident.

    Attributes:
        incident: the key of its incident.
        student: who.
        begins: its first day.
        word: the discipline, as the student information system names it.
        days: school days missed; None where nobody has said.
        behaviors: what this student did, where the system says so; the incident's words otherwise.
    """

    incident: str
    student: StudentFacts
    begins: date
    word: str
    days: float | None = None
    behaviors: tuple[str, ...] = ()
