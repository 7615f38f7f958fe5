"""Makes the release copy: a new PDF from a view. It never sees the original.

typst renders with PDF/UA-1 tags, fonts given by their files, no system fonts, no clock: the same view and
the same facts give the same bytes. Page 1 is the cover, the record begins on page 2, attachments follow.

The words of an attachment's picture are set as plain text below it, for everybody to see, and not invisibly
over it: then no text of a copy is ever hidden, and the gate may refuse all that is.
"""

import json
import tomllib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO
from threading import Lock
from typing import Any

import pypdfium2
import typst

from schoolgate.engines.redact import glyphs
from schoolgate.engines.redact.attached import AttachedPage, PlacedWord
from schoolgate.engines.redact.cut import Mark, Piece, Shown
from schoolgate.engines.redact.errors import RenderError
from schoolgate.engines.redact.views import View

_ONE_AT_A_TIME = Lock()
# What a picture of an attachment may take of a page, in points.
_WIDEST, _HIGHEST = 473.0, 560.0
_ON_SCREEN_DPI = 100


@dataclass(frozen=True, slots=True)
class ReleaseMeta:
    """What a copy says about itself.

    Attributes:
        number: the release's number, in every page's header; pages are numbered `NUMBER-0001` and on.
        recipient: for whom it is made, as it should be printed: on the cover and in every page's footer.
        date: when, as it should be printed.
        legal_basis: rows (citation, plain words) of the provisions under which parts may be withheld; the same
            for every copy for that kind of recipient, never those that apply to this record.
        conditions: the redisclosure notice, or None.
        district: whose copy it is.
        language: `en`, `es`, `pt` or `ht`; the language of the fixed words and of the tags.
    """

    number: str
    recipient: str = field(repr=False)
    date: str
    legal_basis: tuple[tuple[str, str], ...] = ()
    conditions: str | None = None
    district: str = ""
    language: str = "en"


def render(view: View, meta: ReleaseMeta, attached: Iterable[AttachedPage] = ()) -> bytes:
    """A new PDF (PDF/UA-1) of a view and of the pages attached to it. Deterministic; about 20 ms once warm.

    Raises:
        RenderError: if the language is unknown, a picture is neither PNG nor JPEG, or typst fails. The message
            holds no text of the view.
    """
    pages = tuple(attached)
    pictures = {f"attached-{n}.svg": _as_svg(page) for n, page in enumerate(pages, start=1)}
    data = _data(view, meta) | {"attached": list(map(_attached, pages, pictures, [meta.language] * len(pages)))}
    written = json.dumps(_printable(data), ensure_ascii=False).encode()
    given: Any = {"main.typ": _template(), "data.json": written, **pictures}  # typst's stubs know no such input
    try:
        with _ONE_AT_A_TIME:
            # Everything is given every time: a compiler forgets its in-memory input after one use.
            pdf = _compiler().compile(input=given, format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError:
        # `from None`: the cause quotes the text that it could not set.
        raise RenderError("the release copy could not be set: typst refused the page; nothing was written") from None
    if not isinstance(pdf, bytes):
        raise RenderError("the release copy could not be set: typst gave no file")
    return pdf


def first_page(view: View, meta: ReleaseMeta, *, record: bool = True, dpi: int = _ON_SCREEN_DPI) -> bytes:
    """A picture (PNG) of a copy's first page, for whoever reviews it. About 40 ms once warm.

    Args:
        view: what is shown.
        meta: what the copy says about itself.
        record: the page on which the record begins; False for the cover.
        dpi: dots per inch; at 100 a page is 850 by 1100.

    Raises:
        RenderError: as `render`.
    """
    with pypdfium2.PdfDocument(render(view, meta)) as document:
        begins = (
            mark.get_dest() for mark in document.get_toc() if mark.get_title() == _labels(meta.language)["report"]
        )
        at = next((place.get_index() for place in begins if place), 0) if record else 0
        picture = document[at].render(scale=dpi / 72).to_pil()
    written = BytesIO()
    picture.save(written, "PNG", compress_level=1)
    return written.getvalue()


def own_words(meta: ReleaseMeta) -> tuple[str, ...]:
    """Every text that a copy holds besides the view: fixed words and what the meta says.

    The gate is told of them, so that a withheld "School Street" does not stop a copy that says "School".
    """
    rows = (text for row in meta.legal_basis for text in row)
    given = (meta.number, meta.recipient, meta.date, meta.district, meta.conditions or "", *rows)
    return tuple(glyphs.printable(t) for t in (*_labels(meta.language).values(), *given) if t)


def _data(view: View, meta: ReleaseMeta) -> dict[str, Any]:
    labels = _labels(meta.language)
    return {
        "lang": meta.language,
        "fonts": list(glyphs.families()),
        "labels": labels,
        "heading": f"{labels['copy']} {meta.number}",
        "number": meta.number,
        "recipient": meta.recipient,
        "date": meta.date,
        "district": meta.district,
        "cover": [
            {"label": labels[key], "pieces": [{"text": value}]}
            for key, value in (("recipient", meta.recipient), ("copy_number", meta.number), ("released", meta.date))
        ],
        "head": [{"label": labels[r.label], "pieces": _pieces(r.pieces, labels)} for r in view.head],
        "title": _pieces(view.title, labels),
        "fields": [{"label": r.label, "pieces": _pieces(r.pieces, labels)} for r in view.fields],
        "more_fields": view.more_fields,
        "paragraphs": [_pieces(p, labels) for p in view.paragraphs],
        "allegations": [
            {
                "text": _pieces(a.text, labels),
                "rows": [
                    {"label": labels[key], "pieces": _pieces(pieces, labels)}
                    for key, pieces in (
                        ("about", a.about),
                        ("source", a.source),
                        ("basis", a.basis),
                        ("status", (Shown(a.status),)),
                    )
                    if pieces
                ],
            }
            for a in view.allegations
        ],
        "more_allegations": view.more_allegations,
        "provisions": [{"citation": c, "meaning": m} for c, m in meta.legal_basis],
        "conditions": meta.conditions,
    }


def _pieces(pieces: Iterable[Piece], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for piece in pieces:
        if isinstance(piece, Shown):
            made.append({"text": piece.text})
        elif isinstance(piece, Mark):
            made.append({"mark": True})
        else:
            made.append({"person": f"{labels[piece.role.value]} {piece.letter}"})
    return made


def _attached(page: AttachedPage, file: str, language: str) -> dict[str, Any]:
    labels = _labels(language)
    scale = min(1.0, _WIDEST / page.width, _HIGHEST / page.height)
    return {
        "file": file,
        "title": page.title,
        "width": page.width * scale,
        "height": page.height * scale,
        "alt": f"{labels['picture']}: {page.title}. {labels['picture_alt']}",
        "lines": _lines(page.words),
    }


def _lines(words: Iterable[PlacedWord]) -> list[str]:
    """Words in their reading order, a line for those that stand side by side."""
    lines: list[list[str]] = []
    before: PlacedWord | None = None
    for word in words:
        beside = before and before.top < (word.top + word.bottom) / 2 < before.bottom and word.left > before.left
        if not (beside and lines):
            lines.append([])
        lines[-1].append(word.text)
        before = word
    return [" ".join(line) for line in lines]


def _as_svg(page: AttachedPage) -> bytes:
    """The picture in an envelope of text, which is all that typst takes from memory; its pixels stay as they are."""
    if page.picture.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "png"
    elif page.picture.startswith(b"\xff\xd8\xff"):
        kind = "jpeg"
    else:
        raise RenderError("a picture of an attachment is neither PNG nor JPEG: build its page again")
    size = f'width="{page.width:.3f}" height="{page.height:.3f}"'
    data = b64encode(page.picture).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
        f'<image {size} preserveAspectRatio="none" href="data:image/{kind};base64,{data}"/></svg>'
    ).encode()


def _printable(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return glyphs.breakable(glyphs.printable(value))
    if isinstance(value, list):
        return [_printable(v) for v in value]
    if isinstance(value, dict):
        return {k: _printable(v) for k, v in value.items()}
    return value


@cache
def _all_labels() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath("data", "labels.toml").read_text(encoding="utf-8"))


def _labels(language: str) -> dict[str, str]:
    try:
        return _all_labels()[language]
    except KeyError:
        raise RenderError(f"no release copy in this language; there are {', '.join(_all_labels())}") from None


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=sorted({str(p.parent) for p in glyphs.font_files()}),
    )
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)


@cache
def _template() -> bytes:
    return files(__package__).joinpath("data", "release.typ").read_bytes()
