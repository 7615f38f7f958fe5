"""Surgery on finished copies: how a careless or a hostile program would leave a word in one."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageDraw, ImageFont

from schoolgate.engines import redact
from schoolgate.engines.redact import glyphs
from schoolgate.engines.redact.attached import AttachedPage, Box, PlacedWord

SECRET = "Marisol Aguilar"
Change = Callable[[pikepdf.Pdf], None]
OPEN = dict.fromkeys(
    ["narrative", "school", "record_code", "incident_type", "incident_date", "incident_description"], True
)
META = redact.ReleaseMeta("C-0000000", "Boston Police Department", "Fri 20 Nov 2026", district="Boston Public Schools")
POLICE = redact.Audience(redact.AudienceKind.AGENCY)
# Holds every letter of the secret, in the type of the text, and not the secret.
TEXT = "@P1 stood at the east stairs and waited. A Morgan mug was on the sill. Later all was quiet."


def copy_of(
    text: str = TEXT, attached: tuple[AttachedPage, ...] = (), meta: redact.ReleaseMeta = META, hide: str = ""
) -> bytes:
    """A copy of a short report in which the secret and what is to be hidden are withheld; the finder has no say."""
    document = redact.Document(
        number="R-0000000", kind="Incident report", title="Argument", date="2026-11-20",
        school="East Harbor High School", paragraphs=redact.paragraphs(text),
        participants=(redact.Participant("P1", (SECRET,)),),
    )  # fmt: skip
    at = document.narrative().find(hide)
    spans = (redact.Span(at, at + len(hide), "gang"),) if hide else ()
    view = redact.view(document, spans, OPEN, POLICE)
    return redact.render(view, meta, attached)


def changed(pdf: bytes, change: Change) -> bytes:
    """The file after a change, saved as one revision."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        change(opened)
        out = BytesIO()
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def paper(lines: list[str], covered: tuple[str, ...] = (), point: int = 34) -> AttachedPage:
    """A page of an attachment: printed lines at 150 dpi, some words under boxes."""
    image = Image.new("RGB", (1275, 1000), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(str(glyphs.font_files()[1]), point)
    words, boxes = [], []
    for n, line in enumerate(lines):
        x, y = 120.0, 100 + 70 * n
        for word in line.split():
            wide = pen.textlength(word, font=font)
            area = (x * 0.48, y * 0.48, (x + wide) * 0.48, (y + 48) * 0.48)
            if word in covered:
                corner = (int(x) - 4, y, int(x + wide) + 4, y + 48)
                pen.rectangle(corner, fill="black")
                boxes.append(Box(*(0.48 * side for side in (corner[0], corner[1], corner[2] + 1, corner[3] + 1))))
            else:
                pen.text((x, y), word, fill="black", font=font)
                words.append(PlacedWord(word, *area))
            x += wide + 16
    return AttachedPage(png(image), 612, 480, tuple(words), tuple(boxes), "Attachment 1, page 1 of 1")


def png(image: Image.Image) -> bytes:
    """A picture's file."""
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def picture(page: AttachedPage) -> Image.Image:
    """A page's picture."""
    with Image.open(BytesIO(page.picture)) as opened:
        return opened.convert("RGB")


def drawn(operators: str, page: int = 1) -> Change:
    """Operators after what a page (the record's first one) draws."""

    def change(opened: pikepdf.Pdf) -> None:
        where = opened.pages[page]
        where.contents_add(Stream(opened, operators.encode("latin-1")))
        where.contents_coalesce()

    return change


def font_of(page: pikepdf.Page, letters: str) -> tuple[str, dict[str, int]]:
    """A font of a page that has these letters, and their codes."""
    for name, font in page.Resources.Font.items():
        table = font.ToUnicode.read_bytes().decode("latin-1")
        codes = {}
        for line in table.splitlines():
            parts = line.replace("<", " ").replace(">", " ").split()
            if len(parts) == 2 and all(len(part) == 4 and part.isalnum() for part in parts):
                codes[chr(int(parts[1], 16))] = int(parts[0], 16)
        if set(letters) <= set(codes):
            return name, codes
    raise AssertionError("no font of the page has these letters")


def written(text: str, form: str, page: int = 1) -> Change:
    """A text in the copy's own type. `form` has FONT for the font's name and TEXT for the glyphs."""

    def change(opened: pikepdf.Pdf) -> None:
        name, codes = font_of(opened.pages[page], text)
        glyph_codes = "".join(f"{codes[letter]:04X}" for letter in text)
        drawn(form.replace("FONT", name).replace("TEXT", f"<{glyph_codes}>"), page)(opened)

    return change


def lying_font(text: str, says: str, page: int = 1) -> Change:
    """A text that is seen and, by its font's table, means something else."""

    def change(opened: pikepdf.Pdf) -> None:
        name, codes = font_of(opened.pages[page], text)
        liar = Dictionary(dict(opened.pages[page].Resources.Font[name].items()))
        pairs = "\n".join(f"<{codes[a]:04X}> <{ord(b):04X}>" for a, b in dict(zip(text, says, strict=True)).items())
        liar["/ToUnicode"] = Stream(opened, f"{len(pairs.splitlines())} beginbfchar\n{pairs}\nendbfchar".encode())
        opened.pages[page].Resources.Font["/f9"] = opened.make_indirect(liar)
        glyph_codes = "".join(f"{codes[letter]:04X}" for letter in text)
        drawn(f"BT 0 Tr/f9 14 Tf 1 0 0 1 100 200 Tm[<{glyph_codes}>]TJ ET", page)(opened)

    return change


def curves(text: str) -> Change:
    """A text as filled areas, one for each run of dark dots."""
    image = Image.new("L", (300, 40), 255)
    ImageDraw.Draw(image).text((2, 2), text, fill=0, font=ImageFont.truetype(str(glyphs.font_files()[1]), 26))
    dark = np.asarray(image) < 128
    parts = [f"{100 + x} {300 - y} 1 1 re" for y, row in enumerate(dark) for x, ink in enumerate(row) if ink]
    return drawn("0 g " + " ".join(parts) + " f")


def later_revision(pdf: bytes, number: int, replacement: bytes) -> bytes:
    """An incremental update: the object is replaced, the old one stays in the file."""
    at = len(pdf) + 1
    new = b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (number, len(replacement), replacement)
    start = at + len(new)
    with pikepdf.open(BytesIO(pdf)) as opened:
        size, root = int(opened.trailer.Size), opened.trailer.Root.objgen[0]
    previous = int(pdf.rsplit(b"startxref", 1)[1].split()[0])
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, at)
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, previous, start)
    return pdf + b"\n" + new + table + trailer


def left_over(pdf: bytes, text: str) -> bytes:
    """An object that nothing refers to: the reference to it is overwritten."""

    def change(opened: pikepdf.Pdf) -> None:
        opened.Root["/Spare"] = opened.make_indirect(Stream(opened, text.encode()))

    made = changed(pdf, change)
    start = made.index(b"/Spare ")
    end = made.index(b" R", start) + 2
    return made[:start] + b" " * (end - start) + made[end:]


def annotation(opened: pikepdf.Pdf) -> None:
    """A note with the secret."""
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents=String(SECRET))
    opened.pages[0]["/Annots"] = Array([opened.make_indirect(note)])


def bookmark(opened: pikepdf.Pdf) -> None:
    """A bookmark that says the secret."""
    with opened.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(SECRET, 0))


def silent_bookmark(opened: pikepdf.Pdf) -> None:
    """A bookmark for a heading that is not there."""
    with opened.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Section four", 0))


def information(opened: pikepdf.Pdf) -> None:
    """A keyword in the document's information."""
    opened.docinfo["/Title"] = SECRET


def metadata(opened: pikepdf.Pdf) -> None:
    """A property in the XMP metadata."""
    with opened.open_metadata(set_pikepdf_as_editor=False) as meta:
        meta["dc:description"] = SECRET


def comment_in_metadata(opened: pikepdf.Pdf) -> None:
    """A comment in the XMP metadata, which no reader shows."""
    data = opened.Root.Metadata.read_bytes()
    opened.Root.Metadata.write(data.replace(b"</rdf:RDF>", b"<!-- a remark --></rdf:RDF>"))


def attachment(opened: pikepdf.Pdf) -> None:
    """An embedded file."""
    opened.attachments["report.txt"] = SECRET.encode()


def file_name(opened: pikepdf.Pdf) -> None:
    """An empty embedded file whose name says it."""
    opened.attachments[f"{SECRET}.txt"] = b""


def undrawn_form(opened: pikepdf.Pdf) -> None:
    """A form object that nothing draws."""
    form = Stream(
        opened, f"BT ({SECRET}) Tj ET".encode(), Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9])
    )
    opened.Root["/Spare"] = opened.make_indirect(form)


def hidden_layer(opened: pikepdf.Pdf) -> None:
    """Text in a layer that is off."""
    layer = opened.make_indirect(Dictionary(Type=Name.OCG, Name=String("Layer")))
    opened.Root["/OCProperties"] = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    opened.pages[1].Resources["/Properties"] = Dictionary(Hidden=layer)
    written(SECRET, "/OC /Hidden BDC BT 0 Tr FONT 12 Tf 1 0 0 1 100 300 Tm [TEXT] TJ ET EMC")(opened)


def of_an_element(key: str) -> Change:
    """Another text of a tagged element."""

    def change(opened: pikepdf.Pdf) -> None:
        opened.Root.StructTreeRoot.K[0][key] = String(SECRET)

    return change


def script(opened: pikepdf.Pdf) -> None:
    """JavaScript that runs when the file is opened."""
    opened.Root["/OpenAction"] = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def form_field(opened: pikepdf.Pdf) -> None:
    """A form's field that holds the secret."""
    field = opened.make_indirect(Dictionary(FT=Name.Tx, T=String("field"), V=String(SECRET)))
    opened.Root["/AcroForm"] = Dictionary(Fields=Array([field]))


def name_tree(opened: pikepdf.Pdf) -> None:
    """A named place that is called like the secret."""
    place = Array([opened.pages[0].obj, Name.Fit])
    opened.Root["/Names"] = Dictionary(Dests=Dictionary(Names=Array([String(SECRET), place])))


def thumbnail(opened: pikepdf.Pdf) -> None:
    """A small picture of the page as it was."""
    opened.pages[0]["/Thumb"] = opened.make_indirect(
        Stream(opened, bytes(9), Width=3, Height=3, ColorSpace=Name.DeviceGray, BitsPerComponent=8)
    )


def piece_info(opened: pikepdf.Pdf) -> None:
    """What a program keeps for itself."""
    opened.pages[0]["/PieceInfo"] = Dictionary(Editor=Dictionary(Private=String(SECRET)))


def other_profile(opened: pikepdf.Pdf) -> None:
    """A colour profile with more bytes than it needs."""
    profile = opened.pages[1].Resources.ColorSpace["/c0"][1]
    profile.write(profile.read_bytes() + b"and more")


def see_through(opened: pikepdf.Pdf) -> None:
    """A state of graphics with which what is painted lets through."""
    opened.pages[1].Resources["/ExtGState"] = Dictionary(Pale=Dictionary(Type=Name.ExtGState, ca=0.5))
    drawn("/Pale gs 0 g 100 300 54 10.5 re f")(opened)


def pattern(opened: pikepdf.Pdf) -> None:
    """A pattern, in whose stream anything can be drawn."""
    opened.pages[1].Resources["/Pattern"] = Dictionary()
    drawn("/Pattern cs /P0 scn 100 300 54 10.5 re f")(opened)


def cropped(opened: pikepdf.Pdf) -> None:
    """A page of which only a part is shown."""
    opened.pages[1]["/CropBox"] = Array([0, 0, 612, 600])


def larger(opened: pikepdf.Pdf) -> None:
    """A page larger than what is printed."""
    opened.pages[1]["/MediaBox"] = Array([0, -400, 612, 792])


def placed_picture(image: Image.Image) -> Change:
    """A picture on the record's page."""

    def change(opened: pikepdf.Pdf) -> None:
        stream = Stream(
            opened, image.tobytes(), Type=Name.XObject, Subtype=Name.Image, Width=image.width, Height=image.height,
            ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
        )  # fmt: skip
        opened.pages[1].Resources["/XObject"] = Dictionary({"/x0": opened.make_indirect(stream)})
        drawn("q 300 0 0 40 100 200 cm /x0 Do Q")(opened)

    return change


def slip(text: str) -> Image.Image:
    """A line of print."""
    image = Image.new("RGB", (900, 120), "white")
    font = ImageFont.truetype(str(glyphs.font_files()[1]), 64)
    ImageDraw.Draw(image).text((20, 20), text, fill="black", font=font)
    return image
