"""The parts of the finder: cells, words, pieces, paths, windows, and what they make of odd texts."""

import itertools
import os
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import redact
from schoolgate.engines.redact.finder.model.network import Network, learnt
from schoolgate.engines.redact.finder.model.pieces import AFTER_SPACE, pieces
from schoolgate.engines.redact.finder.model.pretrained import pretrained
from schoolgate.engines.redact.finder.model.tagging import WINDOW, Reading, decided, windows
from schoolgate.engines.redact.finder.quick.cells import AFTER_LINE, ALL_CAPITAL, FIRST_CAPITAL, cells, word_hash
from schoolgate.engines.redact.finder.quick.tagger import _best as quick_path
from schoolgate.engines.redact.finder.words import words
from schoolgate.engines.redact.normal import fold, plain

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("aZé\u0301\u200b\u0435 \n-.@'9ßŞﬁ中م"),
    ),
    max_size=60,
)


@settings(max_examples=TRIALS * 4, deadline=None)
@given(TEXTS)
def test_cells_and_words_stand_in_order_within_their_text(text):
    read_cells = cells(text)
    for places in (
        list(zip(read_cells.start.tolist(), read_cells.end.tolist(), strict=True)),
        [(word.start, word.end) for word in words(text)],
    ):
        assert all(start < end <= len(text) for start, end in places)
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(places))


@settings(max_examples=TRIALS * 4, deadline=None)
@given(TEXTS)
def test_folding_keeps_each_character_s_place(text):
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(folded.starts)
    assert fold(folded.text).text == folded.text or "-" in text


@pytest.mark.parametrize("written", ["Zoë", "ZOE", "zo\u0065\u0308", "Z\u200boe", "z\u03bfe", "\uff3aoe"], ids=ascii)
def test_a_cell_s_hash_is_that_of_its_folded_form(written):
    read_cells = cells(f"a {written}.")
    assert int(read_cells.whole[1]) == word_hash("zoe")
    assert len(read_cells.start) == 3


def test_a_cell_knows_its_shape():
    read_cells = cells("Will WILL\nwill")
    assert [bool(shape & FIRST_CAPITAL) for shape in read_cells.shape] == [True, True, False]
    assert [bool(shape & ALL_CAPITAL) for shape in read_cells.shape] == [False, True, False]
    assert [bool(shape & AFTER_LINE) for shape in read_cells.shape] == [True, False, True]


@pytest.mark.parametrize("word", ["indocumentado", "Manman", "S\u00e3o", "2009", "\u4e2d", "x" * 90])
def test_a_word_is_its_pieces(word):
    known = pretrained()
    names = {number: piece for piece, (number, _) in known.pieces.items()}
    together = "".join(names[number] for number in pieces(AFTER_SPACE + word))
    assert together == AFTER_SPACE + word or len(pieces(AFTER_SPACE + word)) == 12


def test_the_best_path_is_the_best_of_all_paths():
    labels = ("O", "B-x", "I-x", "B-y", "I-y")
    rng = np.random.default_rng(5)
    for _ in range(20):
        likely = np.log(rng.dirichlet(np.ones(len(labels)), 4)).astype(np.float32)
        marked = words("one two three four")
        wanted = max(
            (path for path in itertools.product(range(5), repeat=4) if _allowed(path, labels)),
            key=lambda path: sum(likely[n, label] for n, label in enumerate(path)),
        )
        found = decided(marked, likely, labels, more=0.0, wide=1.1)
        assert {(one.start, one.end, one.category) for one in found} == _spans(marked, wanted, labels)
        whole = np.round(likely * 100).astype(np.int32)
        quick = quick_path(whole, np.zeros((5, 5), np.int16), 0)
        assert sum(whole[n, label] for n, label in enumerate(quick)) == sum(
            whole[n, k] for n, k in enumerate(_top(whole, labels))
        )


def _top(scores, labels):
    return max(
        (path for path in itertools.product(range(5), repeat=4) if _allowed(path, labels)),
        key=lambda path: sum(scores[n, label] for n, label in enumerate(path)),
    )


def _allowed(path, labels):
    return all(
        labels[label][0] != "I" or (n and labels[path[n - 1]][1:] == labels[label][1:]) for n, label in enumerate(path)
    )


def _spans(marked, path, labels):
    found = []
    for n, label in enumerate(path):
        if labels[label][0] == "B":
            found.append([marked[n].start, marked[n].end, labels[label][2:]])
        elif labels[label][0] == "I":
            found[-1][1] = marked[n].end
    return {tuple(one) for one in found}


def test_a_wide_mark_takes_in_what_is_likely_part_of_it():
    marked = words("no papers at all")
    likely = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.95, 0.03, 0.02], [0.5, 0.3, 0.2]], np.float32))
    found = decided(marked, likely, ("O", "B-x", "I-x"), more=0.0, wide=0.1)
    assert [(one.start, one.end) for one in found] == [(0, 9)]


def test_a_long_text_is_read_in_windows_that_share_words():
    rng = random.Random(2)
    marked = words(" ".join(rng.choice(["Mattapan", "indocumentado", "x", "y.", "Kevin"]) for _ in range(900)))
    parts = windows(marked)
    assert all(len(one.numbers) <= WINDOW for one in parts)
    assert (parts[0].low, parts[-1].high) == (0, len(marked))
    assert all(after.low < before.high for before, after in itertools.pairwise(parts))


def test_eight_bits_say_what_full_precision_says():
    texts = [
        words("Her mother has no papers, and Kevin Chen lives in Mattapan."),
        words("El niño reza cinco veces al día."),
    ]
    network = Network(pretrained(), learnt(), exact=True)
    exact = [Reading(one, network).done() for one in texts]
    for one, other in zip((Reading(one).done() for one in texts), exact, strict=True):
        for head in (0, 1):
            assert np.abs(np.exp(one.likely[head]) - np.exp(other.likely[head])).max() < 0.25


@settings(max_examples=TRIALS, deadline=None)
@given(TEXTS)
def test_any_text_can_be_read_and_marks_lie_within_it(text):
    people = (redact.Participant("P1", ("Zoë Aa",), "9099"),)
    for spans in (redact.find(text, people), redact.find_quickly(text, people)):
        assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_texts_read_together_are_read_as_one_by_one():
    texts = ["Kevin Chen was there.", "", "Li pale kreyòl lakay li ak manman l.", "x" * 3000]
    people = (redact.Participant("P1", ("Kevin Chen",)),)
    together = redact.find_each(texts, people)
    for spans, text in zip(together, texts, strict=True):
        alone = redact.find(text, people)
        assert [(s.start, s.end, s.category) for s in spans] == [(s.start, s.end, s.category) for s in alone]


def test_a_stream_is_read_one_by_one():
    people = (redact.Participant("P1", ("Kevin Chen",), "8123457"),)
    first, second = redact.find_many([("Kevin's number is 8123457.", people), ("Nobody.", ())])
    assert [(s.category, s.token) for s in first] == [("person_known", "P1"), ("student_number", "P1")]
    assert second == ()
    assert plain("Kevin") == "kevin"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("His parents have no papers.", "immigration_status"),
        ("El niño no tiene papeles.", "immigration_status"),
        ("Os pais dele não têm documentos.", "immigration_status"),
        ("Manman li pa gen papye.", "immigration_status"),
        ("Her mother is undocumented.", "immigration_status"),
        ("His dad was deported in June.", "immigration_status"),
        ("Kevin got here from San Salvador last spring.", "national_origin"),
        ("He was throwing up 18 in the hallway.", "gang"),
        ("He lives in Mattapan with his aunt.", "neighborhood"),
        ("Her family goes to the mosque on Prentiss Street.", "religion"),
        ("The gang's all here, said Mr. Ortiz.", ""),
        ("Christian and Jordan were late to Chinese class.", ""),
        ("She got off the bus at Dorchester Avenue.", ""),
        ("He was throwing up 18 times, the nurse said.", ""),
    ],
)
def test_plain_sentences(text, category):
    found = {span.category for span in redact.find(text) if span.category in redact.ATTRIBUTES}
    assert found == ({category} if category else set())
