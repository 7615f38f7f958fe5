"""The pair of files: offenses by incident, disciplines by student; checked line by line before it is handed out.

The columns are those of the Department's files in the public layout of a vendor (PowerSchool, Massachusetts
compliance pages), without those that are discontinued. The rules are those of its error list as far as it was read: the
day lies within the year from 1 July to 30 June, OFF IND is always Y, at least one and at most five offenses, a
discipline belongs to an incident of the other file, SASIDs have ten digits. Codes come from the district's table alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from schoolgate.interop.csv_text import csv_text
from schoolgate.interop.ssdr.codes import CodeTable, Offense, Penalty
from schoolgate.interop.ssdr.errors import Gap, Problem, SsdrProblems
from schoolgate.interop.ssdr.model import DisciplineFacts, IncidentFacts

MOST_OFFENSES: Final = 5
_PLACES: Final = range(1, MOST_OFFENSES + 1)
OFFENSE_COLUMNS: Final = (
    *("OFF ID", "OFF DATE", "SCH NAME", "SCH CODE", "OFF IND", "DISC IND"),
    *(f"OT{place}" for place in _PLACES),
    *("VS", "VSCHP", "VNSCHP", "VU", "OFFES", "OFFENS", "OFFEU", "OFF DESC", "PHYS INJ"),
    *(f"OFF DESC{place}" for place in _PLACES[1:]),
)
DISCIPLINE_COLUMNS: Final = (
    *("OFF ID", "OFF DATE", "SASID", "FN", "LN", "DOB", "PST", "DAT", "SD", "RD", "DM", "AE", "ARREST"),
    *(f"SOT{place}" for place in _PLACES),
)
# The year of the report begins on 1 July.
_FIRST_MONTH: Final = 7
_SASID: Final = re.compile(r"\d{10}", re.ASCII)
_FIRST_AND_LAST: Final = 2
# Columns that nothing here knows: whole columns, told once.
_LEFT: Final = {
    "PST": "Whether the student has a plan for special education stands in the student information system",
    "RD": "The day of return stands in the student information system",
    "AE": "Whether the student was taught meanwhile stands in the student information system",
}


@dataclass(frozen=True, slots=True)
class SsdrFiles:
    """The pair, as CSV texts, and what it leaves to whoever sends it.

    Attributes:
        offenses: how many incidents.
        disciplines: how many disciplines.
        incidents: the keys of the incidents in it.
    """

    offense: str
    discipline: str
    offenses: int
    disciplines: int
    incidents: tuple[str, ...]
    gaps: tuple[Gap, ...]


@dataclass(slots=True)
class _Work:
    table: CodeTable
    year: int
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    # Words that the table does not hold: kind of word and word, with the first incident that has it and how many do.
    unmapped: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def wrong(self, where: str, column: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(f"incident {where}", column, what, remedy))

    def gap(self, file: str, line: int, column: str, why: str) -> None:
        self.gaps.append(Gap(file, line, column, why))

    def missing(self, kind: str, word: str, where: str) -> None:
        first, count = self.unmapped.get((kind, word), (where, 0))
        self.unmapped[kind, word] = first, count + 1

    def day(self, day: date) -> str:
        return day.strftime(self.table.days)


def build(
    incidents: Iterable[IncidentFacts], disciplines: Iterable[DisciplineFacts], table: CodeTable, *, year: int
) -> SsdrFiles:
    """Make the pair for the year that ends on 30 June of `year`; nothing is made while anything is wrong.

    An incident is in it when one of its offenses is always reported, or when it took a student out of class.

    Returns:
        The same files for the same facts, whatever their order; O(n log n).

    Raises:
        SsdrProblems: Every code that the table lacks, by name, and every line that the state would refuse.
    """
    work = _Work(table, year)
    known = {one.key: one for one in sorted(incidents, key=lambda one: (one.on, one.key))}
    penalties = _penalties(disciplines, known, work)
    removed = {one.incident for one, penalty in penalties if penalty.removal}
    offenses = {one.key: _offenses(one.words, one.key, work) for one in known.values()}
    reported = {
        key: one
        for key, one in known.items()
        if key in removed or any(offense.always_report for offense in offenses[key])
    }
    disciplined = {one.incident for one, _ in penalties}
    offense_rows = [
        _offense_row(one, offenses[key], line, disciplined=key in disciplined, work=work)
        for line, (key, one) in enumerate(reported.items(), start=2)
    ]
    kept = [(one, penalty) for one, penalty in penalties if one.incident in reported]
    discipline_rows = [
        _discipline_row(one, penalty, reported[one.incident], offenses=offenses[one.incident], line=line, work=work)
        for line, (one, penalty) in enumerate(kept, start=2)
    ]
    _name_unmapped(work)
    if work.problems:
        raise SsdrProblems(tuple(sorted(work.problems)))
    if discipline_rows:
        work.gaps += [Gap("discipline", 0, column, why) for column, why in _LEFT.items()]
        if not table.sasid:
            work.gap("discipline", 0, "SASID", "The student numbers of this installation are not the state's")
    return SsdrFiles(
        csv_text(OFFENSE_COLUMNS, offense_rows),
        csv_text(DISCIPLINE_COLUMNS, discipline_rows),
        len(offense_rows),
        len(discipline_rows),
        tuple(reported),
        tuple(sorted(work.gaps)),
    )


def gaps_csv(files: SsdrFiles) -> str:
    """What is to be filled in, as CSV."""
    return csv_text(
        ("file", "line", "column", "why"),
        [[one.file, str(one.line or "all"), one.column, one.why] for one in files.gaps],
    )


def _penalties(
    disciplines: Iterable[DisciplineFacts], known: Mapping[str, IncidentFacts], work: _Work
) -> list[tuple[DisciplineFacts, Penalty]]:
    found = []
    for one in sorted(disciplines, key=lambda one: (one.incident, one.begins, one.student.number, one.word)):
        if one.incident not in known or one.word in work.table.not_disciplines:
            continue
        penalty = work.table.penalties.get(one.word)
        if penalty is None:
            work.missing("discipline", one.word, one.incident)
        else:
            found.append((one, penalty))
    return found


def _offenses(words: Sequence[str], where: str, work: _Work) -> tuple[Offense, ...]:
    found: dict[str, Offense] = {}
    for word in words:
        if word in work.table.not_incidents:
            continue
        offense = work.table.offenses.get(word)
        if offense is None:
            work.missing("offense", word, where)
        else:
            found[offense.code] = offense
    return tuple(found[code] for code in sorted(found))


def _name_unmapped(work: _Work) -> None:
    for (kind, word), (first, count) in sorted(work.unmapped.items()):
        more = f", first in incident {first}" if count == 1 else f", in {count} places, first in incident {first}"
        work.problems.append(
            Problem(
                "the code table",
                "",
                f"no {kind} has {word!r} in its list{more}",
                f"Add it to `from` of the {kind} that it is, or to [not_reported]",
            )
        )


def _offense_row(
    one: IncidentFacts, offenses: tuple[Offense, ...], line: int, *, disciplined: bool, work: _Work
) -> list[str]:
    if not date(work.year - 1, _FIRST_MONTH, 1) <= one.on < date(work.year, _FIRST_MONTH, 1):
        span = f"1 July {work.year - 1} to 30 June {work.year}"
        work.wrong(one.key, "OFF DATE", f"the day is not within {span}", "Leave it to the report of its own year")
    school = work.table.schools.get(one.school, "")
    if not school:
        work.wrong(one.key, "SCH CODE", f"the code table has no code for school {one.school}", "Add it to [schools]")
    if not offenses:
        work.wrong(
            one.key,
            "OT1",
            "it took a student out of class, and none of its words is an offense",
            "Say in the code table which offense they are",
        )
    if len(offenses) > MOST_OFFENSES:
        what = f"it has {len(offenses)} offenses, and the file holds {MOST_OFFENSES}"
        work.wrong(one.key, "OT5", what, "Correct the incident, or split it where it was two")
    shown = offenses[:MOST_OFFENSES]
    if one.parts_open and any(offense.victims for offense in shown):
        work.gap("offense", line, "VS", f"The part of {one.parts_open} of its people was never said: count them too")
    nobody = one.student_offenders + one.other_offenders == 0
    if nobody:
        work.gap("offense", line, "OFFEU", "Nobody is known to have done it: how many were there")
    injury = ""
    if any(offense.injury for offense in shown):
        injury = {True: "Y", False: "N", None: ""}[one.injury]
        if one.injury is None:
            work.gap("offense", line, "PHYS INJ", "Nobody has said whether somebody was hurt")
    described = [offense.title if offense.description else "" for offense in shown]
    described += [""] * (MOST_OFFENSES - len(described))
    return [
        one.key,
        work.day(one.on),
        one.school_name,
        school,
        "Y",
        "Y" if disciplined else "N",
        *_padded(shown),
        str(one.student_victims),
        str(one.staff_victims),
        str(one.other_victims),
        "0" if not one.parts_open else "",
        str(one.student_offenders),
        str(one.other_offenders),
        "" if nobody else "0",
        described[0],
        injury,
        *described[1:],
    ]


def _discipline_row(
    one: DisciplineFacts,
    penalty: Penalty,
    incident: IncidentFacts,
    *,
    offenses: tuple[Offense, ...],
    line: int,
    work: _Work,
) -> list[str]:
    student = one.student
    if work.table.sasid and not _SASID.fullmatch(student.number):
        work.wrong(one.incident, "SASID", "a student's number has not ten digits", "Correct it in the student system")
    if one.begins < incident.on:
        work.wrong(one.incident, "SD", "a discipline begins before its incident", "Correct one of the two days")
    names = student.full_name.split()
    first, last = names if len(names) == _FIRST_AND_LAST else ("", "")
    if not first:
        # Where a name of three words divides is not ours to guess.
        work.gap("discipline", line, "FN", "The name has more than two words or one: divide it as the state has it")
    if student.born is None:
        work.gap("discipline", line, "DOB", "No birth date is on file")
    if one.days is None:
        work.gap("discipline", line, "DM", "Nobody has said how many school days were missed")
    elif one.days < 0:
        work.wrong(one.incident, "DM", "fewer than no days were missed", "Correct it in the student system")
    own = _offenses(one.behaviors, one.incident, work) or offenses
    return [
        one.incident,
        work.day(incident.on),
        student.number if work.table.sasid else "",
        first,
        last,
        work.day(student.born) if student.born else "",
        "",
        penalty.code,
        work.day(one.begins),
        "",
        "" if one.days is None else f"{one.days:g}",
        "",
        "Y" if penalty.arrest else "N",
        *_padded(own[:MOST_OFFENSES]),
    ]


def _padded(offenses: Sequence[Offense]) -> list[str]:
    codes = [one.code for one in offenses]
    return codes + [""] * (MOST_OFFENSES - len(codes))
