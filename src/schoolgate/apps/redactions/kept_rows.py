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
    UUIDField,
    Value,
)
from django.db.models.functions import Cast

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.incidents.models import ReportVersion

from .models import Attachment, AttachmentPage, Batch, BenchDraft, Finish, Proposed


class Row(NamedTuple):
    """A row of one of the tables.

    Attributes:
        what: which table.
        of: the version; of an attachment and its pages the report.
        number: its own, or how many batches there were when all was said to be decided.
        finder: of the state of the finder that proposed.
        attachments, person, at: how many attachments there were then, who said it, and when; of a page `person` is
            its attachment.
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


_KINDS: Final = ("proposed", "batch", "finish", "draft", "attachment", "page")


def rows_of(versions: Collection[ReportVersion], *, drafted_by: Actor | None = None) -> Mapping[UUID, Rows]:
    """What is kept of each version, by its id. One query; without any version none."""
    if not versions:
        return {}
    ids, reports = [one.pk for one in versions], [one.report_id for one in versions]
    tables: list[QuerySet[Any, tuple[object, ...]]] = [
        _columns("proposed", Proposed.objects.filter(version__in=ids), "version_id", "number", finder="finder"),
        _columns("batch", Batch.objects.filter(version__in=ids), "version_id", "number"),
        _columns(
            "finish",
            Finish.objects.filter(version__in=ids),
            "version_id",
            "batches",
            keys=(_NOTHING, _NOTHING),
            more=("attachments", "finished_by_id", "finished_at"),
        ),
        _columns("attachment", Attachment.objects.filter(report__in=reports), "report_id", "number", keys=(_NOTHING, _NOTHING)),
        _columns(
            "page",
            AttachmentPage.objects.filter(attachment__report__in=reports),
            "attachment__report_id",
            "number",
            keys=("boxes_key", "sealed_boxes"),
            more=(_ZERO, "attachment_id", _none(DateTimeField())),
        ),
    ]
    if drafted_by is not None:
        drafts = BenchDraft.objects.filter(version__in=ids, author=drafted_by.user_id)
        tables.append(_columns("draft", drafts, "version_id", _ZERO))
    first, *rest = tables
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in map(Row._make, first.union(*rest, all=True)):
        found[row.of].append(row)
    return {one.pk: _sorted([*found[one.pk], *found[one.report_id]]) for one in versions}


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


def _none(of: "Field[Any, Any]") -> Expression:
    return Cast(Value(None), output_field=of)


_NOTHING: Final = _none(BinaryField())
_ZERO: Final = Value(0, output_field=IntegerField())


def _columns(
    what: str,
    rows: QuerySet[Any],
    of: str,
    number: str | Expression,
    *,
    keys: tuple[str | Expression, str | Expression] = ("wrapped_key", "sealed"),
    finder: str | Expression = Value("", output_field=CharField()),  # noqa: B008 - the same for each table without one
    more: tuple[str | Expression, ...] = (),
) -> QuerySet[Any, tuple[object, ...]]:
    said = more or (_ZERO, _none(UUIDField()), _none(DateTimeField()))
    return rows.order_by().values_list(
        Value(what, output_field=CharField()), of, "pk", number, *keys, finder, *said
    )
