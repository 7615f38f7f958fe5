"""A letter as a PDF: typst sets it with tags, the fonts it brings, and no clock. Nothing is sent from here."""

import json
import re
from functools import cache
from importlib.resources import files
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

import typst
from django.utils import timezone

from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.schools.selectors import district

from .models import Letter, LetterState
from .wording import day_in
from .words import LetterText

_ONE_AT_A_TIME = Lock()
_WORDS: Final = MappingProxyType(
    {
        "en": {
            "office": "Records office",
            "letter": "Letter",
            "page": "Page",
            "of": "of",
            "closing": "Sincerely,",
            "signature": "For the district",
            "entered": "Entered in the record by, and on which day",
            "draft": "DRAFT",
            "answer_by": "Please answer in writing by {day}.",
        },
        "es": {
            "office": "Oficina de expedientes",
            "letter": "Carta",
            "page": "Página",
            "of": "de",
            "closing": "Atentamente,",
            "signature": "Por el distrito",
            "entered": "Anotado en el registro por, y en qué día",
            "draft": "BORRADOR",
            "answer_by": "Le pedimos que responda por escrito antes del {day}.",
        },
    }
)
# A paragraph that gives law: a citation, a colon, the reason.
_LAW: Final = re.compile(r"((?:\d+ (?:CFR|CMR)|M\.G\.L\.|Boston Code) [^:\n]+): (.+)", re.DOTALL)
_ITEM: Final = re.compile(r"\d+\. (.+)", re.DOTALL)


def print_letter(letter: Letter, text: LetterText) -> bytes:
    """A letter as PDF/UA-1. The same letter and words give the same bytes; about 30 ms once warm.

    Until counsel has approved it, "draft" stands across each page.

    Raises:
        Impossible: The letter holds a sign that the fonts lack.
    """
    data = json.dumps(_data(letter, text), ensure_ascii=False)
    try:
        with _ONE_AT_A_TIME:
            # The template is given every time: a compiler forgets its in-memory input after one use.
            pdf = _compiler().compile(
                input=_template(), format="pdf", sys_inputs={"data": data}, pdf_standards=["ua-1"]
            )
    except typst.TypstError:
        # `from None`: the cause quotes the text that it could not set.
        raise Impossible(
            "The letter could not be set: it holds a sign for which there is no letter shape. Take it out."
        ) from None
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single file")
    return pdf


def _data(letter: Letter, text: LetterText) -> dict[str, Any]:
    language = letter.language if letter.language in _WORDS else "en"
    words = _WORDS[language]
    english = None
    if text.english:
        subject, _, body = text.english.partition("\n\n")
        english = {"subject": subject, "paragraphs": _paragraphs(body)}
    stamp = letter.approved_at or letter.drafted_at
    return {
        "lang": language,
        "words": words,
        "district": district().name,
        "number": letter.number,
        "date": day_in(language, timezone.localtime(stamp).date()),
        "to": [line for line in text.to.splitlines() if line.strip()],
        "subject": text.subject,
        "paragraphs": _paragraphs(text.body),
        "answer_by": words["answer_by"].format(day=day_in(language, letter.answer_by)) if letter.answer_by else "",
        "draft": words["draft"] if letter.state == LetterState.DRAFT else "",
        "english": english,
        "note": letter.kind == Letter.NOTE,
    }


def _paragraphs(body: str) -> list[dict[str, Any]]:
    """The paragraphs as the template sets them: items in a row become a list, law stands apart."""
    rows: list[dict[str, Any]] = []
    for paragraph in re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip()):
        if item := _ITEM.fullmatch(paragraph):
            if rows and "list" in rows[-1]:
                rows[-1]["list"].append(item.group(1))
            else:
                rows.append({"list": [item.group(1)]})
        elif law := _LAW.fullmatch(paragraph):
            rows.append({"law": law.group(1), "text": law.group(2)})
        else:
            rows.append({"text": paragraph})
    return rows


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)


@cache
def _template() -> bytes:
    return files(__package__).joinpath("letter.typ").read_bytes()
