"""What a reviewer is shown of a copy's cuts is what the copy cuts."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import redact

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))

PEOPLE = (
    redact.Participant("P1", ("Marisol Aguilar",)),
    redact.Participant("P2", ("Kevin Chen",)),
    redact.Participant("S1", ("Ana Abreu",), role=redact.Role.STAFF),
)
TEXTS = (
    "@P1 lives in Eagle Hill.",
    "@P2 called 617 555 0134.",
    "@P1 and @P2 argued.",
    "He ran.",
    "@S1 stepped in.",
    "Kevin Chen left.",
)
ELEMENTS = (
    "narrative",
    "incident_description",
    "student_name",
    "other_student_name",
    "staff_name",
    "neighborhood",
    "phone",
    "weapon",
)


def document(sentences):
    return redact.Document(
        number="R-1",
        kind="Incident report",
        title="Fight",
        date="2026-11-20",
        school="East Harbor",
        fields=(redact.Field("weapon", "Weapon", "A ruler"),),
        paragraphs=redact.paragraphs(" ".join(sentences)),
        participants=PEOPLE,
    )


@settings(max_examples=TRIALS, deadline=None)
@given(
    sentences=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=6),
    allowed=st.sets(st.sampled_from(ELEMENTS)),
    kind=st.sampled_from(redact.AudienceKind),
    tokens=st.sets(st.sampled_from(["P1", "P2"])),
)
def test_what_the_cuts_leave_is_what_the_view_shows(sentences, allowed, kind, tokens):
    record, audience = document(sentences), redact.Audience(kind, frozenset(tokens))
    marks, outcome = redact.marks(record), dict.fromkeys(allowed, True)
    found = redact.cuts(record, marks, outcome, audience)
    shown = redact.view(record, marks, outcome, audience)
    assert ("narrative" in found.whole) == ("narrative" not in allowed)
    assert ("field:0" in found.whole) == (not shown.fields)
    if "narrative" in found.whole:
        return
    text, at, left = record.narrative(), 0, ""
    for one in found.of["narrative"]:
        assert at <= one.start < one.end
        left += text[at : one.start] + (one.piece.text if isinstance(one.piece, redact.Shown) else "")
        at = one.end
    assert left + text[at:] == "".join(p.text for run in shown.paragraphs for p in run if isinstance(p, redact.Shown))
    assert all(
        found.hides("narrative", one.start, one.end)
        for one in found.of["narrative"]
        if isinstance(one.piece, redact.Mark)
    )
