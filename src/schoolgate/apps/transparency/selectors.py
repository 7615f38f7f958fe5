"""What the public sees: figures of settled quarters, as they were published, and who checked them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.ledger.audited import AuditedRange
from schoolgate.apps.ledger.models import Opening
from schoolgate.engines.tlog.counting_rules import Rules
from schoolgate.engines.tlog.statement import Statement

from .models import AuditStatement, CountingRules, PublishedFigures

QUARTERS_SHOWN = 8
QUARTERS_A_YEAR = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of recipient: a number for each figure, None where it is not shown."""

    title: str
    cells: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Audited:
    """An auditor's statement as the page shows it."""

    sha256: str
    auditor: str
    key: str
    statement: Statement


@dataclass(frozen=True, slots=True)
class Period:
    """A quarter as it was published.

    Args:
        name: Like 2026-Q3.
        starts: Its first day.
        last: Its last.
        sha256: Digest of the file.
        rules: Digest of the rules.
        titles: Of the figures, in order.
        rows: Kinds of recipient with at least one number that is shown.
        hidden: Kinds of recipient of which nothing is.
        totals: One a figure.
        audited: Who checked these figures: the newest statement first.
    """

    name: str
    starts: date
    last: date
    sha256: str
    rules: str
    titles: tuple[str, ...]
    rows: tuple[Row, ...]
    hidden: tuple[str, ...]
    totals: tuple[tuple[str, int | None], ...]
    audited: tuple[Audited, ...]

    @property
    def left(self) -> int | None:
        """Of how many students records left, when that is shown."""
        return dict(self.totals).get("Students whose record left")

    @property
    def asked(self) -> int | None:
        """Of how many students records were asked for, when that is shown."""
        return dict(self.totals).get("Students asked about")


@dataclass(frozen=True, slots=True)
class Year:
    """The sums of a calendar year's four quarters: of what is published, so they tell nothing more."""

    name: str
    totals: tuple[tuple[str, int], ...]


def public_periods() -> list[Period]:
    """The latest published quarters, newest first. Three queries."""
    statements = [
        Audited(one.sha256, one.auditor_name, one.auditor, one.statement) for one in AuditStatement.objects.all()
    ]
    return [_period(one, statements) for one in PublishedFigures.objects.select_related("rules")[:QUARTERS_SHOWN]]


def full_years(periods: Sequence[Period]) -> list[Year]:
    """The years all of whose quarters are among the periods, newest first, with each figure whose totals are shown."""
    years = []
    for name in sorted({one.name[:4] for one in periods}, reverse=True):
        quarters = [dict(one.totals) for one in periods if one.name.startswith(name)]
        if len(quarters) < QUARTERS_A_YEAR:
            continue
        totals = []
        for title in quarters[0]:
            numbers = [number for one in quarters if (number := one.get(title)) is not None]
            if len(numbers) == QUARTERS_A_YEAR:
                totals.append((title, sum(numbers)))
        if totals:
            years.append(Year(name, tuple(totals)))
    return years


def figures_file(period: str) -> bytes | None:
    """The file of a published quarter."""
    found = PublishedFigures.objects.filter(pk=period).first()
    return bytes(found.document) if found else None


def rules_file(digest: str) -> bytes | None:
    """The file of rules with this digest."""
    found = CountingRules.objects.filter(pk=digest).first()
    return bytes(found.document) if found else None


def statement_file(digest: str) -> bytes | None:
    """The auditor's statement with this digest."""
    found = AuditStatement.objects.filter(pk=digest).first()
    return found.note.encode() if found else None


def _period(published: PublishedFigures, statements: Sequence[Audited]) -> Period:
    figures = published.figures
    rules = _rules(bytes(published.rules.document))
    rows = [
        Row(title, tuple((one.title, one.cells[row]) for one in figures.figures)) for row, title in rules.rows.items()
    ]
    shown = [row for row in rows if any(number is not None for _, number in row.cells)]
    return Period(
        name=published.period,
        starts=figures.quarter.starts,
        last=figures.quarter.last,
        sha256=published.sha256,
        rules=published.rules_id,
        titles=tuple(one.title for one in figures.figures),
        rows=tuple(shown),
        hidden=tuple(row.title for row in rows if row not in shown),
        totals=tuple((one.title, one.total) for one in figures.figures),
        audited=tuple(one for one in statements if (published.period, published.sha256) in one.statement.figures),
    )


@cache
def _rules(document: bytes) -> Rules:
    return Rules.parse(document)


def newest_range() -> AuditedRange | None:
    """Up to where the newest statement goes. One query."""
    found = AuditStatement.objects.first()
    return AuditedRange(found.size, found.auditor_name, found.statement.date, found.sha256) if found else None


def opening_about(actor: Actor, entry: UUID) -> Opening | None:
    """An opening by its number, for counsel alone."""
    return Opening.objects.filter(pk=entry).first() if actor.role is Role.COUNSEL else None
