"""All that is kept about the marks of versions of reports, in one query: the tables have columns that are alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import (
    BinaryField,
    CharField,
    DateTimeField,
    Expression,
    Field,
    IntegerField,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
)
from django.db.models.functions import Cast

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.incidents.models import Report, ReportVersion
from schoolgate.apps.incidents.vocabulary import MEMO
from schoolgate.apps.people.selectors import display_name

from .models import Attachment, AttachmentPage, Batch, BenchDraft, Finish, Proposed


class Row(NamedTuple):
    """A row of one of the tables.

    Attributes:
        what: which table.
        of: the version; of an attachment and its pages the report.
        number: its own, or how many batches there were when all was said to be decided.
        finder: of the state of the finder that proposed.
        attachments, person, at: how many attachments there were then, who did it, and when; of a page `person` is its
            attachment.
        name: of that person.
    """

    what: str
    of: UUID
    pk: UUID
    number: int
    wrapped_key: bytes | None
    sealed: bytes | None
    finder: str
    attachments: int
    person: UUID | None
    at: datetime | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one version and its report.

    Attributes:
        batches: oldest first.
        proposed: the newest, or None.
        finish: the newest, or None.
        draft: what the asker did and has not signed, or None.
        pages: the pages of attachments, in no order.
        attachments: how many there are.
    """

    batches: list[Row] = field(default_factory=list)
    proposed: Row | None = None
    finish: Row | None = None
    draft: Row | None = None
    pages: list[Row] = field(default_factory=list)
    attachments: int = 0


_KINDS: Final = ("version", "proposed", "batch", "finish", "draft", "attachment", "page")


def rows_of(versions: Collection[ReportVersion], *, drafted_by: Actor | None = None) -> Mapping[UUID, Rows]:
    """What is kept of each version, by its id. One query; without any version none."""
    if not versions:
        return {}
    reports = [one.report_id for one in versions]
    found = _found(_tables(reports, drafted_by, version__in=[one.pk for one in versions]))
    return {one.pk: _sorted([*found[one.pk], *found[one.report_id]]) for one in versions}


def newest_of(reports: Iterable[Report]) -> list[tuple[ReportVersion, Rows]]:
    """The newest version of each report with what is kept of it. One query; without any report none.

    Nothing for one that was expunged, that an order sealed meanwhile, or that is a memo kept apart.
    """
    given = {one.pk: one for one in reports}
    if not given:
        return []
    open_now = ReportVersion.objects.filter(report__in=given, report__sealed_at__isnull=True)
    versions = _columns("version", open_now.exclude(report__kind=MEMO), "report_id", "number")
    found = _found([versions, *_tables(list(given), None, version__report__in=list(given))])
    newest = []
    for pk, report in given.items():
        rows = [row for row in found[pk] if row.what == "version"]
        if rows:
            row = max(rows, key=lambda one: one.number)
            keys = {"wrapped_key": row.wrapped_key, "sealed": row.sealed}
            version = ReportVersion(pk=row.pk, report=report, number=row.number, **keys)
            newest.append((version, _sorted([*found[row.pk], *found[pk]])))
    return newest


def _tables(reports: Collection[UUID], drafted_by: Actor | None, **versions: object) -> list["_Table"]:
    tables = [
        _columns(
            "proposed", Proposed.objects.filter(**versions), "version_id", "number", finder="finder", more=_NOBODY
        ),
        _columns("batch", Batch.objects.filter(**versions), "version_id", "number", more=_by("decided_by_id")),
        _columns(
            "finish",
            Finish.objects.filter(**versions),
            "version_id",
            "batches",
            keys=(_NOTHING, _NOTHING),
            more=("attachments", "finished_by_id", "finished_at", display_name("finished_by_id")),
        ),
        _columns(
            "attachment",
            Attachment.objects.filter(report__in=reports),
            "report_id",
            "number",
            keys=(_NOTHING, _NOTHING),
        ),
        _columns(
            "page",
            AttachmentPage.objects.filter(attachment__report__in=reports),
            "attachment__report_id",
            "number",
            keys=("boxes_key", "sealed_boxes"),
            more=(_ZERO, "attachment_id", _none(DateTimeField()), _EMPTY),
        ),
    ]
    if drafted_by is not None:
        drafts = BenchDraft.objects.filter(author=drafted_by.user_id, **versions)
        tables.append(_columns("draft", drafts, "version_id", _ZERO, more=_by("author_id")))
    return tables


def _found(tables: Iterable["_Table"]) -> dict[UUID, list[Row]]:
    first, *rest = tables
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in map(Row._make, first.union(*rest, all=True)):
        found[row.of].append(row)
    return found


def _sorted(rows: Iterable[Row]) -> Rows:
    by: dict[str, list[Row]] = {what: [] for what in _KINDS}
    for row in rows:
        by[row.what].append(row)
    return Rows(
        batches=sorted(by["batch"], key=lambda row: row.number),
        proposed=max(by["proposed"], key=lambda row: row.number, default=None),
        finish=max(by["finish"], key=lambda row: row.at.timestamp() if row.at else 0.0, default=None),
        draft=next(iter(by["draft"]), None),
        pages=by["page"],
        attachments=len(by["attachment"]),
    )


type _Table = QuerySet[Any, tuple[object, ...]]
type _Column = str | Expression | Subquery[Any]


def _none(of: "Field[Any, Any]") -> Expression:
    return Cast(Value(None), output_field=of)


def _by(person: str) -> tuple[_Column, ...]:
    return _ZERO, person, _none(DateTimeField()), display_name(person)


_NOTHING: Final = _none(BinaryField())
_ZERO: Final = Value(0, output_field=IntegerField())
_EMPTY: Final = Value("", output_field=CharField())
_NOBODY: Final[tuple[_Column, ...]] = (_ZERO, _none(UUIDField()), _none(DateTimeField()), _EMPTY)


def _columns(
    what: str,
    rows: QuerySet[Any],
    of: str,
    number: _Column,
    *,
    keys: tuple[_Column, _Column] = ("wrapped_key", "sealed"),
    finder: _Column = _EMPTY,
    more: tuple[_Column, ...] = _NOBODY,
) -> _Table:
    return rows.order_by().values_list(Value(what, output_field=CharField()), of, "pk", number, *keys, finder, *more)
