"""From a report to finished bytes: what is withheld is in no view, no page, no reader's text."""

import os
import re
import subprocess
from io import BytesIO

import pypdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines import redact

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
WORD = re.compile(r"\w+")
NAMES = ["Marisol Aguilar", "Kevin Chen", "Dariel Peña", "Nguyễn Thị Hoa", "Wideline Josaphat", "Jordan Christian"]
SECRETS = {
    "neighborhood": "lives in Eagle Hill",
    "gang": "hangs around with MS-13",
    "phone": "called 857-555-0119",
    "religion": "goes to the mosque",
}
ELEMENTS = [
    "student_name",
    "other_student_name",
    "staff_name",
    "neighborhood",
    "gang_affiliation",
    "phone",
    "religion",
    "narrative",
    "record_code",
    "incident_type",
    "incident_date",
    "incident_description",
    "school",
    "location",
    "weapon",
    "narrative_identifiers",
]


@st.composite
def reports(draw) -> tuple[redact.Document, dict[str, bool], redact.Audience]:
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=3, unique=True))
    people = tuple(
        redact.Participant(f"P{number}", (name, name.split()[0]), student_number=f"84{number:05d}")
        for number, name in enumerate(chosen, start=1)
    )
    tokens = [person.token for person in people]
    sentences = []
    # Each phrase once: words that one sentence may show and another withholds would rightly be in the copy.
    phrases = draw(st.permutations([*SECRETS.values(), "stood at the stairs", "held a red folder", "waited outside"]))
    for secret in phrases[: draw(st.integers(1, 5))]:
        token = draw(st.sampled_from(tokens))
        writes_name = draw(st.booleans())
        who = next(person.names[0] for person in people if person.token == token) if writes_name else f"@{token}"
        sentences.append(f"{who} {secret}.")
    document = redact.Document(
        number="R-0000000",
        kind="Incident report",
        title="Argument at the stairs",
        date="2026-11-20",
        school="East Harbor High School",
        fields=(redact.Field("weapon", "Weapon", "box cutter"),),
        paragraphs=redact.paragraphs(" ".join(sentences)),
        participants=people,
        allegations=(
            redact.Allegation(
                "A1", tokens[0], "said to be in Trinitarios", "gang_affiliation", "a passer-by", "hearsay", "unverified"
            ),
        ),
    )
    outcome = {element: draw(st.booleans()) for element in ELEMENTS}
    kind = draw(st.sampled_from([redact.AudienceKind.AGENCY, redact.AudienceKind.FAMILY]))
    return document, outcome, redact.Audience(kind, frozenset({tokens[0]}))


TOLD = {
    "neighborhood": ("Eagle Hill",),
    "gang": ("MS-13", "Trinitarios"),
    "phone": ("857-555-0119",),
    "religion": ("mosque",),
}


def confirmed(document: redact.Document) -> tuple[redact.Span, ...]:
    """What the finder proposes, and what a person adds that it missed: copies are made of marks that are confirmed."""
    added = [
        redact.Span(found.start(), found.end(), category, part=part)
        for part, text in document.parts()
        for category, told in TOLD.items()
        for words in told
        for found in re.finditer(re.escape(words), text)
    ]
    return (*redact.marks(document), *added)


def shown_text(view: redact.View) -> str:
    return " ".join(piece.text for run in view.texts() for piece in run if isinstance(piece, redact.Shown))


def words_of(document, outcome, audience) -> set[str]:
    """Words that must not be shown, worked out here from the meaning and not by the engine."""
    hidden = set()
    for person in document.participants:
        own = person.token in audience.tokens
        if not outcome["student_name" if own else "other_student_name"]:
            hidden.update({person.names[0], person.student_number})
        hidden.add(person.student_number)
    if not outcome["neighborhood"]:
        hidden.add("Eagle Hill")
    if not outcome["gang_affiliation"]:
        hidden.update({"MS-13", "Trinitarios"})
    if not outcome["phone"]:
        hidden.add("555-0119")
    if not outcome["religion"]:
        hidden.add("mosque")
    if not outcome["weapon"]:
        hidden.add("box cutter")
    return hidden


@settings(max_examples=TRIALS * 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_a_view_holds_no_withheld_word_anywhere(case):
    document, outcome, audience = case
    view = redact.view(document, confirmed(document), outcome, audience)
    everything = repr(view) + shown_text(view)
    for word in words_of(document, outcome, audience):
        assert word not in everything, f"{word!r} is in the view"


@settings(max_examples=TRIALS * 2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports(), st.sampled_from(ELEMENTS))
def test_withholding_one_element_more_never_shows_more(case, element):
    document, outcome, audience = case
    marks = confirmed(document)
    before = set(WORD.findall(shown_text(redact.view(document, marks, outcome, audience))))
    after = set(WORD.findall(shown_text(redact.view(document, marks, {**outcome, element: False}, audience))))
    assert after <= before


@settings(max_examples=max(3, TRIALS // 5), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_four_readers_find_nothing_withheld_in_the_finished_bytes(case):
    document, outcome, audience = case
    marks = confirmed(document)
    view = redact.view(document, marks, outcome, audience)
    meta = redact.ReleaseMeta("C-0000000", "Boston Police Department", "Fri 20 Nov 2026")
    pdf = redact.render(view, meta)
    with pypdfium2.PdfDocument(pdf) as opened:
        by_pdfium = "\n".join(page.get_textpage().get_text_range() for page in opened)
    by_pypdf = "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)
    by_poppler = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()  # noqa: S607
    for word in words_of(document, outcome, audience):
        for text in (by_pdfium, by_pypdf, by_poppler):
            assert word not in " ".join(text.split())
        assert word.encode() not in pdf
    listed = redact.terms(document, marks, outcome, audience, view)
    report = redact.gate(pdf, listed.withheld, (*listed.allowed, *redact.own_words(meta)))
    assert report.passed, report.findings
    assert redact.render(view, meta) == pdf, "the same view gives the same bytes"


def test_a_family_reads_its_own_childs_part():
    document = redact.Document(
        number="R-1", kind="Incident report", title="Fight", date="2026-11-20", school="East Harbor",
        paragraphs=redact.paragraphs("@P1 was at the stairs. @P2 pushed the door. @P1 and @P2 argued. He ran away."),
        participants=(redact.Participant("P1", ("Marisol Aguilar",)), redact.Participant("P2", ("Kevin Chen",))),
    )  # fmt: skip
    outcome = dict.fromkeys(["student_name", "narrative", "record_code", "school"], True)
    for token, own, other in (
        ("P1", "was at the stairs", "pushed the door"),
        ("P2", "pushed the door", "was at the stairs"),
    ):
        view = redact.view(
            document, confirmed(document), outcome, redact.Audience(redact.AudienceKind.FAMILY, frozenset({token}))
        )
        text = shown_text(view)
        assert own in text
        assert other not in text
        assert "argued" not in text, "a sentence about both is withheld from both"
        assert "ran away" not in text, "nobody said whose sentence it is"
        assert {flag.code for flag in view.flags} == {"shared_sentence", "unattributed_sentence"}


def test_a_withheld_claim_leaves_no_heading_that_tells_of_it():
    claim = redact.Allegation("A1", "P1", "is in a gang", "gang_affiliation", "somebody", "hearsay", "unverified")
    document = redact.Document(
        number="R-1", kind="Incident report", title="Fight", date="2026-11-20", school="East Harbor",
        participants=(redact.Participant("P1", ("Marisol Aguilar",)),), allegations=(claim,),
    )  # fmt: skip
    audience = redact.Audience(redact.AudienceKind.AGENCY, frozenset({"P1"}))
    pdf = redact.render(
        redact.view(document, (), {"school": True}, audience), redact.ReleaseMeta("C-1", "Police", "today")
    )
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)
    assert "claim" not in text.lower()


@pytest.mark.parametrize(
    "hostile", ["#eval(1)", "*bold*", "$x$", "<b>", "\u202egnp.exe", "a\u200bb", "\U0001f600", "\\u{41}"]
)
def test_text_stays_text(hostile):
    document = redact.Document(
        number="R-1", kind="Incident report", title="Fight", date="2026-11-20", school=f"School {hostile} end",
    )  # fmt: skip
    view = redact.view(document, (), {"school": True}, redact.Audience(redact.AudienceKind.AGENCY))
    pdf = redact.render(view, redact.ReleaseMeta("C-1", "Police", "today"))
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)
    assert "School" in text
    assert "\u202e" not in text
    assert "\u200b" not in text
