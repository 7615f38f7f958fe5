"""The labelled texts say what they should, and nobody tests on what was learnt."""

import pytest

from schoolgate.engines import redact
from support.labelled import CHOICE_AUTHORS, FRESH_AUTHORS, TEST_AUTHORS, TRAINING_AUTHORS, labelled


@pytest.mark.parametrize("author", [*TRAINING_AUTHORS, *CHOICE_AUTHORS, *TEST_AUTHORS, *FRESH_AUTHORS])
def test_each_text_is_labelled_within_itself(author):
    names = set()
    for one in labelled(author):
        assert one.name not in names
        names.add(one.name)
        assert one.language in {"en", "es", "pt", "ht", "mixed"}
        for start, end, category in one.spans:
            assert category in redact.CATEGORIES, one.name
            assert one.text[start:end].strip() == one.text[start:end] != "", (one.name, start)
    assert len(names) >= 170


def test_no_test_text_was_learnt():
    learnt = {one.text for author in (*TRAINING_AUTHORS, *CHOICE_AUTHORS) for one in labelled(author)}
    assert not learnt & {one.text for author in (*TEST_AUTHORS, *FRESH_AUTHORS) for one in labelled(author)}
