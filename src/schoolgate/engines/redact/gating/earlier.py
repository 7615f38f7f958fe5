"""Earlier copies of the same record, put beside the new one: together they must not say what each withholds.

What stops a copy and what is only said:

- The same recipient has a copy that shows what this one withholds: a finding. The box protects nothing from that
  reader and tells them which words are thought to need it. A person decides: show it again, or answer for the
  difference, after which the earlier copy is given as `answered`.
- The same recipient has a copy with a box where this one shows words: a warning. What is shown now may be shown
  now; that it was once withheld, and under what, becomes readable, which a person should know before it leaves.
- Another recipient has a copy that shows what this one withholds: a warning. Recipients have different rights, but
  they can put their copies side by side.
- Another recipient has a box where this one shows words: nothing. It is what different rights look like.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf
from rapidfuzz.distance import Indel

from schoolgate.engines.redact.gating import pages as page_checks
from schoolgate.engines.redact.gating.drawn import Drawn, Shown, read_page, text_of
from schoolgate.engines.redact.gating.needles import Needles, words_of
from schoolgate.engines.redact.gating.report import Finding

if TYPE_CHECKING:
    from schoolgate.engines.redact.gating.typefaces import Font

_BOX = "\0box"
# Above and below stand the page's number and the recipient, which differ in every copy.
_TOP, _BOTTOM = 62.0, 728.0
_SHOW_OR_ANSWER = (
    "Show the same words here, or withhold them as a whole sentence, or let whoever may decide it answer for the "
    "difference; then this copy can be made with the earlier one as answered."
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A copy of the same record that has left already.

    Attributes:
        pdf: its bytes.
        name: its number, as findings call it.
        same_recipient: whether whoever gets the new copy has it.
        answered: a person has seen that it differs and answered for it: what would stop the copy is only said.
    """

    pdf: bytes = field(repr=False)
    name: str = "an earlier copy"
    same_recipient: bool = True
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """What two copies say together: what stops the new one, and what is only said."""

    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def compare(now: Sequence[Drawn], copy: Earlier, earlier: Sequence[Drawn], needles: Needles) -> Compared:
    """Compare by the withheld terms, and by place: both texts are laid side by side, boxes as words. O(words²)."""
    stops, said = list[Finding](), list[Finding]()
    closed = stops if copy.same_recipient and not copy.answered else said
    who = "the same recipient" if copy.same_recipient else "another recipient"
    for page in earlier:
        if needles.in_text(text_of(list(_body(page)))):
            what = f"page {page.number} of {copy.name}, which {who} has, shows a term that is withheld here"
            closed.append(Finding("earlier copy", what, None, _SHOW_OR_ANSWER))
    then, new = [list(_all_words(pages)) for pages in (earlier, now)]
    for a, b, c, d in _differences([word for word, _ in then], [word for word, _ in new]):
        before, after = [word for word, _ in then[a:b]], [word for word, _ in new[c:d]]
        if _boxed(after, new, c, d) and before and _BOX not in before:
            what = f"{copy.name}, which {who} has, shows on page {then[a][1]} what a box covers here"
            closed.append(Finding("earlier copy", what, new[min(c, len(new) - 1)][1], _SHOW_OR_ANSWER))
        elif _boxed(before, then, a, b) and after and _BOX not in after and copy.same_recipient:
            number = then[min(a, len(then) - 1)][1]
            what = f"what is shown here is covered by a box on page {number} of {copy.name}, which {who} has"
            said.append(Finding("earlier copy", what, new[c][1]))
        elif _BOX in after or (_BOX in before and copy.same_recipient):
            number = new[min(c, len(new) - 1)][1]
            what = f"boxes and words stand otherwise here than in {copy.name}, which {who} has: look at both"
            said.append(Finding("earlier copy", what, number))
    return Compared(tuple(dict.fromkeys(stops)), tuple(dict.fromkeys(said)))


def _differences(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Ranges of both that stand between words which both have."""
    begun: tuple[int, int] | None = None
    ends = (0, 0)
    for step in Indel.opcodes(one, other):
        a, b, c, d = step.src_start, step.src_end, step.dest_start, step.dest_end
        if step.tag == "equal":
            if begun:
                yield begun[0], ends[0], begun[1], ends[1]
            begun = None
            continue
        begun = begun or (a, c)
        ends = (b, d)
    if begun:
        yield begun[0], ends[0], begun[1], ends[1]


def _boxed(words: Sequence[str], whole: Sequence[tuple[str, int]], start: int, end: int) -> bool:
    """Whether a range holds boxes only, or nothing beside a box: then the box covers what the other copy says."""
    if words:
        return set(words) == {_BOX}
    return any(word == _BOX for word, _ in (*whole[max(0, start - 1) : start], *whole[end : end + 1]))


def read(copy: Earlier) -> list[Drawn]:
    """The pages of an earlier copy.

    Raises:
        ValueError, KeyError, pikepdf.PdfError: if it cannot be read.
    """
    fonts: dict[tuple[int, int], Font] = {}
    with pikepdf.open(BytesIO(copy.pdf)) as file:
        return [
            read_page(page, number, fonts, without_dots=isinstance(page.obj.get("/Contents"), pikepdf.Array))
            for number, page in enumerate(file.pages, start=1)
        ]


def _all_words(pages: Sequence[Drawn]) -> Iterator[tuple[str, int]]:
    for page in pages:
        yield from _words(page)


def _body(page: Drawn) -> Iterator[Shown]:
    """What stands on a page between its head and its foot, which differ in every copy."""
    return (item for item in page.shown if _TOP <= item.baseline <= _BOTTOM)


def _words(page: Drawn) -> Iterator[tuple[str, int]]:
    """Folded words of a page's body, a box as one word."""
    boxes = page_checks.boxes_of(page)
    waiting: list[Shown] = []

    def told() -> Iterator[tuple[str, int]]:
        # Words as they are spaced: the parts of a number are no words of their own.
        words = ("".join(words_of(word)) for word in text_of(waiting).split())
        yield from ((word, page.number) for word in words if word)
        waiting.clear()

    for item in _body(page):
        if any(page_checks.inside(item.area, box) for box in boxes):
            yield from told()
            yield _BOX, page.number
        else:
            waiting.append(item)
    yield from told()
