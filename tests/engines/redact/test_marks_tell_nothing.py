"""What surrounds a mark tells nothing of what is under it."""

import pytest

from schoolgate.engines import redact

OPEN = dict.fromkeys(
    ["narrative", "school", "record_code", "incident_type", "incident_date", "incident_description"], True
)
META = redact.ReleaseMeta("C-0000000", "Boston Police Department", "Fri 20 Nov 2026")
POLICE = redact.Audience(redact.AudienceKind.AGENCY)


def report(narrative: str, *people: redact.Participant) -> redact.Document:
    return redact.Document(
        number="R-0000000", kind="Incident report", title="Argument", date="2026-11-20", school="East Harbor",
        paragraphs=redact.paragraphs(narrative), participants=people,
    )  # fmt: skip


def pieces(text: str, words: str, category: str = "national_origin") -> tuple[redact.Piece, ...]:
    start = text.index(words)
    document = report(text)
    spans = (redact.Span(start, start + len(words), category),)
    return redact.view(document, spans, OPEN, POLICE).paragraphs[0]


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("He met an Albanian there.", "Albanian", ("He met ", " there.")),
        ("Ella es la salvadoreña.", "salvadoreña", ("Ella es ", ".")),
        ("Veio do Haiti ontem.", "Haiti", ("Veio ", " ontem.")),
        ("Li te wè Ayisyen an jodi a.", "Ayisyen", ("Li te wè ", " jodi a.")),
        ("The Haitians' table was full.", "Haitian", ("", " table was full.")),
    ],
)
def test_a_cut_takes_the_article_and_the_whole_word(text, words, shown):
    assert tuple(p.text for p in pieces(text, words) if isinstance(p, redact.Shown)) == tuple(s for s in shown if s)


def test_two_marks_side_by_side_are_one():
    text = "Phones: 857-555-0119, 857-555-0120."
    spans = tuple(s for s in redact.find(text) if s.category == "phone")
    assert len(spans) == 2
    view = redact.view(report(text), spans, OPEN, POLICE)
    assert view.marks == 1


@pytest.mark.parametrize("name", ["Bo Li", "Maximiliano Fernández de la Cruz y Villalobos"])
def test_bytes_do_not_tell_how_long_a_name_is(name):
    def copy(who: str) -> bytes:
        document = report(f"@P1 waited. {who} went home.", redact.Participant("P1", (who,)))
        return redact.render(redact.view(document, redact.marks(document), OPEN, POLICE), META)

    assert copy(name) == copy("Kevin Chen")


def test_a_withheld_field_leaves_no_label():
    document = redact.Document(
        number="R-0000000", kind="Incident report", title="Argument", date="2026-11-20", school="East Harbor",
        fields=(
            redact.Field("immigration_status", "Immigration status", "pending"),
            redact.Field("grade", "Grade", "9"),
        ),
    )  # fmt: skip
    view = redact.view(document, (), OPEN | {"grade": True}, POLICE)
    assert [row.label for row in view.fields] == ["Grade"]
    assert view.more_fields
    assert "mmigration" not in repr(view).replace("immigration_status", "")


def test_an_outcome_that_is_silent_withholds():
    view = redact.view(report("@P1 waited.", redact.Participant("P1", ("Kevin Chen",))), (), {}, POLICE)
    assert not [p for run in view.texts() for p in run if isinstance(p, redact.Shown)]


def test_a_span_outside_its_text_is_refused_without_quoting_it():
    with pytest.raises(redact.RedactError) as refused:
        redact.view(report("Kevin waited."), (redact.Span(0, 999, "gang"),), OPEN, POLICE)
    assert "Kevin" not in str(refused.value)


def test_the_gate_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("SCHOOLGATE_TESSDATA", str(tmp_path))
    pdf = redact.render(redact.view(report("Nothing."), (), OPEN, POLICE), META)
    with pytest.raises(redact.RedactError, match="tesseract-ocr-spa"):
        redact.gate(pdf, [], [])


@pytest.mark.parametrize("language", ["en", "es", "pt", "ht"])
def test_every_language_renders_and_passes(language):
    document = report("@P1 waited at the stairs.", redact.Participant("P1", ("Marisol Aguilar",)))
    meta = redact.ReleaseMeta("C-1", "BPD", "2026", (("603 CMR 23.07", "Why."),), "Keep it.", "Boston", language)
    spans = redact.marks(document)
    view = redact.view(document, spans, OPEN, POLICE)
    listed = redact.terms(document, spans, OPEN, POLICE, view)
    result = redact.gate(redact.render(view, meta), listed.withheld, (*listed.allowed, *redact.own_words(meta)))
    assert result.passed, result.findings


def test_a_paragraph_over_several_pages_passes():
    sentences = " ".join(f"@P1 waited at the stairs near room {room} for the bell." for room in range(90))
    document = report(sentences, redact.Participant("P1", ("Marisol Aguilar",)))
    view = redact.view(document, (), OPEN, POLICE)
    listed = redact.terms(document, (), OPEN, POLICE, view)
    result = redact.gate(redact.render(view, META), listed.withheld, (*listed.allowed, *redact.own_words(META)))
    assert result.pages > 1
    assert result.passed, result.findings
