"""The code table: a TOML file that a district fills in from the state's handbook (see `template.toml`)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from schoolgate.interop.ssdr.errors import SsdrError

_TOP: Final = frozenset(
    {"version", "handbook", "source", "student_numbers", "days", "schools", "offense", "discipline", "not_reported"}
)
_OFFENSE_FLAGS: Final = ("always_report", "victims", "description", "injury")
_PENALTY_FLAGS: Final = ("removal", "arrest")
_SCHOOL_CODE: Final = re.compile(r"\d{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offense:
    """An offense of the handbook, and what must be said with it."""

    code: str
    title: str
    always_report: bool = False
    victims: bool = False
    description: bool = False
    injury: bool = False


@dataclass(frozen=True, slots=True)
class Penalty:
    """A disciplinary action of the handbook."""

    code: str
    title: str
    removal: bool = False
    arrest: bool = False


@dataclass(frozen=True, slots=True)
class CodeTable:
    """What a district says its words are to the state.

    Attributes:
        handbook: which handbook the codes are from.
        sasid: whether the student numbers here are the state's.
        days: how the state wants days, for `strftime`.
        schools: our number of a school to the state's code.
        offenses: our word to the state's offense.
        penalties: our word to the state's disciplinary action.
        not_incidents: words of incidents that are none of the report's business.
        not_disciplines: the same of disciplines.
        digest: SHA-256 of the file.
    """

    handbook: str
    sasid: bool
    days: str
    schools: Mapping[str, str]
    offenses: Mapping[str, Offense]
    penalties: Mapping[str, Penalty]
    not_incidents: frozenset[str]
    not_disciplines: frozenset[str]
    digest: str


def template() -> str:
    """The empty code table to begin with."""
    return files("schoolgate.interop.ssdr").joinpath("template.toml").read_text(encoding="utf-8")


def parse_codes(text: str, *, name: str = "ssdr-codes.toml") -> CodeTable:
    """Read a code table.

    Raises:
        SsdrError: With the place, and the line where it can be told.
    """
    return _Reader(text, name).table()


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        try:
            self.data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            raise SsdrError(f"{name}: this is no TOML ({problem}). Correct it there.") from problem

    def table(self) -> CodeTable:
        data = self.data
        if data.get("version") != 1:
            raise self.wrong("version", "write version = 1")
        for key in sorted(set(data) - _TOP):
            raise self.wrong(key, f"there is no such key; known are {', '.join(sorted(_TOP))}")
        handbook = data.get("handbook")
        if not isinstance(handbook, str) or not handbook.strip():
            raise self.wrong("handbook", "say which handbook the codes are from")
        numbers = data.get("student_numbers")
        if numbers not in {"sasid", "local"}:
            raise self.wrong("student_numbers", 'write "sasid" or "local"')
        days = data.get("days", "%m/%d/%Y")
        if not isinstance(days, str) or len({date(2026, 1, 2).strftime(days), date(2027, 3, 4).strftime(days)}) == 1:
            raise self.wrong("days", 'write how days look, such as "%m/%d/%Y"')
        none = data.get("not_reported", {})
        if not isinstance(none, dict) or not set(none) <= {"incidents", "disciplines"}:
            raise self.wrong("not_reported", "give the lists incidents and disciplines")
        skipped = {key: self.strings(none, key, "not_reported") for key in ("incidents", "disciplines")}
        offenses: dict[str, Offense] = {}
        penalties: dict[str, Penalty] = {}
        for block, words in self.blocks("offense", _OFFENSE_FLAGS):
            offense = Offense(block["code"], block["title"], **{key: bool(block.get(key)) for key in _OFFENSE_FLAGS})
            self.put(offenses, words, offense, skipped["incidents"])
        for block, words in self.blocks("discipline", _PENALTY_FLAGS):
            penalty = Penalty(block["code"], block["title"], **{key: bool(block.get(key)) for key in _PENALTY_FLAGS})
            self.put(penalties, words, penalty, skipped["disciplines"])
        return CodeTable(
            handbook=handbook,
            sasid=numbers == "sasid",
            days=days,
            schools=self.schools(),
            offenses=offenses,
            penalties=penalties,
            not_incidents=skipped["incidents"],
            not_disciplines=skipped["disciplines"],
            digest=sha256(self.text.encode()).hexdigest(),
        )

    def schools(self) -> dict[str, str]:
        schools = self.data.get("schools", {})
        if not isinstance(schools, dict):
            raise self.wrong("schools", "give our number of each school and the state's code of it")
        for ours, theirs in schools.items():
            if not isinstance(theirs, str) or not _SCHOOL_CODE.fullmatch(theirs):
                raise self.wrong(ours, "the state's code of a school has eight digits, in quotation marks")
        return schools

    def blocks(self, key: str, flags: tuple[str, ...]) -> list[tuple[dict[str, Any], frozenset[str]]]:
        found, codes = [], set()
        for number, block in enumerate(self.data.get(key, []), start=1):
            place = f"{key} {number}"
            for needed in ("code", "title"):
                if not isinstance(block.get(needed), str) or not block[needed].strip():
                    raise self.wrong(place, f"it has no {needed}")
            for more in sorted(set(block) - {"code", "title", "from", *flags}):
                raise self.wrong(more, f"{place} has no such key; known are code, title, from, {', '.join(flags)}")
            for flag in flags:
                if not isinstance(block.get(flag, False), bool):
                    raise self.wrong(flag, f"write true or false in {place}")
            if block["code"] in codes:
                raise self.wrong(block["code"], f"{place} has a code that another has too")
            codes.add(block["code"])
            found.append((block, self.strings(block, "from", place)))
        return found

    def put[T](self, table: dict[str, T], words: frozenset[str], value: T, skipped: frozenset[str]) -> None:
        for word in sorted(words):
            if word in table or word in skipped:
                raise self.wrong(word, "this word of ours stands in two places; keep one")
            table[word] = value

    def strings(self, data: Mapping[str, Any], key: str, place: str) -> frozenset[str]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise self.wrong(key, f"{place} needs a list of texts")
        return frozenset(value)

    def wrong(self, where: str, what: str) -> SsdrError:
        """An error with the line of the word's last mention: where there are two, the second is the fault."""
        lines = [number for number, line in enumerate(self.text.splitlines(), start=1) if where in line]
        place = f"line {lines[-1]}, {where}" if lines else where
        return SsdrError(f"{self.name}, {place}: {what}.")
