"""An agency's name taken apart: its state, what sort of agency it is, and the words of its place.

Lists write the same agency as "Polk County FL SO", "Polk County Sheriff's Office" or "FL - Polk Co. SO". What tells
agencies apart is the state, the sort and the place; the words that only say the sort ("Police", "Office") say
nothing of which agency it is, so they are never compared.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from schoolgate.interop.agency_lists.states import CODES, NAME_OF, NAMES, POSTAL
from schoolgate.interop.agency_lists.words import (
    ABBREVIATIONS,
    CAMPUS,
    GENERIC,
    LEADING,
    NO_CAMPUS,
    OF_STATE,
    ONE_A_STATE,
    POLICE_WORDS,
    SMALL,
    STATE_OFFICE,
    TEXT_SORTS,
    UNUSED,
    Form,
    Sort,
)


@dataclass(frozen=True, slots=True)
class AgencyName:
    """A name taken apart.

    Attributes:
        text: As written.
        state: Postal code; empty when the name does not tell.
        sort: What sort of agency it is.
        place: The words that say which of its sort it is, in their order, normalized.
        form: Whether it says to be a city's, a town's, a township's; `township` stays among those words too.
        counties: When the name or the list tells them; for a county's agency, its own.
        remark: What else the name says, such as `do not use` or that it is one of several accounts.
    """

    text: str
    state: str
    sort: Sort
    place: tuple[str, ...]
    form: Form = ""
    counties: tuple[str, ...] = ()
    remark: str = ""


@lru_cache(maxsize=20_000)
def parse_name(text: str, state: str = "", county: str = "") -> AgencyName:
    """Take a name apart.

    Args:
        text: The name as written.
        state: The postal code, when the list has it in a column; it counts more than one in the name.
        county: The county, when the list has it in a column; several are joined by commas.

    Returns:
        What could be told; `other` for a sort that could not.
    """
    plain, remarks, in_brackets = _brackets(_without_initials(_plain(text)))
    plain, remarks = _account(*_unused(plain, remarks))
    found, rest = _find_state(plain)
    # A column counts more than the name: "Delaware" may be a county in Ohio.
    found, plain = (state, rest if found == state else plain) if state else (found, rest)
    sort, words = _sort(_words(plain))
    form, words = _form(words)
    sort, words, level = _county(sort, words)
    place = _place(words)
    if sort in ONE_A_STATE or sort in OF_STATE:
        found, place = _state_place(found, sort, place)
    if not place and remarks and sort == "other":
        sort = "not_in_use"
    counties = county_names(county) or in_brackets or level
    return AgencyName(text, found, sort, place, form, counties, "; ".join(remarks))


def _plain(text: str) -> str:
    """Letters without accents, one sort of apostrophe and dash, and single spaces."""
    folded = unicodedata.normalize("NFKD", text).replace("’", "'").replace("‘", "'").replace("–", "-")  # noqa: RUF001 - the characters to replace
    ascii_only = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(ascii_only.split())


def _without_initials(plain: str) -> str:
    """The name without its initials: SLED - South Carolina Law Enforcement Division says the same twice."""
    found = re.fullmatch(r"([A-Z]{3,6})\s*-\s*(.+)", plain)
    return found[2] if found and _initials(found[1], found[2]) else plain


def _brackets(plain: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Take out what stands in brackets, but for a state or a sort: a county, or a remark."""
    remarks: list[str] = []
    counties: tuple[str, ...] = ()

    def taken(found: re.Match[str]) -> str:
        nonlocal counties
        inside = found[1].strip()
        if inside.upper() in CODES or inside in {"PD", "SO", "DPS"}:
            return f" {inside.upper()} "
        if re.search(r"\b(county|co)\b\.?$", inside, re.IGNORECASE):
            counties = county_names(inside)
        elif not _initials(inside, plain[: found.start()]):
            remarks.append(inside)
        return " "

    return re.sub(r"\(([^()]*)\)", taken, plain), tuple(remarks), counties


def _initials(short: str, words: str) -> bool:
    """Whether letters are short for words: ALEA for Alabama Law Enforcement Agency; some may be left out."""
    letters = iter(word[0].upper() for word in words.replace("-", " ").split())
    return short.isupper() and short[0] == words.strip()[:1].upper() and all(letter in letters for letter in short)


def _unused(plain: str, remarks: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    cut = UNUSED.sub(" ", plain)
    return cut.strip(" -"), ((*remarks, "do not use") if cut != plain else remarks)


def _account(plain: str, remarks: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """What follows a dash at the end is an account of the same agency: "Polk County FL SO - Flex"."""
    found = re.fullmatch(r"(.*\b(?:PD|SO|DPS))\s*-\s*+(?![A-Z]{2}$)(.+)", plain)
    return (found[1], (*remarks, found[2])) if found else (plain, remarks)


def _find_state(plain: str) -> tuple[str, str]:
    """The state that a name tells, and the name without it."""
    lead = re.match(r"\s*([A-Z]{2})\s*-\s*", plain)
    if lead and lead[1] in CODES:
        return lead[1], plain[lead.end() :]
    codes = [found for found in re.finditer(r"\b[A-Z]{2}\b", plain) if found[0] in CODES]
    if not codes:
        # "Crestview Fl PD"
        small = re.finditer(r"\b[A-Z][a-z]\b(?=\s+(?:PD|SO|DPS)\s*$)", plain)
        codes = [found for found in small if found[0].upper() in CODES - {"CO"}]
    if len({found[0] for found in codes}) > 1:
        # "Wagoner CO SO OK", "Riverside County CA SD", "LA County CA Sheriff": those are no states there.
        codes = [found for found in codes if not _other_meaning(found, plain)]
    if not codes:
        return "", plain
    chosen = codes[-1]
    code, before, after = chosen[0].upper(), plain[: chosen.start()], plain[chosen.end() :]
    # "New College of FL PD", "GA State University PD": there it belongs to the name.
    inside = before.endswith(" of ") or after.startswith((" State University", " State College"))
    return code, f"{before} {NAME_OF[code] if inside else ''} {after}"


def _other_meaning(found: re.Match[str], plain: str) -> bool:
    before, after = plain[: found.start()], plain[found.end() :]
    return (
        (found[0] == "CO" and not re.search(r"\bcounty\b", before, re.IGNORECASE))
        or (found[0] == "SD" and bool(re.search(r"\b[A-Z]{2}\s*$", before)))
        or (found[0] == "LA" and bool(re.match(r"\s*county\b", after, re.IGNORECASE)))
        or (found[0] == "MO" and not before.strip() and bool(re.search(r"\bMO\b", after)))
    )


def _words(plain: str) -> list[str]:
    text = plain.lower().replace("&", " and ")
    text = re.sub(r"'s\b|s'(?=\s|$)", lambda found: "" if found[0] == "'s" else "s", text).replace("'", "")
    words = re.findall(r"[a-z0-9]+", text)
    return [ABBREVIATIONS.get(word, word) for word in words]


def _sort(words: list[str]) -> tuple[Sort, list[str]]:
    text = f" {' '.join(words)} "
    for told, phrase, spaced in TEXT_SORTS:
        if spaced in text:
            at = _at(words, phrase)
            rest = words[:at] + words[at + len(phrase) :]
            sort: Sort = "campus_police" if told in {"police", "public_safety"} and _on_campus(rest) else told
            dropped = {"campus"} if sort == "police" else {"campus", *POLICE_WORDS}
            return sort, [word for word in rest if word not in dropped]
    if words[-1:] == ["sd"] and "county" in words:
        return "sheriff", words[:-1]
    if STATE_OFFICE & set(words):
        return "state_agency", [word for word in words if word not in STATE_OFFICE]
    if "campus" in words:
        return "campus_police", [word for word in words if word != "campus"]
    return "other", words


def _on_campus(words: list[str]) -> bool:
    return any(
        word in CAMPUS and not (word == "college" and NO_CAMPUS & set(words[at + 1 : at + 2]))
        for at, word in enumerate(words)
    )


def _at(words: list[str], phrase: tuple[str, ...]) -> int:
    """Where a phrase stands; of a single word the last place, since a name may hold it too."""
    for at in range(len(words) - len(phrase), -1, -1):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return at
    return -1


def _form(words: list[str]) -> tuple[Form, list[str]]:
    for form in ("city", "town", "village", "borough", "township"):
        if words[:2] == [form, "of"]:
            return form, [*words[2:], *(["township"] if form == "township" else [])]
    if words[-1:] == ["borough"]:
        return "borough", words[:-1]
    if "township" in words:
        return "township", [word for word in words if word not in {"township", "charter"}] + ["township"]
    return "", words


def _county(sort: Sort, words: list[str]) -> tuple[Sort, list[str], tuple[str, ...]]:
    """The county that the name tells. In a county's police or sheriff the word says no more than the sort."""
    if sort == "sheriff":
        rest = [word for word in words if word != "county"]
        return sort, rest, ((" ".join(_place(rest)),) if rest else ())
    if "county" not in words:
        return sort, words, ()
    before = words[: words.index("county")]
    named = (" ".join(_place(before[len(before) - before[::-1].index("of") :] if "of" in before else before)),)
    if sort == "police" and words[-1] == "county":
        return "county_police", words[:-1], named
    return sort, words, named


def _place(words: list[str]) -> tuple[str, ...]:
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in LEADING:
            joined[-1] += word
        elif word not in SMALL:
            joined.append(word)
    return tuple(joined)


def county_names(text: str) -> tuple[str, ...]:
    """Counties as a list's column has them, without the word County; `Edgecombe, Nash` are two."""
    parts = (_words(_plain(part)) for part in text.split(","))
    names = (" ".join(_place([word for word in words if word != "county"])) for words in parts)
    return tuple(name for name in names if name)


def _state_place(state: str, sort: Sort, place: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """For an agency that may be the state's: the state's name is no part of its place, and tells the state."""
    for name in NAMES:
        words = tuple(name.split())
        at = _at(list(place), words)
        if at >= 0 and state in {"", POSTAL[name]}:
            rest = tuple(word for word in place[:at] + place[at + len(words) :] if word not in GENERIC)
            if not rest or sort in {"state_agency", *ONE_A_STATE}:
                return POSTAL[name], rest
    return state, place
