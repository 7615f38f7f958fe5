"""The papers behind agreements: what they are by their content, sealed, each kept once."""

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.safe import context, open_value, seal_new

from .beside import beside
from .models import SourceDocument

LARGEST: Final = 10 * 1024 * 1024
LONGEST_TITLE: Final = 200
# In an address: the very bytes, with whatever they hold beside what one sees.
AS_IT_CAME: Final = "as-it-came"
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

    It is kept as it came, since others compare its SHA-256; what it holds beside what one sees is found and told.

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
    held = beside(paper.content, found)
    return SourceDocument.objects.create(
        id=identity,
        sha256=digest,
        media_type=found,
        title=title,
        size=len(paper.content),
        beside=list(held.codes),
        wrapped_key=sealed.wrapped_key,
        sealed=sealed.sealed,
        added_at=now(),
        added_by=added_by,
    )


def document_bytes(document: SourceDocument, *, as_it_came: bool = False) -> bytes:
    """The document for somebody of the office, who may pass it on: a picture without what it holds beside its pixels.

    Args:
        document: which; the caller has checked that it may be opened.
        as_it_came: the very bytes that were handed in, as their SHA-256 has them.

    Raises:
        VaultError: Its key is gone, or the stored bytes were altered.
    """
    place = context("agencies_sourcedocument", document.id, "sealed")
    content = open_value(place, document.wrapped_key, document.sealed)
    return content if as_it_came else beside(content, document.media_type).cleaned or content
