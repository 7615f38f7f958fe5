"""What the gate says. It never repeats what it found: a report is read by more people than the record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a copy may not leave.

    Attributes:
        layer: where it was seen: `pdfium text`, `pypdf text`, `string`, `stream`, `bytes`, `pixels`,
            `object`, `revision`, `font`, `drawing`, `file`.
        what: which check failed, in words; never the term.
        page: from 1, or None when the layer has no pages.
    """

    layer: str
    what: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class GateReport:
    """The gate's answer. Only a report that passed lets the bytes leave."""

    findings: tuple[Finding, ...]
    pages: int
    looked_at_pixels: bool

    @property
    def passed(self) -> bool:
        """Whether nothing was found, in every layer, pixels among them."""
        return not self.findings and self.looked_at_pixels
