"""The papers behind agreements: what they are by their content, sealed, each kept once."""

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.safe import context, open_value, seal_new

from .models import SourceDocument

LARGEST: Final = 10 * 1024 * 1024
LONGEST_TITLE: Final = 200
# What a file begins with, whatever its name or sender says it is.
BEGINNINGS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
ENDINGS: Final = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "text/plain": "txt"}


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that somebody hands in, with what it is called."""

    title: str
    content: bytes = field(repr=False)


def media_type(content: bytes) -> str:
    """What a file is, by its content.

    Raises:
        Impossible: It is empty, too large, or neither a PDF, an image nor plain text.
    """
    if not content:
        raise Impossible("The file is empty. Choose the document again.")
    if len(content) > LARGEST:
        raise Impossible("The file is larger than 10 MB. Store the pages that matter, as a PDF.")
    for beginning, found in BEGINNINGS:
        if content.startswith(beginning):
            return found
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if any(char < " " and char not in "\t\n\r\f" for char in text):
        raise Impossible("The file is neither a PDF, a PNG or JPEG image, nor plain text. Save it as a PDF.")
    return "text/plain"


def keep_document(paper: Paper, *, added_by: UUID | None) -> SourceDocument:
    """Seal a document under a key of its own. The same bytes are stored once. No act of its own, for acts to call.

    Raises:
        Impossible: As for `media_type`; or it has no title.
    """
    found = media_type(paper.content)
    title = paper.title.strip()[:LONGEST_TITLE]
    if not title:
        raise Impossible("The document has no title. Write what it is called.")
    digest = hashlib.sha256(paper.content).hexdigest()
    if known := SourceDocument.objects.filter(sha256=digest).first():
        return known
    identity = uuid.uuid4()
    sealed = seal_new(context("agencies_sourcedocument", identity, "sealed"), paper.content)
    return SourceDocument.objects.create(
        id=identity,
        sha256=digest,
        media_type=found,
        title=title,
        size=len(paper.content),
        wrapped_key=sealed.wrapped_key,
        sealed=sealed.sealed,
        added_at=now(),
        added_by=added_by,
    )


def document_bytes(document: SourceDocument) -> bytes:
    """The document as it was handed in. For the office only: the caller has checked.

    Raises:
        VaultError: Its key is gone, or the stored bytes were altered.
    """
    place = context("agencies_sourcedocument", document.id, "sealed")
    return open_value(place, document.wrapped_key, document.sealed)
