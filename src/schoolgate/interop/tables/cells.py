"""One cell of a mapped column as a value: a text, a day, a time, yes or no. What could mean two things is refused.

Formulas are told by the characters that OWASP ASVS 5.0 (1.2.10) names.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Literal

from schoolgate.interop.tables.never import is_refused_value, tells_status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schoolgate.interop.tables.fields import Kind

type Value = str | date | time | bool
type DateOrder = Literal["month first", "day first"]

MAX_NAME, MAX_CODE, MAX_NUMBER, MAX_TEXT = 200, 120, 64, 20_000
_FORMULA = re.compile(r"[=@\t\r]|[+-](?=\S)")
_SPREADSHEET_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)|#+", re.IGNORECASE)
_MANGLED = re.compile(r"\d(?:[.,]\d+)?E[+-]?\d+|\d+\.0+", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]*", re.ASCII)
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_NAMED = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4})", re.ASCII)
_NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.ASCII)
_MIDNIGHT = re.compile(r"[ T](?:0?0|12):00(?::00(?:\.0+)?)?(?: ?AM)?Z?$", re.IGNORECASE | re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AP])\.?M\.?)?", re.IGNORECASE | re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_FLAGS = {
    "yes": True, "y": True, "true": True, "t": True, "1": True, "sí": True, "si": True,
    "no": False, "n": False, "false": False, "f": False, "0": False,
}  # fmt: skip
_FIRST_YEAR, _LAST_YEAR, _MONTHS_OF_YEAR, _NOON = 1900, 2100, 12, 12


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a cell cannot be read: what was expected, and what to do."""

    expected: str
    remedy: str


def read_cell(text: str, kind: Kind, order: DateOrder | None) -> Value | Bad | None:
    """A cell's value; `None` when it is empty.

    Args:
        text: The cell.
        kind: Of the field.
        order: What a person said of dates such as 03/04/2026; `None`: they are ambiguous.
    """
    found = text.strip()
    if not found:
        return None
    if kind == "number" and len(found) <= MAX_NUMBER and found.isdigit() and found.isascii():
        return found  # what all that follows comes to
    if bad := _unfit(found, kind):
        return bad
    return read_date(found, order) if kind == "date" else _READERS[kind](found)


def read_date(found: str, order: DateOrder | None) -> date | Bad:
    """A day in one of the usual notations, if it can mean only one."""
    found = _MIDNIGHT.sub("", found)
    if match := _ISO.fullmatch(found):
        return _day(match[1], match[3], match[4])
    if match := _NAMED.fullmatch(found):
        return _day(match[3], _month(match[2]), match[1])
    if match := _NAMED_FIRST.fullmatch(found):
        return _day(match[3], _month(match[1]), match[2])
    if match := _SLASHED.fullmatch(found):
        return _slashed(match[1], match[3], match[4], order or _only_order(int(match[1]), int(match[3])))
    return Bad("a date such as 2026-09-30, with all four digits of the year", "Format the column as a date.")


def _only_order(first: int, second: int) -> DateOrder | None:
    if first == second or second > _MONTHS_OF_YEAR:
        return "month first"
    return "day first" if first > _MONTHS_OF_YEAR else None


def _slashed(first: str, second: str, year: str, order: DateOrder | None) -> date | Bad:
    if order is None:
        return Bad("a date that can mean one day only", "Say in the mapping whether month or day comes first.")
    return _day(year, first, second) if order == "month first" else _day(year, second, first)


def order_of(text: str) -> DateOrder | Literal["either"] | None:
    """What a cell tells of the order of month and day; `None` when it is no such date."""
    match = _SLASHED.fullmatch(_MIDNIGHT.sub("", text.strip()))
    if not match or match[1] == match[3]:
        return None
    if int(match[1]) > _MONTHS_OF_YEAR:
        return "day first"
    return "month first" if int(match[3]) > _MONTHS_OF_YEAR else "either"


def _unfit(found: str, kind: Kind) -> Bad | None:
    """Why a cell of any kind is refused at sight."""
    if _FORMULA.match(found):
        return Bad("a value, no formula", "Paste the sheet as values, and save it again.")
    if _SPREADSHEET_ERROR.fullmatch(found):
        return Bad("a value; the spreadsheet shows an error there", "Mend it in the spreadsheet.")
    hidden = {"Cc", "Cf", "Co", "Zl", "Zp"}
    breaks = "\n\r\t" if kind == "text" else ""
    if not found.isprintable() and any(
        unicodedata.category(one) in hidden for one in found if one not in f"\u200d{breaks}"
    ):
        return Bad("text without control characters or marks that turn its direction", "Type it anew.")
    return None


def _number(found: str) -> str | Bad:
    if _MANGLED.fullmatch(found):
        return Bad("a number as it was given; the spreadsheet changed it", "Format the column as text, and paste anew.")
    if len(found) > MAX_NUMBER or not _NUMBER.fullmatch(found):
        return Bad(f"letters and digits, at most {MAX_NUMBER}", "Correct it.")
    if is_refused_value(found):
        remedy = "It looks like that of a social security card or an immigration paper: take it out."
        return Bad("a number of the district's own", remedy)
    return found


def _name(found: str) -> str | Bad:
    if tells_status(found):
        return Bad("a name", "It says something of immigration status, which never enters: take it out.")
    return _short(" ".join(found.split()), MAX_NAME)


def _short(found: str, limit: int) -> str | Bad:
    return found if len(found) <= limit else Bad(f"at most {limit} characters", "Shorten it.")


def _flag(found: str) -> bool | Bad:
    flag = _FLAGS.get(found.casefold())
    return Bad("yes or no", "Write yes or no, or leave it empty: unknown is not no.") if flag is None else flag


def _language(found: str) -> str | Bad:
    if not _LANGUAGE.fullmatch(found):
        return Bad("the code of a language, such as es or pt", "Write the code, of the notices' language only.")
    return found.casefold()


def _code(found: str) -> str | Bad:
    if is_refused_value(found):
        remedy = "It says something of status, origin, race or sex: such words are never taken in. Take it out."
        return Bad("a code or a short word of this field", remedy)
    return _short(found, MAX_CODE)


def _text(found: str) -> str | Bad:
    if tells_status(found):
        remedy = "It speaks of immigration status or birthplace, which no report may record. Take it out."
        return Bad("words that may be recorded", remedy)
    return _short(found, MAX_TEXT)


def _time(found: str) -> time | Bad:
    bad = Bad("a time such as 14:30 or 2:30 PM", "Correct it.")
    match = _TIME.fullmatch(found)
    if not match:
        return bad
    hour, half = int(match[1]), (match[4] or "").upper()
    if half and not 1 <= hour <= _NOON:
        return bad
    if half:
        hour = hour % _NOON + (_NOON if half == "P" else 0)
    try:
        return time(hour, int(match[2]), int(match[3] or 0))
    except ValueError:
        return bad


def _month(name: str) -> str:
    folded = name.casefold()
    known = _FULL_MONTHS if folded in _FULL_MONTHS else _MONTHS
    folded = "sep" if folded == "sept" else folded
    return str(known.index(folded) + 1) if folded in known else "0"


def _day(year: str, month: str, day: str) -> date | Bad:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return Bad("a day of the calendar", "Correct it.")
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return Bad(f"a year from {_FIRST_YEAR} to {_LAST_YEAR}", "Correct it.")
    return found


_READERS: Mapping[Kind, Callable[[str], Value | Bad]] = {
    "number": _number,
    "name": _name,
    "time": _time,
    "flag": _flag,
    "code": _code,
    "language": _language,
    "text": _text,
}
