"""Attachments: opened in a sandbox as pages, boxes proposed, and pages rebuilt with what lies outside the boxes."""

from schoolgate.engines.redact.attachments.errors import NOTES, WORDS, AttachmentError
from schoolgate.engines.redact.attachments.opening import LeftOut, Opened, open_attachment
from schoolgate.engines.redact.attachments.pages import Page, Unread, Word
from schoolgate.engines.redact.attachments.proposing import UNREAD, Proposal, propose_boxes
from schoolgate.engines.redact.attachments.reading import Reader
from schoolgate.engines.redact.attachments.rebuilding import rebuild

__all__ = [
    "NOTES",
    "UNREAD",
    "WORDS",
    "AttachmentError",
    "LeftOut",
    "Opened",
    "Page",
    "Proposal",
    "Reader",
    "Unread",
    "Word",
    "open_attachment",
    "propose_boxes",
    "rebuild",
]
