"""Cuts texts: decides which code points may be shown, and returns only those.

Meaning leaks around a cut as well as through it, so a cut is widened: to whole words, over an article that
would give away gender or first sound (*a/an*, *la/el*, *do/da*, Creole *a/la/nan/an/lan*), and over what
stands between two cuts, so that the number of marks does not count the parts of a name.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schoolgate.engines.redact.categories import ELEMENT_OF_CATEGORY, IDENTIFIERS, may_leave
from schoolgate.engines.redact.errors import RedactError
from schoolgate.engines.redact.model import (
    NARRATIVE,
    Audience,
    AudienceKind,
    Document,
    Participant,
    Role,
    Sentence,
    Span,
)
from schoolgate.engines.redact.normal import fold, invisible, plain
from schoolgate.engines.redact.sentences import TOKEN, students_in

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ARTICLE_BEFORE = re.compile(
    r"(?<!\w)(?:an?|the|el|la|los|las|una?|unos|unas|al|del|o|os|as|um|uma|uns|umas|"
    r"d[oae]s?|ao|aos|n[oa]s?|pel[oa]s?|yon|don|do\u00f1a|dona)[ \t]+$",
    re.IGNORECASE,
)
_ARTICLE_AFTER = re.compile(r"[ \t]+(?:la|a|an|lan|nan|yo|l|w|n|m)(?![\w'])", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['\u2019]s?(?!\w)")
_CREOLE = re.compile(r"(?<!\w)(?:li|te|yo|pa|ap|nan|mwen|ak|pou)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """Text that may be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class StandIn:
    """A person who is not named: "Student A". Letters follow first appearance in this document."""

    role: Role
    letter: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something withheld. All marks are equal: nothing tells what, how long, or which kind."""


Piece = Shown | StandIn | Mark


@dataclass(frozen=True, slots=True)
class _Edit:
    """Original code points start to end are replaced by a piece (or, by Shown, with a name)."""

    start: int
    end: int
    piece: Piece


@dataclass(slots=True)
class Cutter:
    """Everything that decides about one document, one outcome and one audience."""

    document: Document
    spans: tuple[Span, ...]
    outcome: Mapping[str, bool]
    audience: Audience
    withheld_elements: set[str] = field(default_factory=set)
    left_out: list[tuple[int, int, str]] = field(default_factory=list, repr=False)
    _letters: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict, repr=False)
    _edits: dict[str, list[_Edit]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._texts = dict(self.document.parts())
        for span in self.spans:
            if span.part not in self._texts:
                raise RedactError("span: it names a part that this document does not have")
            if span.end > len(self._texts[span.part]):
                raise RedactError(f"span: code points {span.start} to {span.end} lie outside the part {span.part}")
        for token in (t for text in self._texts.values() for t in TOKEN.findall(text)):
            self._letter(token)
        for person in self.document.participants:
            self._letter(person.token)
        for part, text in self._texts.items():
            edits = [] if part != NARRATIVE else self._left_out_sentences()
            edits += self._of_spans(part, text) + self._of_tokens(text) + self._of_full_names(text)
            self._edits[part] = _settle(text, edits)

    def allows(self, element: str) -> bool:
        """Whether an element may leave; remembers those that may not."""
        if self.outcome.get(element) is True:
            return True
        self.withheld_elements.add(element)
        return False

    def allows_about(self, element: str, about: str | None) -> bool:
        """Whether an element about this person may leave: another student's only under its own element."""
        if about and self._is_other_student(about) and not element.startswith("other_student_"):
            self.withheld_elements.add(element)
            return False
        return self.allows(element)

    def person(self, token: str) -> Piece:
        """A participant by name where the name may leave, otherwise by a neutral label."""
        known = self.document.participant(token)
        if known and known.names and self.may_name(known):
            return Shown(known.names[0])
        if known is None:
            return Mark()
        return StandIn(known.role, self._letter(token))

    def may_name(self, person: Participant) -> bool:
        """Whether this participant's name may leave in this copy.

        An outsider is nobody the law has an element for: withheld from everyone but those who work with the record.
        A family may be told only its own
        guardians, who stand among the audience's tokens.
        """
        own = person.token in self.audience.tokens
        match person.role:
            case Role.STUDENT:
                return self.allows("student_name" if own else "other_student_name")
            case Role.STAFF:
                return self.allows("staff_name")
            case Role.GUARDIAN:
                return self.allows("guardian_name") and (own or self.audience.kind is not AudienceKind.FAMILY)
            case Role.OUTSIDER:
                return self.audience.kind is AudienceKind.STAFF

    def pieces(self, part: str) -> tuple[Piece, ...]:
        """The pieces of a whole part."""
        text = self._texts[part]
        return _pieces(text, 0, len(text), self._edits[part])

    def paragraphs(self) -> tuple[tuple[Piece, ...], ...]:
        """The narrative's pieces, paragraph by paragraph."""
        text = self._texts[NARRATIVE]
        ranges = []
        at = 0
        for paragraph in self.document.paragraphs:
            end = at + len(" ".join(s.text for s in paragraph.sentences))
            ranges.append((at, end))
            at = end + 2
        shown = [_pieces(text, start, end, self._edits[NARRATIVE]) for start, end in ranges]
        return tuple(_merge_marked_paragraphs(shown))

    def edits(self, part: str) -> Iterable[tuple[int, int, Piece]]:
        """What stands in the copy for which code points of a part, in order."""
        return ((e.start, e.end, e.piece) for e in self._edits[part])

    def hidden(self) -> Iterable[tuple[str, int, int]]:
        """The (part, start, end) of everything that is cut, for the gate's list of terms."""
        for part, edits in self._edits.items():
            yield from ((part, e.start, e.end) for e in edits if isinstance(e.piece, Mark | StandIn))

    def _letter(self, token: str) -> str:
        known = self.document.participant(token)
        named = known and self.may_name(known) and not self._no_identifiers
        if token not in self._letters and known and not named:
            used = sum(1 for t in self._letters if t[0] == token[0])
            self._letters[token] = _LETTERS[used % len(_LETTERS)] + (
                str(used // len(_LETTERS) + 1) if used >= len(_LETTERS) else ""
            )
        return self._letters.get(token, "")

    def _is_other_student(self, token: str) -> bool:
        known = self.document.participant(token)
        role = known.role if known else Role.STUDENT
        return role is Role.STUDENT and token not in self.audience.tokens

    def _of_tokens(self, text: str) -> list[_Edit]:
        return [_Edit(*m.span(), self._in_text(m.group(1))) for m in TOKEN.finditer(text)]

    def _in_text(self, token: str) -> Piece:
        piece = self.person(token)
        known = self.document.participant(token)
        if isinstance(piece, Shown) and known and self._no_identifiers:
            self.withheld_elements.add("narrative_identifiers")
            return StandIn(known.role, self._letter(token))
        return piece

    @property
    def _no_identifiers(self) -> bool:
        """The law's derived element: the narrative may leave, the identifying words in it may not."""
        return self.outcome.get("narrative_identifiers") is False

    def _of_spans(self, part: str, text: str) -> list[_Edit]:
        edits = []
        for span in self.spans:
            if span.part != part or TOKEN.fullmatch(text[span.start : span.end]):
                continue
            if not self._span_may_stay(span):
                edits.append(_Edit(*_widen(text, span.start, span.end), Mark()))
        return edits

    def _span_may_stay(self, span: Span) -> bool:
        elements: tuple[str, ...] = ELEMENT_OF_CATEGORY.get(span.category, ())
        if span.category in IDENTIFIERS and self._no_identifiers:
            self.withheld_elements.add("narrative_identifiers")
            return False
        person = self.document.participant(span.token) if span.token else None
        if span.category == "person_known" and person:
            return self.may_name(person)
        if self._is_about_others(span, person) or not may_leave(span.category, self.outcome):
            self.withheld_elements.update(elements or (span.category,))
            return False
        return True

    def _is_about_others(self, span: Span, person: Participant | None) -> bool:
        """Whether a mark is another student's, by its token or by the subjects of its sentence."""
        if person:
            return self._is_other_student(person.token)
        if span.part != NARRATIVE or span.category == "person_unknown":
            return False
        about: set[str] = set()
        for _, _, start, sentence in self._sentences():
            if start < span.end and span.start < start + len(sentence.text):
                about |= sentence.subjects if sentence.subjects is not None else students_in(sentence.text)
        return any(self._is_other_student(t) for t in about if self._is_student(t))

    def _sentences(self) -> Iterable[tuple[int, int, int, Sentence]]:
        """Every sentence as (paragraph, number in it, first code point, sentence)."""
        at = 0
        for p, paragraph in enumerate(self.document.paragraphs):
            for s, sentence in enumerate(paragraph.sentences):
                yield p, s, at, sentence
                at += len(sentence.text) + 1
            at += 1 if paragraph.sentences else 2

    def _of_full_names(self, text: str) -> list[_Edit]:
        """Full names that nobody marked. A name of two words and more is never anything else."""
        edits = []
        folded = fold(text)
        for person in self.document.participants:
            for name in person.names:
                words = plain(name).split()
                if len(words) < 2 or self.may_name(person):  # noqa: PLR2004 - a single word can be a word
                    continue
                pattern = r"(?<!\w)" + r"[\s.,-]+".join(map(re.escape, words)) + r"(?!\w)"
                edits += [
                    _Edit(*_widen(text, *folded.original(*m.span())), Mark()) for m in re.finditer(pattern, folded.text)
                ]
        return edits

    def _left_out_sentences(self) -> list[_Edit]:
        """Sentences that a copy leaves out whole.

        From a family's copy: those about others, shared ones, open ones. From an agency's copy for named students:
        those about nobody but others, whom the paper does not reach; a letter for a name would hide nobody there.
        """
        to_agency = self.audience.kind is AudienceKind.AGENCY and bool(self.audience.tokens)
        if self.audience.kind is not AudienceKind.FAMILY and not to_agency:
            return []
        everyone = students_in(self.document.narrative()) | {
            p.token for p in self.document.participants if p.role is Role.STUDENT
        }
        others_exist = bool(everyone - self.audience.tokens)
        edits = []
        for p, s, start, sentence in self._sentences():
            reason = self._why_left_out(sentence.subjects, sentence.text, start, others_exist=others_exist)
            if to_agency and (reason != "" or self.allows("other_student_name")):
                continue
            if reason is not None:
                self.left_out.append((p, s, reason))
                if sentence.text:
                    edits.append(_Edit(start, start + len(sentence.text), Mark()))
        return edits

    def _why_left_out(
        self, subjects: frozenset[str] | None, text: str, start: int, *, others_exist: bool
    ) -> str | None:
        """None: it stays. Empty: about others only. Else the flag's code."""
        told = subjects
        if told is None:
            marked = {
                s.token for s in self.spans if s.part == NARRATIVE and s.token and start <= s.start < start + len(text)
            }
            told = students_in(text) | frozenset(t for t in marked if self._is_student(t)) or None
        if told is None:
            return "unattributed_sentence" if others_exist else None
        students = {t for t in told if self._is_student(t)}
        others = students - self.audience.tokens
        if not others:
            return None
        self.withheld_elements.add("other_student_name")
        return "shared_sentence" if students & self.audience.tokens else ""

    def _is_student(self, token: str) -> bool:
        known = self.document.participant(token)
        return known.role is Role.STUDENT if known else token.startswith("P")


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """A cut widened to whole words, over the article before it and, in Creole, the one after it."""
    while start > 0 and (_inside_word(text, start) or _drawn_on(text[start])):
        start -= 1
    while end < len(text) and (_inside_word(text, end) or _drawn_on(text[end])):
        end += 1
    before = _ARTICLE_BEFORE.search(text, 0, start)
    if before:
        start = before.start()
    if possessive := _POSSESSIVE.match(text, end):
        end = possessive.end()
    if _CREOLE.search(text) and (after := _ARTICLE_AFTER.match(text, end)):
        end = after.end()
    return start, end


def _inside_word(text: str, at: int) -> bool:
    """Whether a word runs across this place. Scripts without spaces have no words to widen to."""
    left, right = text[at - 1], text[at]
    return left.isalnum() and right.isalnum() and max(left, right) < "\u2e80"


def _drawn_on(char: str) -> bool:
    return bool(unicodedata.combining(char)) or invisible(char)


def _settle(text: str, edits: list[_Edit]) -> list[_Edit]:
    """Edits in order, none overlapping, a mark stronger than a name, neighbouring marks made one."""
    named = [e for e in edits if not isinstance(e.piece, Mark)]
    marks = sorted((_over_names(e, named) for e in edits if isinstance(e.piece, Mark)), key=lambda e: (e.start, e.end))
    merged: list[_Edit] = []
    for edit in marks:
        if merged and (edit.start <= merged[-1].end or _nothing_between(text, merged[-1].end, edit.start)):
            last = merged.pop()
            merged.append(_Edit(last.start, max(last.end, edit.end), last.piece))
        else:
            merged.append(edit)
    people = [
        e
        for e in edits
        if not isinstance(e.piece, Mark) and not any(m.start < e.end and e.start < m.end for m in merged)
    ]
    people = [_without_article(text, e) for e in people]
    return sorted(merged + people, key=lambda e: e.start)


def _over_names(mark: _Edit, named: list[_Edit]) -> _Edit:
    """A mark that touches a token covers it whole."""
    met = [e for e in named if e.start < mark.end and mark.start < e.end]
    start = min([mark.start, *(e.start for e in met)])
    return _Edit(start, max([mark.end, *(e.end for e in met)]), mark.piece)


def _without_article(text: str, edit: _Edit) -> _Edit:
    """A neutral label must not keep the article that told the gender: `o Student A`."""
    before = _ARTICLE_BEFORE.search(text, 0, edit.start)
    if isinstance(edit.piece, StandIn) and before and before.group().strip().lower() not in ("a", "an", "the"):
        return _Edit(before.start(), edit.end, edit.piece)
    return edit


def _nothing_between(text: str, start: int, end: int) -> bool:
    between = text[start:end]
    return "\n\n" not in between and not any(c.isalnum() or c == "@" for c in between)


def _pieces(text: str, start: int, end: int, edits: list[_Edit]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    at = start
    for edit in edits:
        if edit.end <= start or edit.start >= end:
            continue
        if edit.start > at:
            pieces.append(Shown(text[at : edit.start]))
        pieces.append(edit.piece)
        at = max(at, min(edit.end, end))
    if at < end:
        pieces.append(Shown(text[at:end]))
    return tuple(pieces)


def _merge_marked_paragraphs(paragraphs: list[tuple[Piece, ...]]) -> Iterable[tuple[Piece, ...]]:
    """Paragraphs that are one mark each become one: their number would count the withheld ones."""
    last_was_mark = False
    for pieces in paragraphs:
        only_mark = len(pieces) == 1 and isinstance(pieces[0], Mark)
        if not (only_mark and last_was_mark):
            yield pieces
        last_was_mark = only_mark
