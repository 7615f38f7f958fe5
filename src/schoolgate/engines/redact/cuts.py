"""Where a copy would differ from the record: for whoever reviews the marks, never for a recipient."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schoolgate.engines.redact import cut
from schoolgate.engines.redact.cut import Mark, Piece
from schoolgate.engines.redact.model import NARRATIVE, TITLE, Audience, Document, Span
from schoolgate.engines.redact.views import HEAD_ELEMENTS


@dataclass(frozen=True, slots=True)
class Cut:
    """Code points `start` to `end` of a part, and what stands for them in the copy."""

    start: int
    end: int
    piece: Piece

    @property
    def hides(self) -> bool:
        """Whether the words go, rather than a name standing for a token."""
        return isinstance(self.piece, Mark)


@dataclass(frozen=True, slots=True)
class Cuts:
    """Every difference between a record and the copy of it that one audience would get.

    Attributes:
        of: part -> its cuts in reading order; none overlap.
        whole: part -> the law's element for which the copy leaves the whole part out.
        left_out: (paragraph, sentence) -> why the copy leaves a whole sentence out: a flag's code (see `Flag`),
            empty for one that is about others only.
    """

    of: Mapping[str, tuple[Cut, ...]]
    whole: Mapping[str, str]
    left_out: Mapping[tuple[int, int], str]

    def hides(self, part: str, start: int, end: int) -> bool:
        """Whether every code point of a place is gone from the copy."""
        if part in self.whole:
            return True
        at = start
        for one in self.of[part]:
            if one.hides and one.start <= at < one.end:
                at = one.end
        return at >= end


def cuts(document: Document, spans: Iterable[Span], outcome: Mapping[str, bool], audience: Audience) -> Cuts:
    """Finds every difference. Arguments and errors as for `view`."""
    cutter = cut.Cutter(document, tuple(spans), outcome, audience)
    whole: dict[str, str] = {}
    if not cutter.allows(HEAD_ELEMENTS["title"]):
        whole[TITLE] = HEAD_ELEMENTS["title"]
    for i, item in enumerate(document.fields):
        if not cutter.allows_about(item.element, item.about):
            whole[f"field:{i}"] = item.element
    if not cutter.allows("narrative"):
        whole[NARRATIVE] = "narrative"
    for claim in document.allegations:
        if not cutter.allows_about(claim.element, claim.about):
            whole |= dict.fromkeys((f"allegation:{claim.id}:{p}" for p in ("text", "source", "basis")), claim.element)
    return Cuts(
        of={part: tuple(Cut(*edit) for edit in cutter.edits(part)) for part, _ in document.parts()},
        whole=whole,
        left_out={(p, s): code for p, s, code in cutter.left_out},
    )
