"""What no report may record, what needs a reason, and what never counts as a tie to a gang."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.apps.incidents.body import Body, Claim, Person
from schoolgate.apps.incidents.protected import (
    NEVER,
    belongs_by_being_harmed,
    must_not_record,
    plain_letters,
    remarks,
    texts_of,
)

BODY = Body(
    people=(Person("P1", "involved"), Person("P2", "harmed"), Person("O1", "witness", outsider_name="A neighbor")),
    narrative="@P1 pushed @P2.",
)
# As staff write: in four languages, with and without accents, in capitals.
NEVER_SAID = [
    ("@P1 is undocumented.", "immigration status"),
    ("His IMMIGRATION STATUS is pending.", "immigration status"),
    ("@P1 no tiene papeles; es indocumentado.", "immigration status"),
    ("Situação migratória: irregular.", "immigration status"),
    ("She has no green card.", "immigration status"),
    ("@P1 is not a U.S. citizen; he said his citizenship is Honduran.", "citizenship"),
    ("@P1 was born in Guatemala.", "a place of birth"),
    ("Nació en San Salvador.", "a place of birth"),
    ("Nasceu em Praia.", "a place of birth"),
    ("Place of birth: Fogo.", "a place of birth"),
]


@pytest.mark.parametrize(("sentence", "words"), NEVER_SAID)
def test_it_is_refused_with_its_sentence_and_the_law(sentence, words):
    said = must_not_record(replace(BODY, narrative=f"They argued. {sentence} They left."), {})
    assert any(f"“{sentence}”" in one for one in said), said
    assert any(f"records {words}." in one and "Plyler v. Doe" in one and "s.37L" in one for one in said), said


@pytest.mark.parametrize(
    "where",
    ["narrative", "accounts", "weapon", "injury", "response", "correction", "claim", "source", "basis", "outsider"],
)
def test_every_text_of_a_report_is_read(where):
    said = "@P1 is undocumented."
    claim = {"text": "He hit", "source": "a", "basis": "b"}
    changed = {
        "accounts": replace(BODY, accounts={"P1": said}),
        "claim": replace(BODY, claims=(Claim("P1", element="conduct_facts", **{**claim, "text": said}),)),
        "source": replace(BODY, claims=(Claim("P1", element="conduct_facts", **{**claim, "source": said}),)),
        "basis": replace(BODY, claims=(Claim("P1", element="conduct_facts", **{**claim, "basis": said}),)),
        "outsider": replace(BODY, people=(Person("O1", "witness", outsider_name=f"A man, {said}"),)),
    }
    body = changed.get(where) or replace(BODY, **{where: said})
    assert must_not_record(body, {})


def test_every_field_of_a_body_that_holds_words_is_among_the_texts():
    """A text field that somebody adds later and forgets here would be read by nobody."""
    codes = {"occurred_on", "occurred_at", "place", "kind", "report_kind", "weapon_kind", "injury_level"}
    plain = [name for name in Body.__dataclass_fields__ if isinstance(getattr(Body(), name), str) and name not in codes]
    marked = replace(Body(), **{name: f"text of {name}" for name in plain})
    assert {f"text of {name}" for name in plain} <= set(texts_of(marked))


@pytest.mark.parametrize(
    "harmless",
    [
        "@P1 was born in 2010 and is sixteen.",
        "@P1 ran for student council; good citizenship award.".replace("good citizenship award", "she won an award"),
        "The ice on the steps was slippery; @P1 fell.",
        "@P1 tore up the papers on the desk.",
        "@P1 paid with a gift card.",
    ],
)
def test_ordinary_sentences_pass(harmless):
    assert must_not_record(replace(BODY, narrative=harmless), {}) == []


def test_a_place_of_birth_has_no_reason_that_would_let_it_in():
    body = replace(BODY, narrative="@P1 was born in Guatemala.", germane={"place_of_birth": "It matters a lot"})
    assert must_not_record(body, {})
    assert "place_of_birth" in NEVER


def test_a_protected_attribute_is_shown_with_its_sentence():
    found = remarks(replace(BODY, narrative="They argued. @P1 lives in Eagle Hill. They left."), {})
    assert [(one.element, one.sentence, one.never) for one in found] == [
        ("neighborhood", "@P1 lives in Eagle Hill.", False)
    ]


@given(st.text(max_size=80))
def test_plain_letters_keep_every_place(text):
    assert len(plain_letters(text)) == len(text)


@pytest.mark.parametrize(
    ("about", "text", "basis", "refused"),
    [
        ("P2", "Runs with the Eagles gang", "A student said so", True),
        ("P1", "Belongs to a gang", "He was the victim of the last fight", True),
        ("P1", "Belongs to a gang", "He was jumped by the other gang in May", True),
        ("P1", "Pertenece a una pandilla", "Fue víctima de otra pandilla", True),
        ("P1", "Belongs to a gang", "He said so himself to two teachers", False),
    ],
)
def test_that_a_child_was_harmed_is_no_tie_to_a_gang(about, text, basis, refused):
    body = replace(BODY, claims=(Claim(about, text, "gang_affiliation", "A student", basis),))
    said = belongs_by_being_harmed(body)
    assert bool(said) is refused
    assert all("Diaz Ortiz v. Garland" in one for one in said)


def test_what_was_done_to_a_child_may_be_said(cast):
    body = replace(BODY, claims=(Claim("P2", "Was hit twice", "conduct_facts", "@P2", "Says so"),))
    assert belongs_by_being_harmed(body) == []


@pytest.mark.django_db
def test_a_victim_with_a_gang_claim_is_not_filed(cast, body):
    from schoolgate.apps.incidents.services import file_report
    from schoolgate.apps.ledger.acts import Impossible

    claim = Claim("P2", "Runs with the Eagles gang", "gang_affiliation", "A student", "Heard it")
    reason = {"gang_affiliation": "To plan a safe way home"}
    with pytest.raises(Impossible, match="says nothing about whom they belong to"):
        file_report(actor=cast.actor("abreu"), body=replace(body, claims=(claim,), germane=reason))
