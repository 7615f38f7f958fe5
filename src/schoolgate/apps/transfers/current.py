"""Whether a letter still says what the case knows: its law, its copies, its language."""

import re
from typing import Final

from schoolgate.apps.ledger.acts import Impossible

from .citing import section_of
from .drafting import Plan, plans
from .looking import families_of, findings_of, touches_of
from .models import Letter
from .wording import NOTICE_LANGUAGES
from .words import LetterText, open_text

# The numbers of copies and of reports, as they are printed.
_NUMBER: Final = re.compile(r"\b[CR]-[0-9A-Z]{5,12}\b")


def plan_for(letter: Letter) -> Plan | None:
    """What the case would write in its place now; None where it needs no such letter."""
    touches = touches_of(letter.case)
    found = findings_of(letter.case, touches)
    wanted = plans(letter.case, found, touches, families_of(letter.case, touches))
    return next((one for one in wanted if one.is_for(letter)), None)


def require_current(letter: Letter) -> Plan:
    """Check that a letter may go out on what the case knows now. Returns what the case would write.

    Raises:
        Impossible: The case needs no such letter, or it cites law, names a copy or speaks a language that is wrong.
    """
    plan = plan_for(letter)
    if plan is None:
        raise Impossible("The case no longer asks for this letter: draft the letters again.")
    text = open_text(letter)
    if stale := [citation for citation in letter.cites if citation not in plan.cites]:
        raise Impossible(f"The case no longer rests on {', '.join(stale)}: draft the letter again.")
    said = _said(text)
    for one in findings_of(letter.case, touches_of(letter.case)).left:
        section = section_of(one.citation)
        if section in said and section not in map(section_of, plan.cites):
            raise Impossible(f"The letter speaks of {section}, which does not apply. {one.why} Take it out.")
    if wrong := sorted(_numbers(said) - _numbers(_said(plan.text))):
        raise Impossible(f"The letter names {', '.join(wrong)}, which is not what the case is about. Take it out.")
    _require_translated(letter, text)
    return plan


def _require_translated(letter: Letter, text: LetterText) -> None:
    language = letter.student.notice_language if letter.student else "en"
    if language in NOTICE_LANGUAGES:
        return
    if not text.english or _plain(text.body) in _plain(text.english):
        raise Impossible("This family reads another language: have the letter translated, and put it in the text.")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _said(text: LetterText) -> str:
    return f"{text.subject} {text.body} {text.english}"


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(text))
