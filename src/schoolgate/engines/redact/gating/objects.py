"""The gate's walk over a PDF's objects, its raw bytes and its fonts.

A release copy is made by one program from one template, so the walk is an allow-list: what that program
never writes (annotations, attachments, scripts, forms, layers, pictures, older revisions, objects that
nothing refers to) stops the copy whatever it holds. Source of the names: ISO 32000-1.
"""

import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from io import BytesIO

import pikepdf

from schoolgate.engines.redact.gating.needles import Needles
from schoolgate.engines.redact.gating.report import Finding

_KEYS = frozenset(
    (  # noqa: SIM905 - a name a line would be a hundred lines
        "/A /ActualText /Alt /Ascent /Author /BBox /BackgroundColor /BaseFont /BorderColor /BorderStyle "
        "/BorderThickness /CIDSet /CIDSystemInfo /CIDToGIDMap /CapHeight /ColorSpace /Contents /Count "
        "/Creator /DW /Datetime /DescendantFonts /Descent /Dest /Direction /DisplayDocTitle /E /Em "
        "/Encoding /Filter /First /Flags /Font /FontBBox /FontDescriptor /FontFile2 /FontName /Headers "
        "/Height /ID /IDTree /ItalicAngle /K /Kids /Lang /Last /Length /Limits /MCID /MarkInfo /Marked "
        "/MediaBox /Metadata /N /Names /Next /Nums /O /Ordering /Outlines /P /Pages /Parent /ParentTree "
        "/ParentTreeNextKey /Pg /Placement /Prev /ProcSet /Range /Registry /Resources /RoleMap /S /Scope "
        "/StemV /Strong /StructParents /StructTreeRoot /Subtype /Summary /Supplement /Suspects /T /Tabs "
        "/Terms /TextAlign /Title /ToUnicode /Type /ViewerPreferences /W /WMode /Width"
    ).split()
)
_RESOURCE_NAME = re.compile(r"/[a-z][0-9]+")
_ROOT_KEYS = frozenset(
    ["/Lang", "/MarkInfo", "/Metadata", "/Outlines", "/Pages", "/StructTreeRoot", "/Type", "/ViewerPreferences"]
)
_PAGE_KEYS = frozenset(["/Contents", "/MediaBox", "/Parent", "/Resources", "/StructParents", "/Tabs", "/Type"])
_INFO_KEYS = frozenset(("/Author", "/Creator", "/Title"))
_RESOURCE_KEYS = frozenset(("/ColorSpace", "/Font", "/ProcSet"))
_TRAILER_KEYS = frozenset(("/ID", "/Info", "/Root", "/Size"))
_XMP_TAGS = frozenset(
    [
        "xmpmeta",
        "RDF",
        "Description",
        "title",
        "Alt",
        "li",
        "creator",
        "Seq",
        "CreatorTool",
        "language",
        "Bag",
        "part",
        "NPages",
        "format",
        "InstanceID",
        "DocumentID",
        "RenditionClass",
        "PDFVersion",
    ]
)
_HIDDEN_MODES = (3, 7)
_SMALLEST_TYPE = 4.0


def raw_bytes(pdf: bytes, needles: Needles) -> Iterator[Finding]:
    """One revision, nothing after its end, no term in the bytes as they lie."""
    if pdf.count(b"startxref") != 1 or pdf.count(b"%%EOF") != 1:
        yield Finding("revision", "the file has an older or a later revision")
    if not pdf.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield Finding("revision", "something follows the end of the file")
    if needles.in_bytes(pdf):
        yield Finding("bytes", "a withheld term stands in the raw bytes")


def objects(pdf: bytes, needles: Needles) -> Iterator[Finding]:
    """Every object, those that nothing refers to included.

    Raises:
        pikepdf.PdfError: if the file cannot be read.
    """
    with pikepdf.open(BytesIO(pdf)) as file:
        yield from _keys("the catalog", file.Root.keys(), _ROOT_KEYS)
        yield from _keys("the trailer", file.trailer.keys(), _TRAILER_KEYS)
        yield from _keys("the document information", file.docinfo.keys(), _INFO_KEYS)
        for number, page in enumerate(file.pages, start=1):
            yield from _keys("a page", page.obj.keys(), _PAGE_KEYS, number)
            yield from _keys("a page's resources", page.Resources.keys(), _RESOURCE_KEYS, number)
        reached = _reached(file)
        for item in file.objects:
            if item.objgen not in reached and not _is_bookkeeping(item):
                yield Finding("object", "an object that nothing refers to")
            yield from _values(item, needles)
        yield from _xmp(file, needles)
        yield from _fonts(file)


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
        if needles.in_text(str(item)):
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
        if needles.in_text(key):
            yield Finding("string", "a withheld term stands in a dictionary key")
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            yield from _values(value, needles)
    if isinstance(item, pikepdf.Stream):
        yield from _stream(item, needles)


def _stream(item: pikepdf.Stream, needles: Needles) -> Iterator[Finding]:
    if item.get("/Subtype") in ("/Image", "/Form", "/Link") or item.get("/Type") in ("/XObject", "/EmbeddedFile"):
        yield Finding("object", "a picture, form object or file is embedded")
    try:
        data = item.read_bytes()
    except pikepdf.PdfError:
        yield Finding("stream", "a stream cannot be decoded")
        return
    if needles.in_bytes(data) or needles.in_text(data.decode("latin-1")):
        yield Finding("stream", "a withheld term stands in a stream")


def _says(data: bytes, needles: Needles) -> bool:
    if data.startswith((b"\xfe\xff", b"\xff\xfe")):
        return needles.in_text(data.decode("utf-16", "replace"))
    return any(
        needles.in_text(data.decode(encoding, "replace")) for encoding in ("latin-1", "utf-8", "utf-16-be", "utf-16-le")
    )


def _xmp(file: pikepdf.Pdf, needles: Needles) -> Iterator[Finding]:
    if "/Metadata" not in file.Root:
        return
    text = file.Root.Metadata.read_bytes().decode("utf-8", "replace")
    tags = set(re.findall(r"<(?:\w+:)?(\w+)", text))
    if tags - _XMP_TAGS:
        yield Finding("object", "the XMP metadata has a property that a release copy never has")
    if needles.in_text(re.sub(r"<[^>]*>", " \0 ", text)) or needles.in_text(text):
        yield Finding("string", "a withheld term stands in the XMP metadata")


def _fonts(file: pikepdf.Pdf) -> Iterator[Finding]:
    """Fonts hold the glyphs that are drawn and no other, and name no character that is not drawn."""
    drawn: dict[tuple[int, int], set[int]] = {}
    for number, page in enumerate(file.pages, start=1):
        for font, codes, hidden in _shown_codes(page):
            drawn.setdefault(font.objgen, set()).update(codes)
            if hidden:
                yield Finding("drawing", "text is drawn invisibly or too small to read", number)
    for item in file.objects:
        if not (isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font" and "/DescendantFonts" in item):
            continue
        used = drawn.get(item.objgen, set())
        descriptor = item.DescendantFonts[0].FontDescriptor
        named = item.ToUnicode.read_bytes()
        if "/FontFile2" in descriptor:
            undrawn = _glyphs_with_outlines(descriptor.FontFile2.read_bytes()) - used - {0}
            if len(undrawn) > _parts_of_accented(named):
                yield Finding("font", "a font holds a glyph that no page draws")
        if _named_codes(named) - used:
            yield Finding("font", "a font names a character that no page draws")


def _shown_codes(page: pikepdf.Page) -> Iterator[tuple[pikepdf.Object, set[int], bool]]:
    fonts = page.Resources.get("/Font", pikepdf.Dictionary())
    font: pikepdf.Object | None = None
    size, mode = 0.0, 0
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), list(instruction.operands)
        if operator == "Tf":
            font, size = fonts[str(operands[0])], float(operands[1])
        elif operator == "Tr":
            mode = int(operands[0])
        elif operator in ("Tj", "TJ", "'", '"') and font is not None:
            strings = operands[-1] if isinstance(operands[-1], pikepdf.Array) else operands[-1:]
            data = b"".join(bytes(s) for s in strings if isinstance(s, pikepdf.String))
            codes = {int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)}
            yield font, codes, mode in _HIDDEN_MODES or abs(size) < _SMALLEST_TYPE


def _glyphs_with_outlines(font: bytes) -> set[int]:
    """Numbers of the glyphs that have an outline, components of composite glyphs left out."""
    (tables,) = struct.unpack_from(">H", font, 4)
    at = {font[12 + 16 * i : 16 + 16 * i]: struct.unpack_from(">I", font, 20 + 16 * i)[0] for i in range(tables)}
    (count,) = struct.unpack_from(">H", font, at[b"maxp"] + 4)
    (wide,) = struct.unpack_from(">h", font, at[b"head"] + 50)
    shape = f">{count + 1}{'I' if wide else 'H'}"
    places = [p * (1 if wide else 2) for p in struct.unpack_from(shape, font, at[b"loca"])]
    full = {g for g in range(count) if places[g + 1] > places[g]}
    return full - {c for g in full for c in _components(font, at[b"glyf"] + places[g])}


def _components(font: bytes, at: int) -> Iterator[int]:
    (contours,) = struct.unpack_from(">h", font, at)
    if contours >= 0:
        return
    at += 10
    more = True
    while more:
        flags, glyph = struct.unpack_from(">HH", font, at)
        yield glyph
        # Arguments are two words or two bytes; a scale follows as one, two or four words (OpenType `glyf`).
        at += 4 + (4 if flags & 1 else 2)
        at += 2 if flags & 0x8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0
        more = bool(flags & 0x20)


def _parts_of_accented(cmap: bytes) -> int:
    """How many glyphs the accented letters of a font can leave behind as parts: base, each accent, each step.

    A bold or a light face is cut out of a variable font; its accented letters become outlines of their own,
    and the parts they were made of stay in the file, without a code and without a name.
    """
    parts = 0
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for meant in re.findall(rb"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]+)>", block):
            letters = bytes.fromhex(meant.decode()).decode("utf-16-be", "replace")
            steps = len(unicodedata.normalize("NFD", letters)) - len(letters)
            parts += 2 * steps if steps else 0
    return parts


def _named_codes(cmap: bytes) -> set[int]:
    codes: set[int] = set()
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        codes |= {int(code, 16) for code in re.findall(rb"<([0-9A-Fa-f]+)>\s*<[0-9A-Fa-f]*>", block)}
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, last in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*[<\[]", block):
            codes |= set(range(int(first, 16), int(last, 16) + 1))
    return codes
