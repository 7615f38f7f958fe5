"""What a decision says, by example."""

import json
from pathlib import Path

import pytest

from schoolgate.engines.law import Decision, LawError, Rulebook, decide, load_rulebook, parse_case
from support.law import case_data
from support.law_files import ELEMENTS, provision, write_files

ORDER: dict[str, object] = {
    "instrument": "court_order",
    "issuer": "court",
    "signed": True,
    "topics": ["weapon"],
    "germane_elements": [],
    "sealed_elements": [],
    "threat": False,
}


def decided(rulebook: Rulebook, facts: dict[str, object], elements: list[str], **changes: object) -> Decision:
    data = case_data(rulebook, facts=facts, elements=elements, **changes)
    return decide(rulebook, parse_case(data, rulebook))


def test_all_layers_open_and_nothing_forbids(synthetic: Rulebook) -> None:
    decision = decided(synthetic, ORDER, ["student_name"])
    assert decision.outcome == "permit"
    assert decision.withheld == ()
    votes = decision.element("student_name").votes
    assert [(vote.layer, vote.value, vote.provisions) for vote in votes] == [
        ("federal", "open", ("f.paper",)),
        ("state", "open", ("s.door",)),
        ("local", "open", ("l.door",)),
    ]
    assert decision.element("student_name").provisions == ("f.paper", "s.door", "l.door")
    assert [citation.citation for citation in decision.citations] == ["Code f.paper", "Code l.door", "Code s.door"]


def test_a_prohibition_takes_one_element_out(synthetic: Rulebook) -> None:
    decision = decided(synthetic, ORDER, ["student_name", "gang_affiliation"])
    assert decision.outcome == "permit_redacted"
    assert decision.withheld == ("gang_affiliation",)
    assert decision.element("gang_affiliation").prohibitions == ("s.floor",)
    assert decision.element("gang_affiliation").provisions == ("s.floor",)


def test_germaneness_lifts_the_bar_for_the_element_it_names(synthetic: Rulebook) -> None:
    facts = {**ORDER, "germane_elements": ["religion"]}
    decision = decided(synthetic, facts, ["religion", "gang_affiliation"])
    assert decision.element("religion").outcome == "permit"
    assert decision.element("gang_affiliation").outcome == "deny"


def test_a_silent_layer_denies_and_its_own_rule_is_cited(synthetic: Rulebook) -> None:
    decision = decided(synthetic, {**ORDER, "instrument": "none"}, ["student_name"])
    assert decision.outcome == "deny"
    assert decision.withheld == ("*",)
    assert decision.element("student_name").votes[0].value == "shut"
    assert decision.element("student_name").provisions == ("f.general",)


def test_the_paper_that_fails_a_door_is_named(synthetic: Rulebook) -> None:
    decision = decided(synthetic, {**ORDER, "instrument": "administrative_warrant"}, ["student_name"])
    assert decision.outcome == "deny"
    assert [(c.provision, c.instrument) for c in decision.considered] == [("f.paper", "administrative_warrant")]
    assert {"f.general", "f.paper"} == {citation.provision for citation in decision.citations}


def test_a_layer_not_declared_for_the_recipient_need_not_open(synthetic: Rulebook) -> None:
    decision = decided(
        synthetic, {"sealed_elements": [], "germane_elements": []}, ["narrative"], recipient={"kind": "parent"}
    )
    assert [vote.layer for vote in decision.element("narrative").votes] == ["federal"]
    assert decision.outcome == "permit"


def test_an_unknown_fact_asks_who_may_answer(synthetic: Rulebook) -> None:
    facts = {**ORDER, "signed": None}
    decision = decided(synthetic, facts, ["student_name", "religion"])
    assert decision.outcome == "needs_review"
    assert decision.withheld == ("*",)
    assert decision.element("religion").outcome == "deny"
    (question,) = decision.questions
    assert (question.kind, question.id, question.text) == ("fact", "signed", "Is it signed?")
    assert question.answered_by == "records_officer"
    assert question.asked_by == ("f.paper",)
    assert question.elements == ("student_name",)


def test_settled_parts_ask_nothing(synthetic: Rulebook) -> None:
    decision = decided(synthetic, {"instrument": "administrative_warrant"}, ["student_name"])
    assert decision.outcome == "deny"
    assert decision.questions == ()


def test_counsel_settles_a_doubtful_door(synthetic: Rulebook) -> None:
    facts = {**ORDER, "topics": ["weapon", "absence"], "return_date": "2025-03-31"}
    decision = decided(synthetic, facts, ["student_name"])
    assert decision.outcome == "needs_review"
    (question,) = decision.questions
    assert (question.kind, question.id, question.answered_by) == ("counsel", "s.doubtful", "counsel")
    assert question.text == "Does this order bind a school?"
    yes = decided(synthetic, facts, ["student_name"], counsel_answers={"s.doubtful": True})
    no = decided(synthetic, facts, ["student_name"], counsel_answers={"s.doubtful": False})
    assert (yes.outcome, no.outcome) == ("permit", "deny")


def test_a_doubtful_bar_asks_only_where_its_condition_holds(synthetic: Rulebook) -> None:
    sealed = {**ORDER, "sealed_elements": ["narrative"], "germane_elements": ["narrative"]}
    decision = decided(synthetic, sealed, ["student_name", "narrative"])
    assert decision.element("student_name").outcome == "permit"
    assert decision.element("narrative").outcome == "ask"
    assert [question.id for question in decision.questions] == ["s.sealed"]


def test_derived_elements_come_with_what_they_hide_in(synthetic: Rulebook) -> None:
    decision = decided(synthetic, ORDER, ["narrative", "count"])
    assert [e.element for e in decision.elements if e.derived] == ["cells_under_10", "narrative_identifiers"]


def test_derived_elements_alone_are_nothing_to_release(tmp_path: Path) -> None:
    bar = """
        forbid (principal, action == Action::"disclose", resource)
        unless { resource == Element::"narrative_identifiers" };
    """
    text = provision("s.all", bar, layer="state", effect="prohibition")
    rulebook = load_rulebook(write_files(tmp_path, {"us/ma/all.md": text}), "synthetic")
    decision = decided(rulebook, ORDER, ["narrative"])
    assert decision.element("narrative_identifiers").outcome == "permit"
    assert decision.outcome == "deny"
    assert decision.withheld == ("*",)


def test_an_open_question_about_a_derived_element_cannot_hold_up_a_denial(tmp_path: Path) -> None:
    bar = """
        forbid (principal, action == Action::"disclose", resource)
        unless { resource == Element::"narrative_identifiers" && context.threat };
    """
    text = provision("s.all", bar, layer="state", effect="prohibition")
    rulebook = load_rulebook(write_files(tmp_path, {"us/ma/all.md": text}), "synthetic")
    decision = decided(rulebook, {**ORDER, "threat": None}, ["narrative"])
    assert decision.element("narrative_identifiers").outcome == "ask"
    assert decision.outcome == "deny"


def test_obligations_follow_the_outcome(synthetic: Rulebook) -> None:
    released = decided(synthetic, ORDER, ["student_name"])
    (notice,) = released.obligations
    assert (notice.name, notice.citation, notice.certain) == ("notify_parent_before", "Code l.notice", True)
    assert (notice.due_clock, notice.due_from) == ("notice-before-compliance", "disclosure_date")
    refused = decided(synthetic, {**ORDER, "instrument": "none"}, ["student_name"])
    assert [(o.name, o.due_clock) for o in refused.obligations] == [("record_request", None)]


def test_an_obligation_that_hangs_on_an_unknown_fact_is_uncertain(synthetic: Rulebook) -> None:
    decision = decided(synthetic, {**ORDER, "threat": None}, ["student_name"])
    assert decision.outcome == "permit"
    assert [(o.name, o.certain) for o in decision.obligations] == [("notify_parent_before", False)]


def test_better_evidence_is_cited_first(synthetic: Rulebook) -> None:
    facts: dict[str, object] = {"instrument": "subpoena", "issuer": "court", "signed": True, "copies": 3}
    facts |= {"topics": ["absence"]}
    facts |= {"threat": True, "sealed_elements": [], "germane_elements": []}
    decision = decided(synthetic, facts, ["home_address"], recipient={"kind": "public"})
    vote = decision.element("home_address").votes[0]
    assert vote.provisions == ("f.directory", "f.paper")
    assert decision.element("home_address").provisions[0] == "f.paper"


def test_a_decision_is_plain_json_with_its_law(synthetic: Rulebook) -> None:
    data = json.loads(json.dumps(decided(synthetic, ORDER, ["student_name"]).to_json()))
    assert data["format"] == "schoolgate-decision/1"
    assert (data["rulebook"], data["digest"]) == ("synthetic", synthetic.digest)
    assert data["date"] == "2025-03-06"
    assert data["elements"][0]["outcome"] == "permit"


def test_a_case_of_another_version_is_refused(synthetic: Rulebook, tmp_path: Path) -> None:
    changed = {"elements.toml": ELEMENTS.replace('title = "Name"', 'title = "The name"')}
    other = load_rulebook(write_files(tmp_path, dict(changed)), "synthetic")
    assert other.digest != synthetic.digest
    with pytest.raises(LawError, match="Parse it again"):
        decide(other, parse_case(case_data(synthetic), synthetic))


def test_asking_for_an_element_that_was_not_decided_raises(synthetic: Rulebook) -> None:
    with pytest.raises(KeyError):
        decided(synthetic, ORDER, ["student_name"]).element("religion")
