"""What a copy says about itself beside its pages: document information, XMP, bookmarks.

All of it must be on the pages too, where a person has seen it, or be what every file of its kind says.
"""

import re
from collections.abc import Iterator, Sequence

import pikepdf

from schoolgate.engines.redact.gating.drawn import Drawn, text_of
from schoolgate.engines.redact.gating.needles import Needles, words_of
from schoolgate.engines.redact.gating.pages import decoded
from schoolgate.engines.redact.gating.report import Finding

_PROGRAM = re.compile(r"Typst \d+\.\d+\.\d+")
_LANGUAGE = re.compile(r"[a-z]{2}")
_HASH = re.compile(r"[A-Za-z0-9+/]{22}==")
_ALWAYS = frozenset(("1", "application/pdf", "proof", "1.7"))
_XMP_TAG = re.compile(
    r"<\?xpacket begin=\"\ufeff?\" id=\"W5M0MpCehiHzreSzNTczkc9d\"\?>|<\?xpacket end=\"[rw]\"\?>"
    r"|<rdf:li xml:lang=\"x-default\">|<rdf:li/>"
    r"|<(?:x:xmpmeta|rdf:RDF|rdf:Description)(?:\s+(?:x:xmptk=\"xmp-writer\"|rdf:about=\"\"|xmlns:\w+=\"[\w:/.#-]+\"))*\s*>"
    r"|</?(?:x:xmpmeta|rdf:(?:RDF|Description|Alt|Seq|Bag|li)|dc:(?:title|creator|language|format)|xmp:CreatorTool"
    r"|pdfuaid:part|xmpTPg:NPages|xmpMM:(?:InstanceID|DocumentID|RenditionClass)|pdf:PDFVersion)>"
)
_HEADINGS = frozenset(f"/H{n}" for n in range(1, 7))


def check(file: pikepdf.Pdf, pages: Sequence[Drawn], needles: Needles) -> Iterator[Finding]:
    """Document information, XMP and bookmarks against the pages. O(text).

    Raises:
        ValueError, KeyError: if a bookmark or a tag is not what it should be.
    """
    on_pages = " ".join(words_of(" ".join(text_of(list(page.shown)) for page in pages)))
    known: set[str] = {*_ALWAYS, str(len(pages))}
    for key, value in file.docinfo.items():
        said = decoded(bytes(value)) if isinstance(value, pikepdf.String) else str(value)
        known.add(said)
        if not (_PROGRAM.fullmatch(said) or " ".join(words_of(said)) in on_pages):
            yield Finding("metadata", "the document information says what no page says")
        if needles.in_text(said) or needles.in_text(str(key)):
            yield Finding("string", "a withheld term stands in the document information")
    yield from _xmp(file, known, needles)
    yield from _bookmarks(file, pages)


def _xmp(file: pikepdf.Pdf, known: set[str], needles: Needles) -> Iterator[Finding]:
    if "/Metadata" not in file.Root:
        yield Finding("metadata", "the copy has no XMP metadata, which PDF/UA wants")
        return
    text = file.Root.Metadata.read_bytes().decode("utf-8", "replace")
    said = {part.strip() for part in _XMP_TAG.sub("\0", text).split("\0")} - {""}
    unescaped = {part.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"') for part in said}
    unescaped = {part.replace("&apos;", "'").replace("&amp;", "&") for part in unescaped}
    for part in unescaped - known:
        if not (_LANGUAGE.fullmatch(part) or _HASH.fullmatch(part)):
            yield Finding("metadata", "the XMP metadata says what a release copy never says")
            break
    if any(needles.in_text(part) for part in (*unescaped, text)):
        yield Finding("string", "a withheld term stands in the XMP metadata")


def _bookmarks(file: pikepdf.Pdf, pages: Sequence[Drawn]) -> Iterator[Finding]:
    titles = list(_titles(file.Root.Outlines)) if "/Outlines" in file.Root else []
    headings = [words_of(text) for text in _headings(file, pages)]
    if [words_of(title) for title in titles] != headings:
        yield Finding("outline", "the bookmarks are not the headings that can be seen")


def _titles(item: pikepdf.Object) -> Iterator[str]:
    """Titles in reading order.

    Raises:
        ValueError: if the bookmarks run in a circle.
    """
    waiting, seen = [item.get("/First")], set[tuple[int, int]]()
    while waiting:
        mark = waiting.pop()
        if mark is None:
            continue
        if mark.objgen in seen:
            raise ValueError("the bookmarks run in a circle")
        seen.add(mark.objgen)
        yield decoded(bytes(mark.Title))
        waiting += [mark.get("/Next"), mark.get("/First")]


def _headings(file: pikepdf.Pdf, pages: Sequence[Drawn]) -> Iterator[str]:
    """The text of each heading, by the tags, as its page draws it."""
    if "/StructTreeRoot" not in file.Root:
        return
    at = {page.obj.objgen: number for number, page in enumerate(file.pages)}
    waiting: list[pikepdf.Object] = [file.Root.StructTreeRoot]
    seen: set[tuple[int, int]] = set()
    while waiting:
        element = waiting.pop()
        if isinstance(element, pikepdf.Array):
            waiting += reversed(list(element))
        elif isinstance(element, pikepdf.Dictionary):
            if element.is_indirect and element.objgen in seen:
                continue
            seen.add(element.objgen)
            if element.get("/S") in _HEADINGS:
                yield _text_under(element, None, pages, at)
            elif "/K" in element and isinstance(element.K, pikepdf.Object):
                waiting.append(element.K)


def _text_under(
    element: pikepdf.Object | int, page: tuple[int, int] | None, pages: Sequence[Drawn], at: dict[tuple[int, int], int]
) -> str:
    if isinstance(element, int):
        shown = pages[at[page]].shown if page else iter(())
        return text_of([item for item in shown if item.tag == element])
    if isinstance(element, pikepdf.Array):
        return " ".join(_text_under(one, page, pages, at) for one in element)
    here = element.Pg.objgen if "/Pg" in element else page
    if "/MCID" in element:
        return _text_under(int(element.MCID), here, pages, at)
    kids = element.get("/K", pikepdf.Array())
    return _text_under(kids if isinstance(kids, pikepdf.Object) else int(kids), here, pages, at)
