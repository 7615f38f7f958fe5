"""What the lexicons see in a text: the same whether every form is tried or only those whose anchors stand there."""

import random
from itertools import islice

import pytest

from schoolgate.engines import redact
from schoolgate.engines.redact.finder.anchors import anchors
from schoolgate.engines.redact.finder.lexicons import lexicons
from schoolgate.engines.redact.normal import fold
from support.labelled import TRAINING_AUTHORS, labelled


def seen(text: str, **options) -> set[tuple[str, str, bool]]:
    words = lexicons(**options)
    return {(text[hit.start : hit.end], hit.entry.category, hit.counts) for hit in words.hits(text, fold(text))}


def test_no_form_is_missed_for_want_of_its_anchor():
    words, rng = lexicons(), random.Random(4)
    texts = [one.text for author in TRAINING_AUTHORS for one in islice(labelled(author), 40)]
    for text in rng.sample(texts, 12):
        folded = fold(text)
        seen_there = {(hit.start, hit.end, id(hit.entry)) for hit in words.hits(text, folded)}
        for one in words.all():
            for match in one.pattern.finditer(folded.text):
                start, end = match.span(1 if one.form.marked and match.group(1) is not None else 0)
                if start < end:
                    begun, ended = folded.original(start, end)
                    capital = one.form.capital and not text[begun].isupper()
                    assert capital or (begun, ended, id(one.entry)) in seen_there, (one.written, text)


@pytest.mark.parametrize(
    ("written", "words", "beginnings"),
    [
        ("sin papeles", {"papeles"}, set()),
        ("(no|without) papers", {"papers"}, set()),
        ("indocumentad*", set(), {"indocumentad"}),
        ("waiting ~3 hearing", {"waiting"}, set()),
        ("{kin} came [over] from <{place}>", {"salvador", "haiti"}, set()),
        ("n-400", {"n400", "400"}, set()),
        ("<born in (peru|ecuador)>", {"born"}, set()),
    ],
)
def test_the_rarest_words_are_the_anchor(written, words, beginnings):
    lists = {"kin": ["mother", "dad"], "place": ["el salvador", "haiti"]}
    rarest, *_ = anchors(written, lists)
    assert (set(rarest.words), set(rarest.beginnings)) == (words, beginnings)


def test_what_a_district_adds_is_seen_and_always_marked(tmp_path):
    tmp_path.joinpath("gang.toml").write_text(
        '[[entry]]\nreason = "a crew of this district"\ndirectness = "direct"\n'
        'always = true\nany = ["<the zephyr nine>"]\n',
        encoding="utf-8",
    )
    text = "Someone drew the Zephyr Nine on the wall."
    assert ("the Zephyr Nine", "gang", True) in seen(text, district=tmp_path)
    found = [span for span in redact.find(text, district=tmp_path) if span.category == "gang"]
    assert ("the Zephyr Nine", "a crew of this district") in [(text[s.start : s.end], s.reason) for s in found]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('[[entry]]\ndirectness = "direct"\nany = ["x"]\n', "entry 1: it has no reason"),
        ('[[entry]]\nreason = "r"\ndirectness = "sure"\nany = ["x"]\n', "none of direct, oblique, proxy"),
        ('[[entry]]\nreason = "r"\ndirectness = "direct"\n', "it has no forms"),
        (
            '[[entry]]\nreason = "r"\ndirectness = "direct"\nneeds = "nobody"\nany = ["x"]\n',
            "there is no list 'nobody'",
        ),
        (
            '[[entry]]\nreason = "r"\ncategory = "shoe"\ndirectness = "direct"\nany = ["x"]\n',
            "there is no category 'shoe'",
        ),
        ("[[entry", "lexicon gang.toml:"),
    ],
)
def test_a_lexicon_that_is_none_says_where(tmp_path, written, told):
    tmp_path.joinpath("gang.toml").write_text(written, encoding="utf-8")
    with pytest.raises(redact.RedactError, match=told):
        lexicons(tmp_path)


def test_a_topic_makes_a_word_harmless():
    assert ("Muslim", "religion", True) in seen("He is Muslim and fasts with his father.")
