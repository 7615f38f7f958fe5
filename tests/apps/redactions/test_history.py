"""What follows from entries that are only ever added."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.apps.redactions.history import Do, Entry, State, Texts, entries_from_bytes, entries_to_bytes, stand
from schoolgate.engines import redact

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
TEXT = "@P1 lives in Eagle Hill and reads in Eagle Hill."
DOCUMENT = redact.Document(
    number="R-1", kind="", title="", date="", school="", paragraphs=redact.paragraphs(TEXT), participants=()
)
TEXTS = Texts.of_document(DOCUMENT)
SPANS = {
    "m1": redact.Span(13, 23, "neighborhood"),
    "m2": redact.Span(37, 47, "neighborhood"),
    "m3": redact.Span(4, 9, "phone"),
}
MARKS = st.lists(st.sampled_from(["m1", "m2", "m3", "gone"]), min_size=1, max_size=3, unique=True).map(tuple)
BOUNDS = st.tuples(st.integers(0, 20), st.integers(21, 48))


@st.composite
def histories(draw):
    """Entries in order, some of which undo an earlier one."""
    entries = []
    for number in range(draw(st.integers(0, 8))):
        do = draw(st.sampled_from([Do.KEEP, Do.UNMARK, Do.BOUNDS, Do.UNDO, Do.SUBJECTS]))
        given = {}
        if do is Do.UNDO:
            given = {"of": draw(st.sampled_from([one.id for one in entries] or ["none"]))}
        elif do is Do.SUBJECTS:
            given = {"sentence": 0, "subjects": tuple(draw(st.sets(st.just("P1")))), "texts": TEXTS.of["narrative"]}
        else:
            given = {"marks": draw(MARKS)}
            if do is Do.BOUNDS:
                start, end = draw(BOUNDS)
                given |= {"start": start, "end": end}
        person = draw(st.sampled_from(["ann", "bob"]))
        entries.append(Entry(f"e{number}", person, "2026-11-28", do, **given))
    return entries


@settings(max_examples=TRIALS * 2, deadline=None)
@given(histories())
def test_undoing_is_as_if_it_had_never_been(entries):
    undone = {one.of for one in entries if one.do is Do.UNDO}
    rest = [one for one in entries if one.do is not Do.UNDO and one.id not in undone]
    assert stand(DOCUMENT, TEXTS, SPANS, entries) == stand(DOCUMENT, TEXTS, SPANS, rest)


@settings(max_examples=TRIALS * 2, deadline=None)
@given(histories())
def test_every_proposed_mark_stays_in_the_standing_and_the_last_word_counts(entries):
    standing = stand(DOCUMENT, TEXTS, SPANS, entries)
    assert {one.id for one in standing.marks} == set(SPANS)
    undone = {one.of for one in entries if one.do is Do.UNDO}
    for mark in standing.marks:
        last = [e for e in entries if e.id not in undone and mark.id in e.marks and e.do is not Do.UNDO]
        wanted = State.UNDECIDED if not last else State.UNMARKED if last[-1].do is Do.UNMARK else State.KEPT
        assert mark.state is wanted
        bares = mark.protected and (
            mark.state is State.UNMARKED or mark.span.start > mark.first.start or mark.span.end < mark.first.end
        )
        assert bool(mark.bared_by) is bares, "whoever lays protected words bare is known, and nobody else"


@settings(max_examples=TRIALS, deadline=None)
@given(histories())
def test_entries_are_read_as_they_were_written(entries):
    assert entries_from_bytes(entries_to_bytes(entries)) == tuple(entries)


def test_an_entry_about_other_words_counts_no_more():
    told = Entry("e", "ann", "", Do.SUBJECTS, sentence=0, subjects=("P1",), texts="another text")
    added = Entry("f", "ann", "", Do.ADD, marks=("mx",), part="narrative", start=0, end=3, category="gang", texts="old")
    standing = stand(DOCUMENT, TEXTS, SPANS, [told, added])
    assert not standing.subjects
    assert {one.id for one in standing.marks} == set(SPANS)


def test_what_one_marked_by_hand_oneself_one_takes_off_alone():
    add = Entry(
        "e",
        "ann",
        "",
        Do.ADD,
        marks=("mx",),
        part="narrative",
        start=0,
        end=3,
        category="gang",
        texts=TEXTS.of["narrative"],
    )
    own = stand(DOCUMENT, TEXTS, {}, [add, Entry("f", "ann", "", Do.UNMARK, marks=("mx",), reason="by_mistake")])
    other = stand(DOCUMENT, TEXTS, {}, [add, Entry("f", "bob", "", Do.UNMARK, marks=("mx",), reason="by_mistake")])
    assert own.marks[0].bared_by == ""
    assert other.marks[0].bared_by == "bob"


def test_a_repr_shows_no_words():
    assert "secret" not in repr(Entry("e", "ann", "", Do.UNMARK, words="secret"))
