"""The language of the lexicons: what its forms find, and what is no form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.engines.redact.errors import RedactError
from schoolgate.engines.redact.finder.forms import form

LISTS = {"language": ["haitian creole", "kreyol", "spanish"], "relative": ["mother", "mom*"]}


@pytest.mark.parametrize(
    ("written", "text", "marked"),
    [
        ("sin papeles", "vino sin  papeles ayer", "sin  papeles"),
        ("(no|without) papers", "she has no papers", "no papers"),
        ("pa gen [okenn] papye", "li pa gen papye", "pa gen papye"),
        ("pa gen [okenn] papye", "li pa gen okenn papye", "pa gen okenn papye"),
        ("[his|her] green-card", "lost her greencard", "her greencard"),
        ("[his|her] green-card", "a green card", "green card"),
        ("indocumentad*", "los indocumentados", "indocumentados"),
        ("waiting ~2 hearing", "waiting for his hearing", "waiting for his hearing"),
        ("waiting ~2 hearing", "waiting for all of his hearing", None),
        ("waiting ~2 hearing", "waiting. the hearing", None),
        ("speaks [only] <{language}>", "mom speaks only haitian creole", "haitian creole"),
        ("<{relative} was deported>", "his moms was deported", "moms was deported"),
        ("in # days", "in 10 days", "in 10 days"),
        ("no papers", "piano papers", None),
        ("no papers", "no papersx", None),
        ("parent's (a b|c)", "the parent's a b", "parent's a b"),
    ],
)
def test_what_a_form_finds(written, text, marked):
    found = form(written, LISTS).compiled().search(text)
    assert (found and (found[1] if found.re.groups else found[0])) == marked


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("lives in {town}", "character 10: there is no list 'town'"),
        ("(a|b", "character 1: '(' is not closed"),
        ("a)", "character 2: ')' closes nothing"),
        ("<a> <b>", "only one part can be marked"),
        ("[a]", "nothing that must be there"),
        ("~2 a", "other words may stand between words only"),
        ("a ~x b", "a number of words from 1 to 9"),
        ("a[b] c", "a space must stand before what may be missing"),
        ("[b]c", "a space must stand after what may be missing"),
        ("", "nothing that must be there"),
    ],
)
def test_what_is_no_form_is_named_with_its_place(written, why):
    with pytest.raises(RedactError, match=re.escape(why)):
        form(written, LISTS)


@given(st.lists(st.text("abz19'", min_size=1, max_size=6), min_size=1, max_size=5), st.data())
def test_words_are_found_with_or_without_what_may_be_missing(words, data):
    required = data.draw(st.integers(0, len(words) - 1))
    may_miss = [index != required and data.draw(st.booleans()) for index in range(len(words))]
    written = " ".join(f"[{word}]" if missing else word for word, missing in zip(words, may_miss, strict=True))
    there = [word for word, missing in zip(words, may_miss, strict=True) if not missing or data.draw(st.booleans())]
    said = " ".join(there)
    assert form(written, {}).compiled().fullmatch(said)
