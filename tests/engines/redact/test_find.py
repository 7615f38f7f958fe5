"""The finder on passages of our own, and on what people do to names to hide or to mistype them."""

import json
import os
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import redact
from schoolgate.engines.redact.normal import fold

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
OWN = [
    json.loads(line) for line in Path(__file__).with_name("own_passages.jsonl").read_text(encoding="utf-8").splitlines()
]
KEVIN = redact.Participant("P1", ("Kevin Chen", "Kev"), "8123457", "2009-07-19")
ZOE = redact.Participant("P2", ("Zoë Régis-Laporte",))
GUADALUPE = redact.Participant("P3", ("Guadalupe Ferrer",))
PEOPLE = (KEVIN, ZOE, GUADALUPE)


def covered(text: str, spans: tuple[redact.Span, ...], categories: list[str]) -> set[int]:
    return {at for span in spans if span.category in categories for at in range(span.start, span.end)}


def marked(text: str, category: str) -> list[str]:
    return [text[s.start : s.end] for s in redact.find(text, PEOPLE) if s.category == category]


@pytest.mark.parametrize("passage", OWN, ids=[passage["id"] for passage in OWN])
def test_nothing_harmless_is_marked(passage):
    people = tuple(redact.Participant(f"P{n}", (name,)) for n, name in enumerate(passage["names"], start=1))
    spans = redact.find(passage["text"], people)
    for words in passage["leave"]:
        start = passage["text"].index(words)
        assert not any(s.start < start + len(words) and start < s.end for s in spans), words


def test_nine_in_ten_of_our_own_spans_are_found():
    wanted = found = 0
    for passage in OWN:
        text = passage["text"]
        people = tuple(redact.Participant(f"P{n}", (name,)) for n, name in enumerate(passage["names"], start=1))
        spans = redact.find(text, people)
        for one in passage["find"]:
            start = text.index(one["words"])
            own = set(range(start, start + len(one["words"])))
            wanted += 1
            found += len(own & covered(text, spans, one["as"])) >= 0.8 * len(own)
    assert found / wanted >= 0.9, f"{found} of {wanted}"


@pytest.mark.parametrize(
    "written",
    [
        "Kevin Chen",
        "KEVIN CHEN",
        "Chen, Kevin",
        "K. Chen",
        "Kevin C.",
        "K.C.",
        "Kev",
        "Kevin's",
        "Kevins",
        "Kev1n Chen",
        "Kevln Chen",
        "K e v i n C h e n",
        "Ke vin Ch en",
        "Kevin\nChen",
        "Ke-\nvin",
        "K\u0435vin",  # a Cyrillic e
        "Ke\u200bvin",
        "Zoe Regis-Laporte",
        "Zoe\u0308 Re\u0301gis",
        "Lupita",
        "@P1",
    ],
)
def test_a_known_name_is_found_however_it_is_written(written):
    text = f"At noon {written} left the room."
    spans = [s for s in redact.find(text, PEOPLE) if s.category == "person_known"]
    letters = {at for at in range(8, 8 + len(written)) if text[at].isalnum()}
    hidden = {at for s in spans for at in range(s.start, s.end)}
    assert len(letters & hidden) >= len(letters) - 1, "a possessive s may stay"


@settings(max_examples=TRIALS * 2, deadline=None)
@given(
    st.integers(0, 8), st.sampled_from(["drop", "double", "swap", "change"]), st.sampled_from(string.ascii_lowercase)
)
def test_one_slip_of_the_fingers_hides_no_name(at, slip, letter):
    name = "guadalupe"
    slips = {
        "drop": name[:at] + name[at + 1 :],
        "double": name[:at] + name[at] + name[at:],
        "swap": name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :] if at else name,
        "change": name[:at] + letter + name[at + 1 :],
    }
    text = f"Today {slips[slip].capitalize()} fell asleep."
    assert any(s.token == "P3" for s in redact.find(text, PEOPLE))


@settings(max_examples=TRIALS, deadline=None)
@given(st.text(max_size=80))
def test_marks_lie_in_any_text_in_order(text):
    spans = redact.find(text, PEOPLE)
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert list(spans) == sorted(spans, key=lambda s: (s.start, s.end, s.category))


@settings(max_examples=TRIALS * 2, deadline=None)
@given(st.text(max_size=60))
def test_folding_keeps_the_place_of_every_character(text):
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(folded.starts)


@pytest.mark.parametrize(
    ("text", "category", "words"),
    [
        ("born 7/19/2009 in town", "dob", "7/19/2009"),
        ("seen on 19 July 2009", "dob", "19 July 2009"),
        ("nació el 3 de mayo de 2011", "dob", "3 de mayo de 2011"),
        ("call 857 555 0119 now", "phone", "857 555 0119"),
        ("lives at 12 Fuller St, Apt 3", "address", "12 Fuller St, Apt 3"),
        ("They moved to 48 Larkmere St, apto 2, Fremont.", "address", "48 Larkmere St, apto 2, Fremont"),
        ("mail to 9 Tanner Ct, Toledo OH 43604 please", "address", "9 Tanner Ct, Toledo OH 43604"),
        ("dropped at 77 Alder Ave NW, rear, by bus", "address", "77 Alder Ave NW, rear"),
        ("mora na 12 Sorrel Ave, 2o andar, com a tia", "address", "12 Sorrel Ave, 2o andar"),
        ("at 31 Poplar Rd, Mom said", "address", "31 Poplar Rd"),
        ("number 8l23457", "student_number", "8l23457"),
    ],
)
def test_identifiers_are_found_whole(text, category, words):
    assert words in marked(text, category)


@pytest.mark.parametrize(
    "text", ["on 11/12/2026 at 10:30", "in room 214 at 2:50", "score 21-14", "bus 42, route 114 PM"]
)
def test_times_rooms_and_scores_are_no_identifiers(text):
    assert not redact.find(text, PEOPLE)
