"""One provision: front matter, words for people, and its condition in Cedar.

A file `*.md` holds TOML between two lines `+++`, then Markdown, with the condition in fenced `cedar` blocks
(several are joined; several policies mean "either"). A provision with `general = true` states a layer's own
rule, is cited when the layer stays shut, and may have no condition; `general_recipients` (kinds or groups)
limits for whom it is cited. `our_reading = true` marks a convention where the sources are silent.
"""

import datetime as dt
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal, get_args

from schoolgate.engines.law.errors import LawError, suggestion
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.cedar import CedarRefusedError, Rule, rules_of
from schoolgate.engines.law.text.files import TomlFile
from schoolgate.engines.law.text.vocabulary import IDENTIFIER, Vocabulary

__all__ = [
    "Due",
    "Effect",
    "Evidence",
    "LayerName",
    "Provision",
    "cedar_block",
    "line_of_word",
    "parse_provision",
    "split_file",
]

LayerName = Literal["federal", "state", "local"]
Effect = Literal["door", "prohibition", "obligation"]
Evidence = Literal["read", "secondary", "unverified"]

PROVISION_ID: Final = re.compile(r"[a-z0-9]+(?:[.-][A-Za-z0-9]+)*")
FENCE: Final = re.compile(r"^```cedar[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
OPEN_QUESTIONS: Final = re.compile(r"^#+ Open questions?[ \t]*\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
ACTIONS: Final = {
    "door": {"disclose"},
    "prohibition": {"disclose"},
    "obligation": {"release", "refuse", "review"},
}
KEYS: Final = {
    "id",
    "citation",
    "title",
    "title_es",
    "layer",
    "effect",
    "evidence",
    "sources",
    "in_force_from",
    "in_force_until",
    "counsel_question",
    "obligation",
    "due",
    "general",
    "general_recipients",
    "fails_for",
    "our_reading",
}


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline: the name of a clock of `engines.clock`, and the fact or event it starts from."""

    clock: str
    starts: str


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision of law, with the words people read and the condition the engine evaluates.

    Attributes:
        title_es: the title in Spanish; the English one where the file gives none.
        in_force_until: the first day on which it no longer applies, or None.
        counsel_question: what counsel must answer in each case; until then it is unknown where it matters.
        general: the layer's own rule, cited when the layer stays shut.
        general_recipients: the recipient kinds for which it is cited so.
        fails_for: the instruments whose refusal cites this provision.
        our_reading: a convention chosen where the sources are silent, changeable by counsel.
        cedar: the condition as it is written; empty for a general rule without one.
        rules: the same, converted.
        file: the file's name for error messages.
        line: the line on which the condition begins.
        source: the whole file with equal line ends, for the digest.
    """

    id: str
    citation: str
    title: str
    title_es: str
    layer: LayerName
    effect: Effect
    evidence: Evidence
    sources: tuple[str, ...]
    in_force_from: dt.date
    in_force_until: dt.date | None
    counsel_question: str | None
    obligation: str | None
    due: Due | None
    general: bool
    general_recipients: frozenset[str]
    fails_for: tuple[str, ...]
    our_reading: bool
    words: str
    open_questions: tuple[str, ...]
    cedar: str
    rules: tuple[Rule, ...] = field(repr=False)
    file: str = field(repr=False, compare=False)
    line: int = field(repr=False, compare=False)
    source: str = field(repr=False, compare=False)

    def applies_on(self, day: dt.date) -> bool:
        """Tell whether it is in force on a day."""
        return self.in_force_from <= day and (self.in_force_until is None or day < self.in_force_until)

    def condition(self, action: str = "disclose") -> c.Condition:
        """Return when it holds for an act: any of its policies, and counsel's answer if it needs one."""
        stated: c.Condition = c.Any(tuple(rule.condition for rule in self.rules if action in rule.actions))
        if self.counsel_question is not None:
            stated = c.All((stated, c.Answer(self.id)))
        return c.simplify(stated, lambda _: None)


def parse_provision(text: str, name: str, vocabulary: Vocabulary) -> Provision:
    """Parse the text of a provision file.

    Args:
        text: what the file holds.
        name: what error messages call it.
        vocabulary: the nouns it may use.

    Raises:
        LawError: with file, line and remedy.
    """
    front, body, body_line = split_file(text, name)
    front.only_keys((), KEYS)
    effect: Effect = front.choice((), "effect", get_args(Effect))
    identifier = front.text_of((), "id")
    if not PROVISION_ID.fullmatch(identifier):
        raise front.error(("id",), "this id cannot be used", "Use parts of letters and digits joined by . or -")
    cedar, line = cedar_block(body, body_line)
    general = front.flag((), "general")
    if not cedar and not general:
        raise LawError(f"{name}:{body_line}", "there is no condition", "Add a ```cedar block, or general = true")
    try:
        rules = rules_of(cedar, vocabulary)
    except CedarRefusedError as error:
        raise LawError(f"{name}:{line_of_word(cedar, error.needle, line)}", str(error), error.remedy) from error
    _check_rules(rules, effect, f"{name}:{line}")
    start, end = _dates(front)
    words = OPEN_QUESTIONS.sub("", FENCE.sub("", body)).strip()
    if not words:
        raise LawError(f"{name}:{body_line}", "the plain words are missing", "Say in a sentence what it means")
    asked = OPEN_QUESTIONS.search(body)
    obligation = front.text_or_none((), "obligation")
    if (effect == "obligation") != (obligation is not None):
        raise front.error(("obligation",), "obligation and effect disagree", "Name it if, and only if, it is one")
    if obligation is not None and not IDENTIFIER.fullmatch(obligation):
        raise front.error(("obligation",), "this name cannot be used", "Use letters, digits and _")
    return Provision(
        id=identifier,
        citation=front.text_of((), "citation"),
        title=front.text_of((), "title"),
        title_es=front.text_or_none((), "title_es") or front.text_of((), "title"),
        layer=front.choice((), "layer", get_args(LayerName)),
        effect=effect,
        evidence=front.choice((), "evidence", get_args(Evidence)),
        sources=_sources(front),
        in_force_from=start,
        in_force_until=end,
        counsel_question=front.text_or_none((), "counsel_question"),
        obligation=obligation,
        due=_due(front),
        general=general,
        general_recipients=_recipients(front, vocabulary),
        fails_for=_instruments(front, vocabulary),
        our_reading=front.flag((), "our_reading"),
        words=words,
        open_questions=tuple(re.findall(r"^[-*] (.+)$", asked[1], re.MULTILINE)) if asked else (),
        cedar=cedar.strip(),
        rules=rules,
        file=name,
        line=line,
        source=text,
    )


def split_file(text: str, name: str) -> tuple[TomlFile, str, int]:
    """Return the front matter, the rest, and the line on which the rest begins."""
    lines = text.split("\n")
    if lines[0].strip() != "+++":
        raise LawError(f"{name}:1", "no front matter", "Begin the file with a line +++")
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "+++"), None)
    if end is None:
        raise LawError(f"{name}:1", "the front matter does not end", "Close it with a line +++")
    front = TomlFile.parse(name, "\n".join(lines[1:end]), first_line=2)
    return front, "\n".join(lines[end + 1 :]), end + 2


def cedar_block(body: str, body_line: int) -> tuple[str, int]:
    """Return the Cedar text, padded so that its lines keep their distance, and the line where it begins."""
    blocks = list(FENCE.finditer(body))
    if not blocks:
        return "", body_line
    first = blocks[0].start(1)
    kept = list(body[first : blocks[-1].end(1)])
    for before, after in pairwise(blocks):
        for position in range(before.end(1) - first, after.start(1) - first):
            kept[position] = "\n" if kept[position] == "\n" else " "
    return "".join(kept), body_line + body.count("\n", 0, first)


def line_of_word(cedar: str, needle: str, line: int) -> int:
    """Return the line on which a word first stands, in a text that begins on `line`; that line without one."""
    position = re.search(rf"(?<!\w){re.escape(needle)}(?!\w)", cedar) if needle else None
    return line + (cedar.count("\n", 0, position.start()) if position else 0)


def _check_rules(rules: tuple[Rule, ...], effect: Effect, where: str) -> None:
    keyword = "forbid" if effect == "prohibition" else "permit"
    for rule in rules:
        if rule.effect != keyword:
            raise LawError(where, f"effect {effect} and {rule.effect} disagree", f"Write {keyword}, or change effect")
        if not rule.actions <= ACTIONS[effect]:
            allowed = ", ".join(f'Action::"{name}"' for name in sorted(ACTIONS[effect]))
            raise LawError(where, f"this action is not for effect {effect}", f"Use {allowed}")


def _dates(front: TomlFile) -> tuple[dt.date, dt.date | None]:
    days: list[dt.date | None] = []
    for key in ("in_force_from", "in_force_until"):
        value = front.table(()).get(key)
        if value is not None and (not isinstance(value, dt.date) or isinstance(value, dt.datetime)):
            raise front.error((key,), "a date is expected", f"Write {key} = 2020-12-31, without quotes")
        days.append(value)
    start, end = days
    if start is None:
        raise front.error((), "in_force_from is missing", "Add the first day on which it applies")
    if end is not None and end <= start:
        raise front.error(("in_force_until",), "it ends before it begins", "Give the first day after its last")
    return start, end


def _sources(front: TomlFile) -> tuple[str, ...]:
    sources = front.strings((), "sources")
    if not sources:
        raise front.error(("sources",), "no source is named", "List at least one address or document")
    return sources


def _due(front: TomlFile) -> Due | None:
    if "due" not in front.table(()):
        return None
    front.only_keys(("due",), {"clock", "from"})
    return Due(front.text_of(("due",), "clock"), front.text_of(("due",), "from"))


def _recipients(front: TomlFile, vocabulary: Vocabulary) -> frozenset[str]:
    names = front.strings((), "general_recipients")
    if not names:
        return frozenset(vocabulary.recipients)
    kinds: set[str] = set()
    for name in names:
        if name not in vocabulary.recipients and name not in vocabulary.recipient_groups:
            known = {*vocabulary.recipients, *vocabulary.recipient_groups}
            raise front.error(("general_recipients",), "it names no recipient", suggestion(name, known))
        kinds |= vocabulary.recipient_groups.get(name, frozenset({name}))
    return frozenset(kinds)


def _instruments(front: TomlFile, vocabulary: Vocabulary) -> tuple[str, ...]:
    names = front.strings((), "fails_for")
    instrument = vocabulary.facts.get("instrument")
    known = instrument.codes if instrument else {}
    for name in names:
        if name not in known:
            raise front.error(("fails_for",), "it names no instrument", suggestion(name, known))
    return names
