"""The gate's walk over a PDF's objects and its raw bytes.

A release copy is made by one program from one template, so the walk is an allow-list: what that program
never writes (annotations, attachments, scripts, forms, layers, transparency, older revisions, objects that
nothing refers to) stops the copy whatever it holds. Source of the names: ISO 32000-1.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256

import pikepdf

from schoolgate.engines.redact.gating.needles import Needles
from schoolgate.engines.redact.gating.pages import decoded
from schoolgate.engines.redact.gating.report import Finding

_KEYS = frozenset(
    (  # noqa: SIM905 - a name a line would be a hundred lines
        "/A /Alt /Ascent /Author /BBox /BackgroundColor /BaseFont /BitsPerComponent /BorderColor /BorderStyle "
        "/BorderThickness /CIDSet /CIDSystemInfo /CIDToGIDMap /CapHeight /ColorSpace /Contents /Count "
        "/Creator /DW /Datetime /DescendantFonts /Descent /Dest /Direction /DisplayDocTitle /Em "
        "/Encoding /Filter /First /Flags /Font /FontBBox /FontDescriptor /FontFile2 /FontFile3 /FontName /Headers "
        "/Height /ID /IDTree /ItalicAngle /K /Kids /Lang /Last /Length /Limits /MCID /MarkInfo /Marked "
        "/MediaBox /Metadata /N /Names /Next /Nums /O /Ordering /Outlines /P /Pages /Parent /ParentTree "
        "/ParentTreeNextKey /Pg /Placement /Prev /ProcSet /Range /Registry /Resources /RoleMap /S /Scope "
        "/StemV /Strong /StructParents /StructTreeRoot /Subtype /Summary /Supplement /Suspects /T /Tabs "
        "/Terms /TextAlign /Title /ToUnicode /Type /ViewerPreferences /W /WMode /Width /XObject"
    ).split()
)
_RESOURCE_NAME = re.compile(r"/[a-z][0-9]+")
_ROOT_KEYS = frozenset(
    ["/Lang", "/MarkInfo", "/Metadata", "/Outlines", "/Pages", "/StructTreeRoot", "/Type", "/ViewerPreferences"]
)
_PAGE_KEYS = frozenset(["/Contents", "/MediaBox", "/Parent", "/Resources", "/StructParents", "/Tabs", "/Type"])
_INFO_KEYS = frozenset(("/Author", "/Creator", "/Title"))
_RESOURCE_KEYS = frozenset(("/ColorSpace", "/Font", "/ProcSet", "/XObject"))
_TRAILER_KEYS = frozenset(("/ID", "/Info", "/Root", "/Size"))
_PICTURE_KEYS = frozenset(
    ["/BitsPerComponent", "/ColorSpace", "/Filter", "/Height", "/Length", "/Subtype", "/Type", "/Width"]
)
_LETTER = [0, 0, 612, 792]
# The gray and the sRGB profile that typst writes: a profile is a place to hide bytes, and may turn colours about.
_PROFILES = frozenset(
    (
        "00c0f94e09127520a17dc0e1d9264b5702081d96dbdb1549ee88e3631ce42a9d",
        "c56e1685d888f5edb92fe07f2750f387f8fe8e91b32ff8fb0b56bfbbb9458353",
    )
)


def raw_bytes(pdf: bytes, needles: Needles) -> Iterator[Finding]:
    """One revision, nothing after its end, no term in the bytes as they lie."""
    if pdf.count(b"startxref") != 1 or pdf.count(b"%%EOF") != 1:
        yield Finding("revision", "the file has an older or a later revision")
    if not pdf.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield Finding("revision", "something follows the end of the file")
    if needles.in_bytes(pdf):
        yield Finding("bytes", "a withheld term stands in the raw bytes")


def objects(file: pikepdf.Pdf, needles: Needles, pictures: frozenset[tuple[int, int]]) -> Iterator[Finding]:
    """Every object, those that nothing refers to included.

    Args:
        file: the copy.
        needles: what is looked for.
        pictures: the objects that hold the pictures of attachments, which the caller compares.

    Raises:
        pikepdf.PdfError: if the file cannot be read.
    """
    yield from _keys("the catalog", file.Root.keys(), _ROOT_KEYS)
    yield from _keys("the trailer", file.trailer.keys(), _TRAILER_KEYS)
    yield from _keys("the document information", file.docinfo.keys(), _INFO_KEYS)
    for number, page in enumerate(file.pages, start=1):
        yield from _keys("a page", page.obj.keys(), _PAGE_KEYS, number)
        yield from _keys("a page's resources", page.Resources.keys(), _RESOURCE_KEYS, number)
        if list(page.obj.MediaBox) != _LETTER:
            yield Finding("object", "a page is not US letter: something may lie beside what is printed", number)
    reached = _reached(file)
    for item in file.objects:
        if item.objgen not in reached and not _is_bookkeeping(item):
            yield Finding("object", "an object that nothing refers to")
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image":
            yield from _picture(item, pictures)
        yield from _values(item, needles)


def _keys(where: str, keys: Iterable[str], known: frozenset[str], page: int | None = None) -> Iterator[Finding]:
    if set(keys) - known:
        yield Finding("object", f"{where} has an entry that a release copy never has", page)


def _is_bookkeeping(item: pikepdf.Object) -> bool:
    return isinstance(item, pikepdf.Stream) and item.get("/Type") in ("/ObjStm", "/XRef")


def _reached(file: pikepdf.Pdf) -> set[tuple[int, int]]:
    reached: set[tuple[int, int]] = set()
    waiting: list[pikepdf.Object] = [file.trailer]
    while waiting:
        item = waiting.pop()
        if item.is_indirect:
            if item.objgen in reached:
                continue
            reached.add(item.objgen)
        waiting += _children(item)
    return reached


def _children(item: pikepdf.Object) -> list[pikepdf.Object]:
    if isinstance(item, pikepdf.Array):
        return [v for v in item if isinstance(v, pikepdf.Object)]
    if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        return [v for _, v in item.items() if isinstance(v, pikepdf.Object)]
    return []


def _values(item: pikepdf.Object, needles: Needles) -> Iterator[Finding]:
    """An object and what lies directly in it; what it refers to is an object of its own."""
    if isinstance(item, pikepdf.String):
        if _says(bytes(item), needles):
            yield Finding("string", "a withheld term stands in a string object")
    elif isinstance(item, pikepdf.Name):
        if needles.in_name(str(item)):
            yield Finding("string", "a withheld term stands in a name object")
    elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        yield from _dictionary(item, needles)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if isinstance(value, pikepdf.Object) and not value.is_indirect:
                yield from _values(value, needles)


def _dictionary(item: pikepdf.Dictionary | pikepdf.Stream, needles: Needles) -> Iterator[Finding]:
    for key, value in item.items():
        if key not in _KEYS and not _RESOURCE_NAME.fullmatch(key) and not _is_bookkeeping(item):
            yield Finding("object", "a dictionary has an entry that a release copy never has")
        if needles.in_name(key):
            yield Finding("string", "a withheld term stands in a dictionary key")
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            yield from _values(value, needles)
    if isinstance(item, pikepdf.Stream):
        yield from _stream(item, needles)


def _picture(item: pikepdf.Stream, pictures: frozenset[tuple[int, int]]) -> Iterator[Finding]:
    if item.objgen not in pictures:
        yield Finding("object", "a picture that is no page of an attachment")
    if set(item.keys()) - _PICTURE_KEYS:
        yield Finding("object", "a picture has an entry that a release copy never has")


def _stream(item: pikepdf.Stream, needles: Needles) -> Iterator[Finding]:
    if item.get("/Subtype") in ("/Form", "/Link") or item.get("/Type") == "/EmbeddedFile":
        yield Finding("object", "a form object or a file is embedded")
    try:
        data = item.read_raw_bytes() if item.get("/Filter") == "/DCTDecode" else item.read_bytes()
    except pikepdf.PdfError:
        yield Finding("stream", "a stream cannot be decoded")
        return
    if "/N" in item and "/Range" in item and sha256(data).hexdigest() not in _PROFILES:
        yield Finding("stream", "a colour profile is not one that a release copy has")
    is_picture = item.get("/Subtype") == "/Image"
    if needles.in_bytes(data) or (not is_picture and needles.in_stream(data)):
        yield Finding("stream", "a withheld term stands in a stream")


def _says(data: bytes, needles: Needles) -> bool:
    if needles.in_text(decoded(data)):
        return True
    return any(needles.in_text(data.decode(encoding, "replace")) for encoding in ("utf-8", "utf-16-be", "utf-16-le"))
