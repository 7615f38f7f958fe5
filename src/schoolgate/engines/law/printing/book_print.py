"""A book of law as a PDF: typst sets it with tags and bookmarks, without a clock and without the machine's fonts.

The page design is `rulebooks/book/book.typ`. Every text reaches it as data and is never read as markup.
"""

import json
from pathlib import Path
from typing import Final

import typst

from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.printing.book import Book
from schoolgate.engines.law.text.files import read_text

__all__ = ["PAPERS", "print_book"]

PAPERS: Final = ("us-letter", "a4")


def print_book(book: Book, folder: Path, *, paper: str = "us-letter") -> bytes:
    """Set a book as PDF/UA-1. The same book and paper give the same bytes.

    Args:
        book: what is set.
        folder: where `book.typ` is.
        paper: `us-letter` or `a4`.

    Raises:
        LawError: the paper is unknown, the design is missing, or typst refuses it.
    """
    if paper not in PAPERS:
        raise LawError("paper", "this paper is unknown", f"Use one of {', '.join(PAPERS)}")
    design = read_text(folder / "book.typ").encode()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    data = json.dumps(book.to_json() | {"paper": paper}, ensure_ascii=False)
    try:
        pdf = typst.Compiler(font_paths=fonts, ignore_system_fonts=True).compile(
            input=design, format="pdf", sys_inputs={"data": data}, pdf_standards=["ua-1"]
        )
    except typst.TypstError as error:
        raise LawError("book.typ", f"typst refuses the page: {error}", "Correct the design") from error
    if not isinstance(pdf, bytes):
        raise LawError("book.typ", "typst gave no single file", "Set one document, not pages")
    return pdf
