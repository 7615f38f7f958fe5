"""The pages of attachments: read once in a sandbox, kept sealed, and rebuilt for an audience."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from threading import Thread
from typing import TYPE_CHECKING

from django.db import connection, transaction

from schoolgate.apps.access.wall import program_from_here
from schoolgate.apps.incidents.document import participants
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.engines import redact
from schoolgate.engines.redact import attached, attachments
from schoolgate.engines.vault import Context, Vault, WrappedKey

from .boxes import BoxMark, BoxStanding, box_id, page_name
from .history import State
from .kept_rows import Row
from .models import Attachment, AttachmentPage, AttachmentState

if TYPE_CHECKING:
    from uuid import UUID

# The element of the law under which a page as a whole may leave: what it is a picture of, or an account.
ELEMENT_OF_KIND: Mapping[str, str] = {"picture": "image", "pdf": "narrative", "mail": "narrative", "text": "narrative"}


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page without its picture."""

    attachment: Attachment
    number: int
    name: str

    @property
    def element(self) -> str:
        """The element that decides whether the page may leave at all."""
        return ELEMENT_OF_KIND.get(self.attachment.kind, "image")


@dataclass(frozen=True, slots=True)
class Attached:
    """A report's attachments, their pages, and the boxes that the program proposes."""

    attachments: tuple[Attachment, ...] = ()
    pages: tuple[PageRow, ...] = ()
    proposed: tuple[BoxMark, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether pages are still being read."""
        return any(one.state == AttachmentState.WAITING for one in self.attachments)


def attached_of(report: Report, salt: str, kept: Sequence[Row]) -> Attached:
    """What is attached to a report, given the rows of its pages. One query, however many pages there are."""
    rows = tuple(Attachment.objects.filter(report=report).defer("sealed", "sealed_reason").order_by("number"))
    by_id: dict[UUID | None, Attachment] = {one.pk: one for one in rows}
    # Of an attachment that came meanwhile the pages are not here yet: the next look shows both.
    here = sorted((one for one in kept if one.person in by_id), key=lambda one: (by_id[one.person].number, one.number))
    texts = Vault(keys().provider).open_page(
        (WrappedKey.from_bytes(bytes(one.wrapped_key or b"")), _place(one, "boxes"), bytes(one.sealed or b""))
        for one in here
    )
    pages, boxes = [], []
    for row, text in zip(here, texts, strict=True):
        attachment = by_id[row.person]
        page = PageRow(attachment, row.number, page_name(attachment.number, row.number))
        pages.append(page)
        boxes += [_box(salt, page.name, one) for one in json.loads(text)]
    return Attached(rows, tuple(pages), tuple(boxes))


def _box(salt: str, page: str, data: dict[str, object]) -> BoxMark:
    box = attached.Box(**data.pop("box"))  # type: ignore[arg-type]
    return BoxMark(id=box_id(salt, page, box, str(data["category"])), page=page, box=box, **data)  # type: ignore[arg-type]


def _place(row: AttachmentPage | Row, what: str) -> Context:
    return context("redactions.attachmentpage", f"{row.pk}-{what}", what)


def open_page(report: Report, attachment: int, number: int) -> attachments.Page | None:
    """A page as it was read; None if there is none. One query. The caller writes the reading down first."""
    row = AttachmentPage.objects.filter(attachment__report=report, attachment__number=attachment, number=number).first()
    if row is None:
        return None
    return attachments.Page.unpacked(open_value(_place(row, "page"), row.wrapped_key, row.sealed))


def begin_reading(attachment: Attachment) -> None:
    """Read an attachment's pages beside the request, once what was written so far is committed."""
    transaction.on_commit(lambda: Thread(target=_read_beside, args=(attachment,), daemon=True).start())


def _read_beside(attachment: Attachment) -> None:
    program_from_here()
    try:
        read_pages(attachment)
    finally:
        connection.close()


def read_pages(attachment: Attachment) -> None:
    """Open an attachment in its sandbox and keep each page as it is read; about a second a page.

    Whatever was kept of an earlier try is thrown away. A refusal is kept as its code; nothing of the file is logged.
    """
    AttachmentPage.objects.filter(attachment=attachment).delete()
    content = open_value(
        context("redactions.attachment", attachment.pk, "file"), attachment.wrapped_key, attachment.sealed
    )
    people = participants(unsealed(attachment.report))
    state, code, left_out = AttachmentState.READ, "", []
    try:
        with attachments.open_attachment("", content) as opened:
            for number, page in enumerate(opened, start=1):
                _keep(attachment, number, page, people)
                Attachment.objects.filter(pk=attachment.pk).update(expected=max(opened.expected, number))
            left_out = [[list(one.part), one.code] for one in opened.left_out]
    except attachments.AttachmentError as refused:
        # A part of its pages must not pass for all of them.
        AttachmentPage.objects.filter(attachment=attachment).delete()
        state, code = AttachmentState.FAILED, refused.code
    Attachment.objects.filter(pk=attachment.pk).update(state=state, code=code, left_out=left_out)
    attachment.refresh_from_db()


def _keep(attachment: Attachment, number: int, page: attachments.Page, people: Sequence[redact.Participant]) -> None:
    row = AttachmentPage(attachment=attachment, number=number)
    boxes = [asdict(one) for one in attachments.propose_boxes(page, people)]
    for one in boxes:
        one["token"] = one["token"] or ""
    value = seal_new(_place(row, "page"), page.packed())
    proposed = seal_new(_place(row, "boxes"), json.dumps(boxes, ensure_ascii=False).encode())
    row.wrapped_key, row.sealed = value.wrapped_key, value.sealed
    row.boxes_key, row.sealed_boxes = proposed.wrapped_key, proposed.sealed
    row.save(force_insert=True)


def page_may_leave(
    page: PageRow,
    subjects: frozenset[str] | None,
    everyone: frozenset[str],
    audience: redact.Audience,
    outcome: Mapping[str, bool],
) -> bool:
    """Whether a page may leave at all: its element, and whom it is about.

    To a family only what is about its own child, unless the report has no other student; to an agency that names
    students, nothing that is about others only.
    """
    if outcome.get(page.element) is not True:
        return False
    others = everyone - audience.tokens
    if audience.kind is redact.AudienceKind.FAMILY:
        return not others or (subjects is not None and not subjects & others)
    if audience.kind is redact.AudienceKind.AGENCY and audience.tokens and subjects:
        return bool(subjects & audience.tokens) or outcome.get("other_student_name") is True
    return True


def burnt(
    boxes: Iterable[BoxMark], document: redact.Document, audience: redact.Audience, outcome: Mapping[str, bool]
) -> list[BoxMark]:
    """The boxes that are withheld from an audience: undecided ones too."""
    kept = (one for one in boxes if one.state is not State.UNMARKED)
    return [one for one in kept if not _may_be_seen(one, document, audience, outcome)]


def _may_be_seen(
    box: BoxMark, document: redact.Document, audience: redact.Audience, outcome: Mapping[str, bool]
) -> bool:
    if box.category in redact.IDENTIFIERS and outcome.get("narrative_identifiers") is False:
        return False
    person = document.participant(box.token) if box.token else None
    own = person is not None and person.token in audience.tokens
    if box.category == "person_known" and person:
        match person.role:
            case redact.Role.STUDENT:
                return outcome.get("student_name" if own else "other_student_name") is True
            case redact.Role.STAFF:
                return outcome.get("staff_name") is True
            case redact.Role.GUARDIAN:
                family = audience.kind is redact.AudienceKind.FAMILY
                return outcome.get("guardian_name") is True and (own or not family)
            case redact.Role.OUTSIDER:
                return False
    about_other = person is not None and person.role is redact.Role.STUDENT and not own
    return not about_other and redact.may_leave(box.category, outcome)


def rebuilt(report: Report, page: PageRow, of: int, boxes: Iterable[BoxMark]) -> attached.AttachedPage:
    """A page as it may leave: nothing of the file is in it.

    Raises:
        AttachmentError: What was made is not what it should be: nothing may leave.
    """
    opened = open_page(report, page.attachment.number, page.number)
    if opened is None:
        raise attachments.AttachmentError("damaged")
    title = f"Attachment {page.attachment.number}, page {page.number} of {of}"
    return attachments.rebuild(opened, [one.box for one in boxes], title)


def standing_pages(
    found: Attached,
    standing: BoxStanding,
    document: redact.Document,
    audience: redact.Audience,
    outcome: Mapping[str, bool],
) -> list[tuple[PageRow, int, list[BoxMark]]]:
    """The pages that may leave to an audience: each with how many its attachment has, and the boxes to burn."""
    everyone = frozenset(one.token for one in document.participants if one.role is redact.Role.STUDENT)
    shown = []
    for page in found.pages:
        if not page_may_leave(page, standing.subjects.get(page.name), everyone, audience, outcome):
            continue
        of = sum(one.attachment.pk == page.attachment.pk for one in found.pages)
        shown.append((page, of, burnt(standing.on(page.name), document, audience, outcome)))
    return shown
