"""Codes, and the one bound that everything rests on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.redact import marking
from support.marked import KEY, copy_id, everyone


def test_a_code_is_1024_signs_that_depend_on_key_and_copy():
    code = marking.code(KEY, "C-1")
    assert code.shape == (1024,)
    assert set(np.unique(code)) == {-1, 1}
    assert np.array_equal(code, marking.code(KEY, "C-1"))
    for other in (marking.code(KEY, "C-2"), marking.code(KEY + b"1", "C-1"), marking.code(KEY[:-1], KEY[-1:].decode())):
        assert abs(int(code.astype(int) @ other)) < 200, "codes of two copies have nothing in common"


def test_scores_are_the_correlation_with_every_code():
    codes = marking.issued(KEY, [copy_id(n) for n in range(50)])
    found = np.random.default_rng(1).normal(size=1024)
    one_by_one = [marking.code(KEY, copy_id(n)) @ found / np.linalg.norm(found) for n in range(50)]
    assert np.allclose(codes.scores(found)[0], one_by_one, atol=1e-4)
    assert np.allclose(codes.scores([found, -found]), [one_by_one, np.negative(one_by_one)], atol=1e-4)
    assert codes.scores(marking.code(KEY, copy_id(7)))[0, 7] == pytest.approx(32, abs=1e-3)
    assert not codes.scores(np.zeros(1024)).any()


def test_codes_under_an_earlier_and_a_later_key_are_traced_together():
    both = marking.issued(KEY, ["C-1"]) + marking.issued(KEY[::-1], ["C-2"])
    assert both.copies == ("C-1", "C-2")
    assert both.scores(marking.code(KEY[::-1], "C-2"))[0, 1] == pytest.approx(32, abs=1e-3)
    assert "C-1" not in repr(both)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([-30.0, -2.0, -1.0, 0.0, 0.5, 1.0, 9.0]), min_size=1024, max_size=1024))
def test_innocent_scores_keep_hoeffdings_bound_whatever_was_found(found):
    scores = everyone().scores(found)[0]
    for height in (2.0, 3.0, 4.0):
        expected = len(scores) * np.exp(-(height**2) / 2)
        assert (scores >= height).sum() <= expected + 6 * np.sqrt(expected)
    assert scores.max() < marking.threshold(len(scores), 2)


def test_the_threshold_follows_from_the_codes_and_the_hypotheses():
    assert marking.threshold(1_000_000, 1) == pytest.approx(8.31, abs=0.01)
    for codes, hypotheses in ((1, 1), (100_000, 2), (1_000_000, 2)):
        height = marking.threshold(codes, hypotheses)
        assert codes * hypotheses * np.exp(-(height**2) / 2) == pytest.approx(1e-9)


@pytest.mark.parametrize(("key", "copy", "word"), [(b"short", "C-1", "16"), (KEY, "", "without an id")])
def test_what_cannot_be_a_code_is_refused(key, copy, word):
    with pytest.raises(marking.MarkError, match=word):
        marking.code(key, copy)
    with pytest.raises(marking.MarkError, match=word):
        marking.issued(key, [copy])


def test_codes_from_a_file_must_fit_the_copies():
    with pytest.raises(marking.MarkError, match="2 copies"):
        marking.Issued(("C-1", "C-2"), np.zeros((1, 128), dtype=np.uint8))
