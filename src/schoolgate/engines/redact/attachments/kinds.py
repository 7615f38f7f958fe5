"""What a file is, by how it begins; its name is not asked."""

import re

from schoolgate.engines.redact.attachments.errors import AttachmentError

PDF, PICTURE, MAIL, TEXT = "pdf", "picture", "mail", "text"
_LOOK, _LATE_PDF = 8192, 1024
_LARGEST = 64 << 20
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_REFUSED = {
    "archive": (
        b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"MSCF\0", b"PK\5\6",
    ),
    "office": (b"{\\rtf", b"\xdb\xa5\x2d\0", b"{\\pwi"),
    "outlook": (b"!BDN",),
    "winmail": (b"\x78\x9f\x3e\x22",),
    "vector": (b"%!PS", b"\xc5\xd0\xd3\xc6", b"<svg"),
    "audio_video": (
        b"ID3\2", b"ID3\3", b"ID3\4", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xf1", b"\xff\xf9", b"OggS", b"fLaC",
        b"#!AMR", b"FLV\1", b"MThd", b"\x1aE\xdf\xa3", b"\0\0\1\xba", b"\0\0\1\xb3",
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"caff\0", b".snd\0",
    ),
}  # fmt: skip
_RIFF = {b"WEBP": PICTURE, b"WAVE": "audio_video", b"AVI ": "audio_video"}
_STILL = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\3\4"
_OUTLOOK_ENTRY = "__properties_version1.0".encode("utf-16-le")
_OFFICE_ENTRIES = (
    b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis", b"Index/Document.iwa",
)  # fmt: skip
_HEADER = re.compile(
    rb"^(?:from|to|cc|subject|date|message-id|mime-version|received|return-path|delivered-to|reply-to|sender"
    rb"|content-type|content-transfer-encoding|dkim-signature|authentication-results|arc-[\w-]+|x-[\w-]+|thread-[\w-]+)"
    rb"[ \t]*:",
    re.IGNORECASE,
)
_ANY_HEADER = re.compile(rb"^[!-9;-~]+[ \t]*:|^[ \t]")
_MAILBOX = re.compile(rb"\n\r?\nFrom \S+ [^\n]*\d{4}\r?\n[A-Za-z-]+:")
_SVG = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE svg|<svg)", re.DOTALL)
_CONTROL = bytes(n for n in range(32) if n not in b"\t\n\r\f\x1b")
_MOST_CONTROL = 0.001
_NEEDED_HEADERS = 2


def kind_of(data: bytes) -> str:
    """`pdf`, `picture`, `mail` or `text`.

    Raises:
        AttachmentError: for everything else, with what to do instead.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise AttachmentError("empty")
    if len(data) > _LARGEST:
        raise AttachmentError("too_large")
    if data.startswith((b"%PDF-", *_PICTURES)):
        return PDF if data.startswith(b"%PDF-") else PICTURE
    kind = _contained(data) or next((code for code, begins in _REFUSED.items() if data.startswith(begins)), None)
    kind = kind or _written(data)
    if kind not in (PDF, PICTURE, MAIL, TEXT):
        raise AttachmentError(kind)
    return kind


def _written(data: bytes) -> str:
    """What is told by its words rather than by its first bytes."""
    if is_mail(data):
        if _MAILBOX.search(data):
            raise AttachmentError("archive", "it is a mailbox of several messages: attach each as .eml")
        return MAIL
    # Readers accept a PDF that begins a little later.
    if b"%PDF-" in data[:_LATE_PDF]:
        return PDF
    return TEXT if _is_text(data) else "unknown_kind"


def is_mail(data: bytes) -> bool:
    """Whether a file begins with the header of a message."""
    lines = data[:_LOOK].lstrip(b"\xef\xbb\xbf\r\n").splitlines()
    if lines and lines[0].startswith((b"From ", b">From ")):
        lines = lines[1:]
    known = 0
    for line in lines:
        if not line.strip() or not _ANY_HEADER.match(line):
            break
        known += bool(_HEADER.match(line))
    return known >= _NEEDED_HEADERS


def _contained(data: bytes) -> str | None:
    """The kind or the code of a container, by what it says it holds; None if it is none."""
    kind = data[8:12]
    if data.startswith(b"RIFF"):
        return _RIFF.get(kind, "unknown_kind")
    found = None
    if data[4:8] == b"ftyp":
        found = "heic" if kind in _STILL else "audio_video"
    elif data[4:8] in (b"moov", b"mdat", b"wide", b"free") or (data.startswith(b"FORM") and kind in (b"AIFF", b"AIFC")):
        found = "audio_video"
    elif data.startswith(_ZIP):
        found = "office" if any(entry in data for entry in _OFFICE_ENTRIES) else "archive"
    elif data.startswith(_OLE):
        found = "outlook" if _OUTLOOK_ENTRY in data else "office"
    elif data[257:262] == b"ustar":
        found = "archive"
    elif _SVG.match(data[:_LOOK]):
        found = "vector"
    return found


def _is_text(data: bytes) -> bool:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    odd = len(data) - len(data.translate(None, _CONTROL))
    return odd <= _MOST_CONTROL * len(data) and b"\0" not in data
