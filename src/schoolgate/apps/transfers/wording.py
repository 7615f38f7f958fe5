"""The sentences of the letters. They name a copy by its number, never a child, and cite only what applies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from schoolgate.web.dates import day_text

from .cited import Cited
from .citing import PURGE
from .words import LetterText

# How it was learned, as a letter says it.
LEARNED: Final = MappingProxyType(
    {
        "court_exhibit": "from an exhibit in a court's file",
        "letter": "from a letter",
        "news_report": "from a news report",
        "own_answer": "from an agency's own answer about where its copies went",
        # Who told it stays with us: a letter that says "a family" beside the copy's number says which.
        "family_told": "from a source that we have on file",
        "other": "from a source that we have on file",
    }
)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a letter is about.

    Attributes:
        number: the case's number.
        district: who writes.
        giver: who passed the copy on, by name.
        receiver: who got it.
        days: when, as it is printed.
        how: a code of `models.HOW`.
        copy: the number of the copy, where it is certain; else empty.
        report: the number of our report, where only that is known.
        center_holds: whether the one addressed is a criminal intelligence system.
    """

    number: str
    district: str
    giver: str
    receiver: str
    days: str
    how: str
    copy: str
    report: str
    center_holds: bool = False


# What a letter may cite: law whose text was read here, and, as such, law that others report.
PRINTED: Final = frozenset({"read", "secondary"})
_REPORTED: Final = " (as reported by others; we have not read its text)"

_MONTHS_ES: Final = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)


def day_in(language: str, day: date) -> str:
    """A day as a letter says it, in English or Spanish."""
    return f"{day.day} de {_MONTHS_ES[day.month - 1]} de {day.year}" if language == "es" else day_text(day)


def days_in(language: str, first: date, last: date) -> str:
    """A day, or the days between which it was, within a sentence."""
    begin, end = day_in(language, first), day_in(language, last)
    if language == "es":
        return f"el {begin}" if first == last else f"entre el {begin} y el {end}"
    return f"on {begin}" if first == last else f"between {begin} and {end}"


def days_text(first: date, last: date) -> str:
    """The same in English."""
    return days_in("en", first, last)


def purge_from_receiver(matter: Matter, cited: Sequence[Cited]) -> LetterText:
    """To whoever got the copy: remove it."""
    opening = (
        f"A copy of a student record of {matter.district} came to you from {matter.giver} {matter.days}. "
        f"We learned this {LEARNED[matter.how]}. {_which(matter)}"
    )
    # The condition and the school's own duties bind others. Only the rule about its own files obliges the receiver.
    bound = any(one.provision == PURGE and one.evidence == "read" for one in cited)
    return LetterText(
        to=matter.receiver,
        subject=_subject(matter, demand=bound),
        body=_body([opening, *_law(cited), *_purge_asks(matter)]),
    )


def purge_from_giver(matter: Matter, cited: Sequence[Cited]) -> LetterText:
    """To whoever passed the copy on: stop, get it back, remove it."""
    opening = (
        f"A copy of a student record of {matter.district} went from you to {matter.receiver} {matter.days}. "
        f"We learned this {LEARNED[matter.how]}. {_which(matter)}"
    )
    asks = _purge_asks(matter)
    asks[0] = (
        "We ask you to stop passing this record on, to ask everyone who got it from you to remove it, and to remove "
        "it and everything taken from it from your own files and systems, or return it to us."
    )
    bound = any(one.breach and one.evidence == "read" for one in cited)
    return LetterText(
        to=matter.giver, subject=_subject(matter, demand=bound), body=_body([opening, *_law(cited), *asks])
    )


def account_request(matter: Matter, cited: Sequence[Cited], *, to: str, direct: bool) -> LetterText:
    """To an agency that had a copy: where did it go."""
    if direct:
        what = f"A copy of a student record of {matter.district} went from you to {matter.receiver} {matter.days}."
    else:
        what = (
            f"A copy of a student record of {matter.district} was with {matter.giver}, which did not get it from us, "
            f"and went on to {matter.receiver} {matter.days}. You had a copy from us before that day."
        )
    asks = [
        "Please tell us in writing:",
        "1. To whom you passed this copy, or anything taken from it, on which day, and in which form.",
        "2. Under which agreement, law, order or subpoena you passed it on. Please send us a copy of that paper.",
        "3. Whether the family had agreed in writing, and whether you told the family beforehand.",
    ]
    if not direct:
        asks.append(f"4. Whether {matter.giver} had it from you, and if so since which day.")
    else:
        asks.append("4. From whom you had it, if not from us, and since which day.")
    asks.append("If you keep a record of where our copies went, please send us the part about this one.")
    return LetterText(
        to=to,
        subject=f"Where {_name(matter)} of a student record went ({matter.number})",
        body=_body([f"{what} We learned this {LEARNED[matter.how]}. {_which(matter)}", *_law(cited), *asks]),
    )


def record_note(matter: Matter, cited: Sequence[Cited], *, holder: str, certain: bool) -> LetterText:
    """For the record of disclosures that stands with the student's record."""
    if not matter.copy:
        copy = f"It is a copy of our report {matter.report}."
    elif certain:
        copy = f"It is copy {matter.copy}, which we gave to {holder}."
    else:
        copy = f"It can have been copy {matter.copy}, which we gave to {holder}; this is not certain."
    lines = [
        f"Further party: {matter.receiver}. It got the copy from {matter.giver} {matter.days}.",
        (f"{copy} We learned of it {LEARNED[matter.how]}; the evidence lies in case {matter.number}."),
        "The party's interest in the information: not known. When it answers, its answer is added here.",
        *_law(cited),
    ]
    return LetterText(
        to="The record of disclosures",
        subject=f"Note for the record of disclosures ({matter.number})",
        body=_body(lines),
    )


def family_notice(language: str, district: str, *, adult: bool) -> LetterText:
    """To a family: there is something new to read, and nothing else.

    A student of 18 holds the rights (34 CFR 99.5): the notice is theirs alone. In a language in which nothing is
    drafted the English words stand twice, the first time for whoever translates them.
    """
    english = _NOTICES["en"]
    text = _NOTICES.get(language, english)
    who = text["adult"] if adult else text["parents"]
    body = text["body"].format(district=district)
    if language == "en":
        return LetterText(to=who, subject=text["subject"], body=body)
    other = english["body"].format(district=district)
    return LetterText(to=who, subject=text["subject"], body=body, english=f"{english['subject']}\n\n{other}")


# Languages in which a notice is drafted. In any other the English one is drafted and must be translated.
NOTICE_LANGUAGES: Final = ("en", "es")
_NOTICES: Final = MappingProxyType(
    {
        "en": {
            "parents": "To the parents or guardians",
            "adult": "To the student",
            "subject": "There is something new for you to read",
            "body": (
                "There is something new for you to read in the school records that {district} keeps for your "
                "family.\n\n"
                "Sign in to your family's page, or come to the records office. It is free. You may bring somebody with "
                "you, and you may ask for an interpreter.\n\n"
                "For your family's privacy this letter says nothing more."
            ),
        },
        "es": {
            "parents": "A los padres o tutores",
            "adult": "Para la alumna o el alumno",
            "subject": "Hay algo nuevo que puede leer",
            "body": (
                "Hay algo nuevo que puede leer en el expediente escolar que {district} guarda de su familia.\n\n"
                "Entre en la página de su familia o venga a la oficina de expedientes. Es gratis. Puede venir "
                "acompañado y puede pedir un intérprete.\n\n"
                "Para proteger la privacidad de su familia, esta carta no dice nada más."
            ),
        },
    }
)


def _subject(matter: Matter, *, demand: bool) -> str:
    return f"{'Demand' if demand else 'Request'} to remove {_name(matter)} of a student record ({matter.number})"


def _name(matter: Matter) -> str:
    return f"copy {matter.copy}" if matter.copy else "a copy"


def _which(matter: Matter) -> str:
    if matter.copy:
        return f"It is our copy {matter.copy}. The number stands at the top of each page."
    if matter.report:
        return f"It is a copy of our report {matter.report}. This letter names no student."
    return "We do not know its number. If it is one of ours, the number stands at the top of each page: please name it."


def _law(cited: Sequence[Cited]) -> list[str]:
    """The law of a letter: as fact where its text was read here, as reported where only others say it, else not."""
    return [
        f"{one.citation}{_REPORTED if one.evidence == 'secondary' else ''}: {one.why}"
        for one in cited
        if one.evidence in PRINTED
    ]


def _purge_asks(matter: Matter) -> list[str]:
    asks = [
        (
            "We ask you to remove this copy and everything taken from it from your files and systems, and to destroy "
            "it or return it to us."
        ),
        "Please then confirm in writing:",
        "1. What you removed, from which files and systems, and on which day.",
        "2. To whom you passed it, or anything taken from it, and on which day.",
        "3. If you keep any of it: which part, and under which law.",
    ]
    if matter.center_holds:
        asks.append("4. When it was entered in your system, on what ground, and when it was last reviewed.")
    asks.append(
        "Where a court has ordered you to keep it, do not destroy it: seal it, and tell us the court and the docket."
    )
    return asks


def _body(paragraphs: Sequence[str]) -> str:
    return "\n\n".join(paragraphs)
