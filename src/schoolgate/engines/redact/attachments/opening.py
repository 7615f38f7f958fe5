"""An attachment in, pages out, one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import numpy as np

from schoolgate.engines.redact.attachments import kinds
from schoolgate.engines.redact.attachments.drawing import Drawn, Line, draw
from schoolgate.engines.redact.attachments.errors import NOTES, WORDS, AttachmentError
from schoolgate.engines.redact.attachments.inside import wire
from schoolgate.engines.redact.attachments.pages import LONGEST, Page, Pixels, Unread, Word
from schoolgate.engines.redact.attachments.reading import Layer, Reader, tessdata, words_of
from schoolgate.engines.redact.attachments.sandbox import Job, Sandbox

_MOST_DEEP = 4
_FAR = 1e6
_MOST_PAGES, _MOST_PARTS = 300, 60
# What a step may take by the clock, on a machine that has other work too; processor time is limited in each job.
_SECONDS = 120.0
_JOBS = {
    kinds.PDF: Job("inside.pdf", 300, 1536 << 20),
    kinds.PICTURE: Job("inside.pictures", 60, 1536 << 20),
    kinds.MAIL: Job("inside.mail", 30, 1024 << 20),
    kinds.TEXT: Job("inside.text", 30, 1024 << 20),
}
_HEADER_NAMES = ("From", "To", "Cc", "Date", "Subject")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An attachment of a message that could not be opened.

    `part` is its number as in `Page.part`, `code` and `words` are those of `AttachmentError`.
    """

    part: tuple[int, ...]
    code: str
    words: str


@dataclass(slots=True)
class _Part:
    """What is still to be opened."""

    kind: str
    part: tuple[int, ...]
    data: bytes = field(repr=False)


class Opened:
    """An attachment that is being opened: an iterator of its pages, and a context manager.

    Pages are made as they are asked for (about a second each, for reading them). Iterate once, in the thread that
    opened it: the sandbox ends with that thread.

    Attributes:
        kind: `pdf`, `picture`, `mail` or `text`.
        expected: pages known so far; it grows when a message's attachments are opened.
        done: pages given so far.
        left_out: attachments of the message that could not be opened, as they are met.
    """

    def __init__(self, data: bytes, reader: Reader | None = None) -> None:
        """Finds out what it is and opens it, up to its first page."""
        self.kind = kinds.kind_of(data)
        self.expected = self.done = 0
        self.left_out: list[LeftOut] = []
        tessdata()
        self._reader = reader or Reader()
        self._own_reader = reader is None
        self._closed = False
        self._sandbox: Sandbox | None = None
        self._met = 0
        try:
            self._pages = self._opened(_Part(self.kind, (), data))
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Page]:
        return self

    def __next__(self) -> Page:
        """The next page.

        Raises:
            AttachmentError: if the rest cannot be opened. Pages given before must not be used as if they were all.
        """
        if self._closed:
            raise AttachmentError("closed")
        try:
            page = next(self._pages)
        except StopIteration:
            self.close()
            self._closed = False
            raise
        except BaseException:
            self.close()
            raise
        self.done += 1
        return page

    def close(self) -> None:
        """Ends what is still running."""
        self._closed = True
        if self._own_reader:
            self._reader.close()
        if self._sandbox:
            self._sandbox.close()
            self._sandbox = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self, part: _Part) -> Iterator[Page]:
        """Starts a part; everything that can be refused at once is refused here."""
        if part.kind in (kinds.MAIL, kinds.TEXT):
            return self._text(part)
        self._sandbox = Sandbox(_JOBS[part.kind])
        self._sandbox.send(part.data, _SECONDS)
        match self._sandbox.table(_SECONDS):
            case {"pages": int(count), "notes": [*codes]} if 0 < count <= _MOST_PAGES:
                self._more(count)
                return self._pictures(part, self._sandbox, count, _notes(codes))
        raise AttachmentError("crashed")

    def _pictures(self, part: _Part, sandbox: Sandbox, count: int, notes: tuple[str, ...]) -> Iterator[Page]:
        for number in range(1, count + 1):
            _, frame = sandbox.hear(_SECONDS, wire.PIXELS)
            pixels = _checked(frame)
            pixels, words, unread = words_of(self._reader, pixels, _layer(sandbox.table(_SECONDS)))
            seen = {"strokes" if item.kind == "strokes" else "pictures" for item in unread}
            yield _page(part, pixels, number, count, words=words, unread=unread, notes=(*notes, *_notes(sorted(seen))))
        sandbox.hear(_SECONDS, wire.END)
        sandbox.close()

    def _text(self, part: _Part) -> Iterator[Page]:
        """Text and messages: their table is read and drawn now, their attachments opened later."""
        with Sandbox(_JOBS[part.kind]) as sandbox:
            sandbox.send(part.data, _SECONDS)
            told = sandbox.table(_SECONDS)
            lines, notes, kinds_inside = _message(told) if part.kind == kinds.MAIL else _plain(told)
            self._met += len(kinds_inside)
            if self._met > _MOST_PARTS:
                raise AttachmentError("too_many_parts")
            files = [sandbox.hear(_SECONDS, wire.FILE)[1] for _ in kinds_inside]
            sandbox.hear(_SECONDS, wire.END)
        inside: list[_Part | LeftOut] = []
        for number, (kind, data) in enumerate(zip(kinds_inside, files, strict=True), start=1):
            place = (*part.part, number)
            try:
                if len(place) >= _MOST_DEEP and (kind == "message" or kinds.is_mail(data)):
                    raise AttachmentError("too_deep")  # noqa: TRY301 - told like every other refusal
                inside.append(_Part(kinds.MAIL if kind == "message" else kinds.kind_of(data), place, data))
            except AttachmentError as refused:
                inside.append(LeftOut(place, refused.code, WORDS[refused.code]))
        lines += _listed(inside)
        drawn = draw(lines)
        self._more(len(drawn))
        return self._drawn(part, drawn, notes, inside)

    def _drawn(
        self, part: _Part, drawn: list[Drawn], notes: tuple[str, ...], inside: list[_Part | LeftOut]
    ) -> Iterator[Page]:
        for number, sheet in enumerate(drawn, start=1):
            more = _notes(["undrawn"]) if sheet.incomplete else ()
            yield _page(part, sheet.pixels, number, len(drawn), words=sheet.words, notes=(*notes, *more))
        for item in inside:
            if isinstance(item, LeftOut):
                self.left_out.append(item)
                continue
            try:
                pages = self._opened(item)
            except AttachmentError as refused:
                if refused.code in ("no_sandbox", "no_reader", "too_many_pages", "too_many_parts"):
                    raise
                self.left_out.append(LeftOut(item.part, refused.code, WORDS[refused.code]))
                continue
            yield from pages

    def _more(self, pages: int) -> None:
        self.expected += pages
        if self.expected > _MOST_PAGES:
            raise AttachmentError("too_many_pages")


def open_attachment(name: str, data: bytes, *, reader: Reader | None = None) -> Opened:
    """Opens an attachment: PDF, PNG, JPEG, TIFF, GIF, WebP, a message (.eml) with its attachments, text or HTML.

    What it is, is found from its content. Everything that parses it runs in a sandbox, from which only pixels, sizes
    and words come back.

    Args:
        name: the file's name. It is neither kept nor believed.
        data: the file's bytes, up to 64 MiB.
        reader: one that several attachments of one request share, which saves half a second each; it is left open.

    Raises:
        AttachmentError: with a code and with words that say what to do; for kinds that are refused, at once.
    """
    del name
    return Opened(data, reader)


def _page(
    part: _Part,
    pixels: Pixels,
    number: int,
    of: int,
    *,
    words: tuple[Word, ...] = (),
    unread: tuple[Unread, ...] = (),
    notes: tuple[str, ...] = (),
) -> Page:
    rows, columns, _ = pixels.shape
    return Page(pixels.tobytes(), columns, rows, words, unread, part.kind, part.part, number, of, notes)


def _checked(frame: bytes) -> Pixels:
    """Pixels from the sandbox: exactly as many as their size says."""
    if len(frame) >= wire.SIZE.size:
        columns, rows = wire.SIZE.unpack_from(frame)
        if 0 < columns <= LONGEST and 0 < rows <= LONGEST and len(frame) == wire.SIZE.size + 3 * columns * rows:
            return np.frombuffer(frame, np.uint8, offset=wire.SIZE.size).reshape(rows, columns, 3)
    raise AttachmentError("crashed")


def _layer(table: object) -> Layer:
    """The words of a text layer from the sandbox: text and four numbers each."""
    found: list[tuple[str, float, float, float, float]] = []
    for row in table if isinstance(table, list) else [None]:
        match row:
            case [str(text), *numbers] if len(numbers) == 4 and all(_number(n) for n in numbers):  # noqa: PLR2004 - a box
                left, top, right, bottom = (float(n) for n in numbers)
                found.append((text, left, top, right, bottom))
            case _:
                raise AttachmentError("crashed")
    return found


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FAR


def _notes(codes: Sequence[object]) -> tuple[str, ...]:
    return tuple(NOTES[code] for code in codes if isinstance(code, str) and code in NOTES)


def _plain(told: object) -> tuple[list[Line], tuple[str, ...], list[str]]:
    match told:
        case {"plain": str(text), "notes": [*codes]}:
            return _lines(text), _notes(codes), []
    raise AttachmentError("crashed")


def _message(told: object) -> tuple[list[Line], tuple[str, ...], list[str]]:
    match told:
        case {"headers": [*headers], "plain": plain, "html": html, "notes": [*codes], "parts": [*parts]}:
            lines = []
            for header in headers:
                match header:
                    case [str(name), str(value)] if name in _HEADER_NAMES:
                        lines.append(Line(" ".join(value.split()), f"{name}:"))
                    case _:
                        raise AttachmentError("crashed")
            texts = [text for text in (plain, html) if isinstance(text, str) and text]
            both = "two_versions" in codes
            for number, text in enumerate(texts if both else texts[:1]):
                lines.append(Line(""))
                if number:
                    lines += [Line("", "The same message as HTML, which says something else:"), Line("")]
                lines += _lines(text)
            if all(part in ("message", "file") for part in parts):
                return lines, _notes(codes), [str(part) for part in parts]
    raise AttachmentError("crashed")


def _lines(text: str) -> list[Line]:
    return [Line(line) for line in text.split("\n")]


_NAMED = {
    kinds.PDF: "PDF",
    kinds.PICTURE: "picture",
    kinds.MAIL: "message",
    kinds.TEXT: "text",
    "office": "office document",
    "archive": "archive",
    "outlook": "Outlook file",
    "winmail": "winmail.dat",
    "heic": "photograph",
    "vector": "drawing",
    "audio_video": "sound or video",
    "too_deep": "message",
}


def _listed(inside: list[_Part | LeftOut]) -> list[Line]:
    """Our own lines about a message's attachments: numbers and kinds, never their names."""
    lines = [Line("")] if inside else []
    for item in inside:
        number = ".".join(str(n) for n in item.part)
        if isinstance(item, LeftOut):
            lines.append(Line(f"{_NAMED.get(item.code, 'file')}, not shown", f"Attachment {number}:"))
        else:
            lines.append(Line(_NAMED[item.kind], f"Attachment {number}:"))
    return lines
