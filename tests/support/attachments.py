"""Files as people attach them, and as attackers would; made here, not kept."""

from email.message import EmailMessage
from functools import cache
from io import BytesIO

import numpy as np
import typst
from PIL import Image, ImageDraw, ImageFont

from schoolgate.engines.redact import glyphs
from schoolgate.engines.redact.attachments import AttachmentError, Page, Reader, open_attachment
from schoolgate.engines.redact.attachments.drawing import Line, draw
from schoolgate.engines.redact.model import Participant

MARISOL = Participant("P1", ("Marisol Reyes",), "1044532", "2009-07-19")
KEVIN = Participant("P2", ("Kevin Tran",))


@cache
def reader() -> Reader:
    """One for all tests of a process."""
    return Reader()


def opened(data: bytes, name: str = "file") -> list[Page]:
    """Every page of an attachment."""
    with open_attachment(name, data, reader=reader()) as pages:
        return list(pages)


def outcome(data: bytes) -> str:
    """`pages`, or the code with which the attachment is refused."""
    try:
        return "pages" if opened(data) else "nothing"
    except AttachmentError as refused:
        return refused.code


def said(pages: Page | list[Page]) -> str:
    """The words of pages."""
    return " ".join(word.text for page in (pages if isinstance(pages, list) else [pages]) for word in page.words)


def printed(text: str, size: tuple[int, int] = (620, 70), point: int = 26) -> Image.Image:
    """A slip of paper with a line of print."""
    image = Image.new("RGB", size, "white")
    font = ImageFont.truetype(str(glyphs.font_files()[1]), point)
    ImageDraw.Draw(image).text((14, 14), text, fill="black", font=font)
    return image


def scanned(image: Image.Image, noise: float = 8, seed: int = 1) -> Image.Image:
    """The same as a scanner gives it."""
    grain = np.random.default_rng(seed).normal(0, noise, (image.height, image.width, 3))
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """A picture's file."""
    held = BytesIO()
    image.save(held, kind, **options)
    return held.getvalue()


def pdf(body: str, width: int = 300, height: int = 40) -> bytes:
    """A born-digital PDF."""
    page = f'#set page(width: {width}pt, height: {height}pt, margin: 8pt)\n#set text(font: "Noto Sans", size: 12pt)\n'
    folder = str(glyphs.font_files()[0].parent)
    return typst.compile((page + body).encode(), format="pdf", font_paths=[folder], ignore_system_fonts=True)


def mail(text: str = "Hello.", html: str | None = None, **headers: str) -> EmailMessage:
    """A message between two invented people."""
    message = EmailMessage()
    told = {"From": "Ana Okafor <ana@school.example>", "To": "Lee Whitfield <lee@district.example>"}
    for name, value in (told | {"Subject": "The bus", "Date": "Mon, 02 Mar 2026 08:15:00 -0500"} | headers).items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def drawn(text: str) -> Page:
    """A page of text as a text attachment gives it, without a sandbox."""
    sheet = draw([Line(line) for line in text.split("\n")])[0]
    rows, columns, _ = sheet.pixels.shape
    return Page(sheet.pixels.tobytes(), columns, rows, sheet.words, (), "text", (), 1, 1)
