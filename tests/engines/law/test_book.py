"""The book of law: complete, the same each time, nothing read as markup, unverified said in words."""

import datetime as dt
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2
import pytest
from typer.testing import CliRunner

from schoolgate.cli.main import make_app
from schoolgate.engines.law import LawError, Rulebook, amend, load_rulebook
from schoolgate.engines.law.printing.book import Book, blocks_of, citation_key, day_words, make_book
from schoolgate.engines.law.printing.book_page import page_of
from schoolgate.engines.law.printing.book_print import print_book

RULEBOOKS = Path(__file__).resolve().parents[3] / "src" / "schoolgate" / "rulebooks"
DESIGN = RULEBOOKS / "book"
DAY = dt.date(2026, 11, 23)
NAMES = sorted(path.stem for path in RULEBOOKS.glob("*.toml") if "\npacks = " in path.read_text(encoding="utf-8"))
HOSTILE = """+++
id = "us.ma.hostile"
citation = "1 <b>CMR</b> & #set page(width: 1cm)"
title = "</h4><script>alert(1)</script> $x$ *not bold* @label <tag>"
title_es = "#panic() ñandú"
layer = "state"
effect = "prohibition"
evidence = "unverified"
sources = ["https://example.org/?a=1&b=\\"2\\"", "M.G.L. c.1 s.1 #eval"]
in_force_from = 2020-01-01
counsel_question = "Is <i>this</i> #lorem(5) allowed?"
our_reading = true
+++

Words with **strong**, *emphasis*, `code <x>` and <script>alert(2)</script>.

- a bullet #strong[x]
- another & one

```cedar
forbid (principal, action == Action::"disclose", resource == Element::"photo");
```

## Open questions

- Is `a < b` & *open* #pagebreak()?
"""


class Reader(HTMLParser):
    """The tags, marks and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.add(tag)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links |= {told["href"] or ""} if "href" in told else set()
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return [document[number].get_textpage().get_text_bounded() for number in range(len(document))]


def bare(text: str) -> str:
    """Text without what line breaks and hyphens do to it."""
    return re.sub(r"[\s\u0002\ufffe-]+", "", text)


@pytest.fixture(scope="module")
def boston() -> Rulebook:
    return load_rulebook(RULEBOOKS, "boston")


@pytest.fixture(scope="module")
def book(boston: Rulebook) -> Book:
    return make_book(boston, duties={"record_request": "write the request down"})


@pytest.fixture(scope="module")
def pdf(book: Book) -> bytes:
    return print_book(book, DESIGN)


def test_every_provision_stands_once_and_under_its_layer(boston: Rulebook, book: Book) -> None:
    assert sorted(entry.id for entry in book.entries) == sorted(boston.provisions)
    for chapter in book.chapters:
        for section in chapter.sections:
            assert {(e.layer, e.effect) for e in section.entries} == {(chapter.layer, section.effect)}
    assert [chapter.layer for chapter in book.chapters] == ["federal", "state", "local"]
    assert len({entry.anchor for entry in book.entries}) == len(book.entries)


def test_the_lists_hold_what_their_names_say(boston: Rulebook, book: Book) -> None:
    provisions = boston.provisions.values()
    assert {e.id for e in book.unverified} == {p.id for p in provisions if p.evidence == "unverified"}
    assert {e.id for e in book.second_hand} == {p.id for p in provisions if p.evidence == "secondary"}
    assert {e.id for e in book.our_readings} == {p.id for p in provisions if p.our_reading}
    assert {e.id for e in book.counsel} == set(boston.counsel_ids)
    assert {e.id for e in book.open_questions} == {p.id for p in provisions if p.open_questions}
    assert book.unverified
    assert book.counsel


def test_the_book_of_a_day_holds_the_law_of_that_day(boston: Rulebook) -> None:
    for day in (dt.date(2019, 1, 1), DAY):
        of_day = make_book(boston, day=day)
        assert {entry.id for entry in of_day.entries} == {p.id for p in boston.in_force(day)}
        assert of_day.day == day_words(day)
    early, late = (
        {e.citation for e in make_book(boston, day=day).entries}
        for day in (dt.date(2020, 12, 30), dt.date(2020, 12, 31))
    )
    assert any("37L, para 4" in citation for citation in late - early)


def test_each_change_of_law_stands_under_its_day(boston: Rulebook, book: Book) -> None:
    began = {(change.day, entry.id) for change in book.changes for entry in change.began}
    ended = {(change.day, entry.id) for change in book.changes for entry in change.ended}
    for provision in boston.provisions.values():
        assert ((day_words(provision.in_force_from), provision.id) in began) is (provision.in_force_from.year > 1900)
        if provision.in_force_until:
            assert (day_words(provision.in_force_until), provision.id) in ended


def test_citations_are_ordered_as_one_looks_them_up() -> None:
    told = ["34 CFR 99.31(a)(10)", "34 CFR 99.5", "M.G.L. c.71 s.37L", "34 CFR 99.31(a)(2)", "8 USC 1373"]
    assert sorted(told, key=citation_key) == [
        "8 USC 1373",
        "34 CFR 99.5",
        "34 CFR 99.31(a)(2)",
        "34 CFR 99.31(a)(10)",
        "M.G.L. c.71 s.37L",
    ]


def test_markdown_becomes_runs() -> None:
    blocks = blocks_of("One **two** *three* `four`\nfive\n\n- six\n- seven <b>\n\nEight")
    assert [block.kind for block in blocks] == ["paragraph", "bullet", "bullet", "paragraph"]
    assert [(run.style, run.text) for run in blocks[0].runs if run.text.strip()] == [
        ("plain", "One "),
        ("strong", "two"),
        ("emphasis", "three"),
        ("code", "four"),
        ("plain", "five"),
    ]
    assert "".join(run.text for run in blocks[2].runs) == "seven <b>"


def test_the_page_is_whole(book: Book) -> None:
    reader = read(page_of(book, DESIGN))
    assert len(set(reader.ids)) == len(reader.ids)
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    assert reader.tags.isdisjoint({"script", "img", "link", "iframe", "object", "form"})
    for entry in book.entries:
        assert entry.citation in reader.text
        assert entry.title in reader.text
        assert entry.title_es in reader.text
        assert entry.rule in reader.text
        assert entry.counsel_question in reader.text
    assert reader.text.count("Not verified: Nobody here has read the text.") == len(book.unverified)
    assert reader.text.count("write the request down") == sum(e.duty == "write the request down" for e in book.entries)


@pytest.mark.parametrize("name", NAMES)
def test_every_rulebook_makes_a_whole_page(name: str) -> None:
    rulebook = load_rulebook(RULEBOOKS, name)
    reader = read(page_of(make_book(rulebook), DESIGN))
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    assert len(set(reader.ids)) == len(reader.ids)
    assert all(provision.citation in reader.text for provision in rulebook.provisions.values())


def test_the_pdf_is_whole(book: Book, pdf: bytes) -> None:
    text = bare("".join(pages_of(pdf)))
    for entry in book.entries:
        assert bare(entry.title) in text, entry.id
        assert bare(entry.citation) in text, entry.id
        assert bare(entry.counsel_question) in text, entry.id
    assert text.count(bare("Not verified: Nobody here has read the text")) == len(book.unverified)
    assert bare(book.digest) in text


def test_the_pdf_is_tagged_titled_and_has_bookmarks(book: Book, pdf: bytes) -> None:
    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid" in pdf
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    assert document.get_metadata_dict()["Title"].startswith(book.title)
    marks = {mark.get_title(): mark.get_dest().get_index() for mark in document.get_toc()}
    assert {"Contents", "Federal law", "State law", "City and district", "Citations"} <= set(marks)
    for entry in book.entries[::40]:
        page = marks[entry.title]
        assert bare(entry.title) in bare(document[page].get_textpage().get_text_bounded())


def test_the_same_rulebook_gives_the_same_bytes(boston: Rulebook) -> None:
    few = amend(boston, without=[p.id for p in boston.provisions.values() if p.layer != "local" or p.obligation])
    one, two = (make_book(few, day=DAY) for _ in range(2))
    assert page_of(one, DESIGN) == page_of(two, DESIGN)
    assert print_book(one, DESIGN) == print_book(two, DESIGN)
    assert print_book(one, DESIGN, paper="a4") != print_book(one, DESIGN)


def test_no_text_is_read_as_markup(boston: Rulebook) -> None:
    alone = amend(boston, [HOSTILE], without=list(boston.provisions))
    strange = make_book(alone)
    page = page_of(strange, DESIGN)
    reader = read(page)
    assert "script" not in reader.tags
    assert "alert(1)" in reader.text
    assert "alert(2)" in reader.text
    assert "#set page(width: 1cm)" in reader.text
    text = bare("".join(pages_of(print_book(strange, DESIGN))))
    for told in ("#set page(width: 1cm)", "<script>alert(1)</script> $x$ *not bold*", "#panic() ñandú", "#lorem(5)"):
        assert bare(told) in text
    assert bare("a bullet #strong[x]") in text
    assert bare("& open #pagebreak()?") in text


def test_paper_that_is_none_and_a_missing_design_are_refused(book: Book, tmp_path: Path) -> None:
    with pytest.raises(LawError, match="paper"):
        print_book(book, DESIGN, paper="papyrus")
    with pytest.raises(LawError, match=r"book\.typ"):
        print_book(book, tmp_path)
    with pytest.raises(LawError, match=r"book\.css"):
        page_of(book, tmp_path)
    (tmp_path / "book.typ").write_text("#nothing-of-the-kind", encoding="utf-8")
    with pytest.raises(LawError, match="typst refuses"):
        print_book(book, tmp_path)


def test_the_command_writes_both_files(tmp_path: Path) -> None:
    done = CliRunner().invoke(make_app(), ["law", "book", "boston", "--on", "2019-01-01", "--out", str(tmp_path / "b")])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [
        "boston-2019-01-01.html",
        "boston-2019-01-01.pdf",
    ]
    assert "The law of 1 January 2019" in (tmp_path / "b" / "boston-2019-01-01.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", [["atlantis"], ["boston", "--on", "yesterday"], ["boston", "--paper", "papyrus"]])
def test_the_command_refuses_what_it_cannot_read(wrong: list[str], tmp_path: Path) -> None:
    refused = CliRunner().invoke(make_app(), ["law", "book", *wrong, "--out", str(tmp_path)])
    assert refused.exit_code == 2
    assert list(tmp_path.iterdir()) == []
