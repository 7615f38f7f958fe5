"""A message in; out come five of its headers, what a person sees of its text, and its attachments as they are."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from . import shown, wire

# Never another: Received and X-Originating-IP tell where people are, Thread-Topic what a title was before.
HEADERS = ("From", "To", "Cc", "Date", "Subject")
_MOST_PARTS = 60
_MOST_TEXT = 1_000_000
_TWO = 2
_WORD = re.compile(r"[^\W_]+")
# Of the words of one version, how many may be missing from the other before they are two messages.
_SAME = 0.1
_SAMPLE = b"""From: "A" <a@b.example>
To: =?utf-8?q?x?= <c@d.example>, e@f.example
Date: Mon, 1 Jan 2024 00:00:00 +0000
Subject: =?iso-8859-1?b?eA==?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain
Content-Transfer-Encoding: quoted-printable

x=3D
--x
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

eA==
--x
Content-Type: application/pdf; name*0="a"; name*1="b"
Content-Transfer-Encoding: x-uuencode

begin 644 a
!>`
`
end
--x
Content-Type: message/rfc822

Subject: x

x
--x--
"""


def prepare() -> None:
    """Loads every codec that a message may name: nothing can be loaded later."""
    import encodings  # noqa: PLC0415 - only to list its modules
    import pkgutil  # noqa: PLC0415

    for module in pkgutil.iter_modules(encodings.__path__):
        try:
            "x".encode(module.name)
        except (LookupError, ValueError, TypeError, OSError):
            continue
    message = _parsed(_SAMPLE)
    _headers(message)
    _walk(message, {"plain": None, "html": None}, [], set())


def work() -> None:
    """Reads the message; says one table, then each attachment.

    The table: `headers` (name and value, in the order of `HEADERS`), `plain` and `html` (what is seen of each, or
    None), `notes`, and `parts` (what follows as frames, in order: `message` or `file`).

    Raises:
        wire.Refusal: if it has too many parts or is no message.
    """
    message = _parsed(wire.hear_file())
    headers = _headers(message)
    if not headers:
        raise wire.Refusal("damaged")
    notes: set[str] = set()
    if any(True for _ in message.defects):
        notes.add("malformed")
    texts: dict[str, str | None] = {"plain": None, "html": None}
    files: list[tuple[str, bytes]] = []
    _walk(message, texts, files, notes)
    if texts["plain"] and texts["html"] and not _same(texts["plain"], texts["html"]):
        notes.add("two_versions")
    wire.say_table({"headers": headers, **texts, "notes": sorted(notes), "parts": [kind for kind, _ in files]})
    for _, file in files:
        wire.say(wire.FILE, file)


def _parsed(data: bytes) -> EmailMessage:
    return message_from_bytes(data, EmailMessage, policy=policy.default)


def _headers(message: EmailMessage) -> list[tuple[str, str]]:
    found = []
    for name in HEADERS:
        try:
            values = [str(value) for value in message.get_all(name, [])]
        except (LookupError, ValueError, IndexError, AttributeError, TypeError):
            # A header that cannot be decoded is shown as missing rather than raw.
            values = ["(cannot be read)"]
        found += [(name, shown.tidy(value)[:20_000]) for value in values if value.strip()]
    return found


def _walk(part: EmailMessage, texts: dict[str, str | None], files: list[tuple[str, bytes]], notes: set[str]) -> None:
    """Puts every leaf where it belongs: the first text of each kind is the body, everything else an attachment."""
    kind = part.get_content_type()
    if len(files) > _MOST_PARTS:
        raise wire.Refusal("too_many_parts")
    if kind in ("message/rfc822", "message/global") and part.is_multipart():
        _messages(part, files, notes)
    elif kind.startswith("message/") or kind == "text/rfc822-headers":
        # Reports of delivery: the way a message took, and nothing that anyone wrote.
        notes.add("left_out")
    elif part.is_multipart():
        for inner in part.iter_parts():
            if isinstance(inner, EmailMessage):
                _walk(inner, texts, files, notes)
    else:
        _leaf(part, texts, files, notes)


def _leaf(part: EmailMessage, texts: dict[str, str | None], files: list[tuple[str, bytes]], notes: set[str]) -> None:
    name = {"text/plain": "plain", "text/html": "html"}.get(part.get_content_type())
    attached = part.get_content_disposition() == "attachment" or part.get_filename() is not None
    if name and not attached and texts[name] is None:
        texts[name] = _body(part, name, notes)
        return
    content = part.get_payload(decode=True)
    if isinstance(content, bytes) and content.strip():
        files.append(("file", content))


def _messages(part: EmailMessage, files: list[tuple[str, bytes]], notes: set[str]) -> None:
    for inner in part.get_payload():
        try:
            files.append(("message", inner.as_bytes() if isinstance(inner, EmailMessage) else b""))
        except (LookupError, ValueError, TypeError, AttributeError):
            notes.add("left_out")


def _body(part: EmailMessage, name: str, notes: set[str]) -> str:
    text, unknown = _text(part)
    if unknown:
        notes.add("charset")
    if len(text) > _MOST_TEXT:
        raise wire.Refusal("too_many_pages")
    if name == "html":
        text, hidden = shown.visible(text)
        if hidden:
            notes.add("hidden_text")
    return shown.tidy(text)


def _text(part: EmailMessage) -> tuple[str, bool]:
    """A text part, and whether its character set was unknown, so that another was taken."""
    content = part.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8")), False
    except (LookupError, UnicodeDecodeError, ValueError):
        return shown.decoded(content), True


def _same(plain: str, html: str) -> bool:
    """Whether two versions of a text say the same: nearly all words of each are in the other."""
    one, other = (set(_WORD.findall(text.casefold())) for text in (plain, html))
    return all(len(a - b) <= max(_TWO, _SAME * len(a)) for a, b in ((one, other), (other, one)))
