"""What the gate says. It never repeats what it found: a report is read by more people than the record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a copy may not leave, or, among the warnings, one that a person should know.

    Attributes:
        layer: where it was seen: `pdfium text`, `pypdf text`, `glyphs`, `string`, `stream`, `bytes`, `pixels`,
            `object`, `revision`, `font`, `drawing`, `box`, `picture`, `outline`, `metadata`, `marks`,
            `earlier copy`, `file`.
        what: which check failed, in words; never the term.
        page: from 1, or None when the layer has no pages.
        help: what a person can do about it; empty where only whoever runs the system can.
    """

    layer: str
    what: str
    page: int | None = None
    help: str = ""


@dataclass(frozen=True, slots=True)
class GateReport:
    """The gate's answer. Only a report that passed lets the bytes leave.

    Attributes:
        findings: reasons why the copy stays.
        pages: how many it has.
        looked_at_pixels: whether the pages were read as pictures too.
        warnings: what does not stop the copy and should be seen before it leaves.
    """

    findings: tuple[Finding, ...]
    pages: int
    looked_at_pixels: bool
    warnings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found, in every layer, pixels among them."""
        return not self.findings and self.looked_at_pixels
