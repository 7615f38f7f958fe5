"""Explanations: every noun has words in both languages, and what is said is what was decided."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schoolgate.engines.law import (
    Case,
    Decision,
    Defect,
    LawError,
    Rulebook,
    amend,
    decide,
    load_case,
    load_rulebook,
    parse_case,
)
from schoolgate.engines.law.deciding.program import program_for
from schoolgate.engines.law.explaining.arrange import arrangements_for, shipped_folder
from schoolgate.engines.law.explaining.clauses import clause_of, distance_of, parts_met
from schoolgate.engines.law.explaining.explain import Explanation, enough_for, explain
from schoolgate.engines.law.explaining.words import LANGUAGES, Language, load_words, words_for
from schoolgate.engines.law.text import condition as c
from support.law import REAL_RULEBOOKS, case_data
from support.law_files import provision

CASES = Path(__file__).parent / "cases"
NO_RULEBOOK = {"facts", "elements", "arrangements"}
LONGEST_SENTENCE = 45  # words; citations and lists of elements count as one word each
MEAN_SENTENCE = 16


def every_rulebook() -> list[str]:
    return [path.stem for path in sorted(REAL_RULEBOOKS.glob("*.toml")) if path.stem not in NO_RULEBOOK]


@pytest.fixture(scope="module")
def boston() -> Rulebook:
    return load_rulebook(REAL_RULEBOOKS, "boston")


def scenario(rulebook: Rulebook, name: str) -> tuple[Case, Decision]:
    case = load_case(CASES / f"{name}.json", rulebook)
    return case, decide(rulebook, case)


def explained(rulebook: Rulebook, name: str, language: Language) -> Explanation:
    case, decision = scenario(rulebook, name)
    return explain(rulebook, case, decision, language)


# --- Words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_value_element_and_recipient_has_words(boston: Rulebook, language: Language) -> None:
    assert words_for(language, boston.vocabulary).missing() == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", every_rulebook())
def test_every_duty_clock_and_question_for_counsel_has_words(name: str, language: Language) -> None:
    rulebook = load_rulebook(REAL_RULEBOOKS, name)
    words = words_for(language, rulebook.vocabulary)
    for one in rulebook.provisions.values():
        if one.obligation is not None:
            assert one.obligation in words.table["obligations"], one.id
        if one.due is not None:
            assert all(words.due(one.due.clock, one.due.starts)), one.id
        if one.counsel_question is not None and language == "es":
            assert one.id in words.table["counsel"], one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_arranged_has_words(boston: Rulebook, language: Language) -> None:
    words = words_for(language, boston.vocabulary)
    for name, arrangement in arrangements_for(boston.vocabulary).items():
        fact = boston.facts[name]
        said = words.table["facts"][name].get("arrange", {})
        if fact.type == "set":
            needed = [key for key, can in (("add", arrangement.adds), ("remove", arrangement.removes)) if can]
        else:
            needed = [fact.values[k] if fact.type == "enum" else ("no", "yes")[k] for k in arrangement.costs]
        assert set(needed) <= set(said), name


def test_no_words_are_left_over_and_both_languages_say_the_same_things(boston: Rulebook) -> None:
    english, spanish = (words_for(language, boston.vocabulary).table for language in LANGUAGES)
    for section in (
        "layers",
        "answerers",
        "obligations",
        "due",
        "clocks",
        "evidence",
        "words",
        "sentences",
        "headings",
    ):
        assert english[section].keys() == spanish[section].keys(), section
        for key, text in english[section].items():
            fields = re.findall(r"\{\w+\}", text)
            assert sorted(fields) == sorted(re.findall(r"\{\w+\}", spanish[section][key])), (section, key)
    assert english["facts"].keys() == spanish["facts"].keys() == boston.facts.keys()
    assert spanish["elements"].keys() == boston.elements.keys()
    assert english["elements"].keys() <= boston.elements.keys()
    assert spanish["recipients"].keys() == boston.vocabulary.recipients.keys()
    for name, fact in boston.facts.items():
        for table in (english, spanish):
            known = {"question", "subject", "is", "is_not", "none_of", "clause", "not_clause", "arrange", *fact.values}
            known |= {"yes", "no", "has", "has_not", "none", "on", "before", "after"}
            assert table["facts"][name].keys() <= known, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_of_every_rulebook_can_be_said_both_ways(language: Language) -> None:
    for name in every_rulebook():
        rulebook = load_rulebook(REAL_RULEBOOKS, name)
        words = words_for(language, rulebook.vocabulary)
        for one in rulebook.provisions.values():
            for atom in {part for rule in one.rules for part in c.walk(rule.condition) if not c.parts_of(part)}:
                if isinstance(atom, c.Constant | c.ElementIn | c.RecipientIn):
                    continue
                yes = clause_of(atom, words, rulebook.provisions)
                no = clause_of(c.Not(atom), words, rulebook.provisions)
                assert yes, (one.id, atom)
                assert yes != no, (one.id, atom)
                assert "{" not in yes + no, (one.id, atom)


def test_negated_alternatives_are_said_one_by_one(boston: Rulebook) -> None:
    words = words_for("en", boston.vocabulary)
    papers = boston.facts["instrument"].codes
    two = c.OneOf("instrument", (papers["consent"], papers["subpoena"]))
    subject = "the paper or ground that the recipient offers is"
    assert clause_of(two, words, {}) == f"{subject} a consent or a subpoena"
    assert clause_of(c.Not(two), words, {}) == f"{subject} none of these: a consent, a subpoena"
    both = c.Any((c.Flag("consent_signed"), c.Flag("consent_dated")))
    assert clause_of(c.Not(both), words, {}) == "the consent is not signed and the consent has no date"
    assert clause_of(c.Not(c.All(both.parts)), words, {}).startswith("one of these: ")
    elements = c.Sets("meets", c.FactValue("named_in_paper"), c.Code(0b11))
    assert clause_of(c.Not(elements), words, {}).count("does not name") == 2


def test_what_is_not_known_is_not_said_to_be_false(boston: Rulebook) -> None:
    for language, phrase in (("en", "it is not known whether "), ("es", "no se sabe si ")):
        words = words_for(language, boston.vocabulary)
        fact = boston.facts["judge_signature"]
        assert words.stated(fact, None) == phrase + words.truth("judge_signature", value=True)
        assert words.stated(fact, None) != words.truth("judge_signature", value=False)


def test_a_boundary_day_is_included(boston: Rulebook) -> None:
    words = words_for("en", boston.vocabulary)
    day = c.FactValue("disclosure_date")
    code = c.Code(boston.facts["disclosure_date"].encode("2020-12-31"))
    assert clause_of(c.Compare("lt", day, code), words, {}) == "the information moves on or before December 30, 2020"
    assert clause_of(c.Compare("le", day, code), words, {}) == "the information moves on or before December 31, 2020"
    assert clause_of(c.Compare("le", code, day), words, {}) == "the information moves on or after December 31, 2020"
    assert (
        clause_of(c.Not(c.Compare("le", day, code)), words, {}) == "the information moves on or after January 1, 2021"
    )
    spanish = words_for("es", boston.vocabulary)
    assert clause_of(c.Compare("eq", day, code), spanish, {}) == "la información se entrega el 31 de diciembre de 2020"


def test_spanish_joins_by_ear(boston: Rulebook) -> None:
    words = words_for("es", boston.vocabulary)
    assert words.listed(["padre", "hijo"]) == "padre e hijo"
    assert words.listed(["siete", "ocho"], "or") == "siete u ocho"
    assert words.listed(["a", "b", "c"]) == "a, b y c"


def test_a_vocabulary_without_words_is_said_by_its_questions(synthetic: Rulebook) -> None:
    case = parse_case(case_data(synthetic, facts={"instrument": "consent", "signed": True, "age": 15}), synthetic)
    for language in LANGUAGES:
        text = explain(synthetic, case, decide(synthetic, case), language).to_text()
        assert "When was the consent given?" in text
        assert "{" not in text


def test_words_that_cannot_be_read_are_refused(boston: Rulebook, tmp_path: Path) -> None:
    with pytest.raises(LawError, match="cannot be read"):
        load_words(tmp_path, "en", boston.vocabulary)


def test_words_do_not_bear_on_the_digest(boston: Rulebook) -> None:
    assert (shipped_folder() / "words" / "en.toml").is_file()
    assert words_for("en", boston.vocabulary).vocabulary is boston.vocabulary
    assert load_rulebook(REAL_RULEBOOKS, "boston").digest == boston.digest


# --- Explanations ----------------------------------------------------------------------------------------------------


def test_an_officers_own_warrant_is_explained(boston: Rulebook) -> None:
    explanation = explained(boston, "S062", "en")
    text = explanation.to_text()
    assert explanation.of("decision")[0].text == "Nothing may leave."
    assert "If the recipient brings a warrant that a judge signed, everything that was asked for could leave." in text
    assert "The paper or ground that the recipient offers is an agency's own warrant, without a judge." in text
    assert "Federal law opens no door." in text
    assert "Conditions met: 1 of 3." in text


def test_the_same_in_spanish(boston: Rulebook) -> None:
    text = explained(boston, "S062", "es").to_text()
    assert "No se puede entregar nada." in text
    assert "Si quien pide trae una orden firmada por un juez, se podría entregar todo lo que se pidió." in text


def test_what_is_withheld_from_a_permit_is_said_with_its_prohibition(boston: Rulebook) -> None:
    explanation = explained(boston, "S020", "en")
    assert explanation.of("decision")[0].text == "A part may leave. The rest stays."
    assert any(
        "names ethnicity word for word" in one.text and "also take this" in one.text for one in explanation.of("change")
    )
    (stays,) = (one for one in explanation.of("reason") if one.elements == ("ethnicity",) and one.provisions)
    assert stays.text == "Stays: ethnicity."
    assert any("forbidden" in item and "37L" in item for item in stays.items)


def open_cases(rulebook: Rulebook) -> Iterator[tuple[Case, Decision]]:
    for path in sorted(CASES.glob("S*.json")):
        case = load_case(path, rulebook)
        decision = decide(rulebook, case)
        if decision.questions:
            yield case, decision


def test_open_questions_are_asked_in_the_readers_language_with_who_may_answer(boston: Rulebook) -> None:
    case, decision = next(open_cases(boston))
    for language in LANGUAGES:
        words = words_for(language, boston.vocabulary)
        asked = explain(boston, case, decision, language).of("question")
        assert len(asked) == len(decision.questions) + len(decision.quickest)
        for question, paragraph in zip(decision.questions, asked, strict=False):
            text = (
                words.question(question.id)
                if question.kind == "fact"
                else words.counsel_question(boston.provisions[question.id])
            )
            assert paragraph.text.startswith(text)
            assert words.answerer(question.answered_by) in paragraph.text
            assert paragraph.elements == question.elements


def test_the_reason_given_is_enough_and_nothing_in_it_is_idle(boston: Rulebook) -> None:
    checked = 0
    for path in sorted(CASES.glob("S*.json"))[::7]:
        case = load_case(path, boston)
        for element in decide(boston, case).elements:
            enough = enough_for(boston, case, [element.element], element.outcome)
            if enough is None:
                continue
            names = [*boston.facts, *boston.counsel_ids]
            mask = 1 << boston.vocabulary.element_bits[element.element]
            program = program_for(boston, case.date, case.recipient)
            kept = [code if name in enough else None for name, code in zip(names, case.vector, strict=True)]
            assert outcome_of(program.decide(tuple(kept), mask)) == element.outcome
            for name in enough:
                fewer = [None if one == name else code for one, code in zip(names, kept, strict=True)]
                assert outcome_of(program.decide(tuple(fewer), mask)) == "ask"
            checked += 1
    assert checked > 20


def outcome_of(masks: tuple[int, int, object]) -> str:
    return "permit" if masks[0] else "ask" if masks[1] else "deny"


def test_the_nearest_door_prefers_what_somebody_can_arrange(boston: Rulebook) -> None:
    facts = {"judge_signature": False, "articulable_threat": False, "court_issued": True}
    given = c.Given(facts, {}, "local_police", "student_name", 0)
    signed = c.All((c.Flag("court_issued"), c.Flag("judge_signature")))
    danger = c.All((c.Flag("court_issued"), c.Flag("articulable_threat")))
    assert distance_of(signed, given, boston.facts) < distance_of(danger, given, boston.facts)
    parts = parts_met(c.Any((danger, signed)), given, boston.facts)
    assert [(part.condition, part.state) for part in parts] == [
        (c.Flag("court_issued"), "met"),
        (c.Flag("judge_signature"), "missing"),
    ]
    unknown = parts_met(c.Flag("emergency_ongoing"), given, boston.facts)
    assert [part.state for part in unknown] == ["open"]


def test_an_answer_that_is_the_same_either_way_shows_both_sides(synthetic: Rulebook) -> None:
    doors = [
        provision(f"f.{name}", f'permit (principal, action == Action::"disclose", resource) when {{ {test} }};')
        for name, test in (("one", "context.threat"), ("other", "!context.threat"))
    ]
    draft = amend(synthetic, doors, without=[name for name in synthetic.provisions if name != "f.general"])
    case = parse_case(case_data(draft, recipient={"kind": "parent"}), draft)
    text = explain(draft, case, decide(draft, case)).to_text()
    assert "the answer is the same either way" in text
    assert "Code f.one" in text
    assert "Code f.other" in text


def test_a_failure_of_the_engine_is_no_finding_of_law(boston: Rulebook) -> None:
    case, decision = scenario(boston, "S062")
    failed = dataclasses.replace(decision, defects=(Defect(None, "RuntimeError"),), citations=())
    (only,) = explain(boston, case, failed).paragraphs
    assert "no finding of law" in only.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short_and_whole(boston: Rulebook, language: Language) -> None:
    lengths: list[int] = []
    words = words_for(language, boston.vocabulary)
    names = sorted((words.element(name) for name in boston.elements), key=len, reverse=True)
    for path in sorted(CASES.glob("S*.json"))[::6]:
        case = load_case(path, boston)
        explanation = explain(boston, case, decide(boston, case), language)
        for paragraph in explanation.paragraphs:
            for text in (paragraph.text, *paragraph.items):
                assert "{" not in text
                assert "  " not in text
                assert text[0].isupper() or text[0] in "¿“«0123456789", text
                assert text[-1] in ".:?", text
                bare = re.sub(r"\S+ [^()]*\([^.]*\)", "X", text)
                for name in names:
                    bare = bare.replace(name, "X")
                lengths += [len(part.split()) for part in re.split(r"[.:?] ", bare) if part.strip()]
    assert max(lengths) <= LONGEST_SENTENCE
    assert sum(lengths) / len(lengths) <= MEAN_SENTENCE


def test_every_scenario_is_explained_in_both_languages_without_its_title(boston: Rulebook) -> None:
    for path in sorted(CASES.glob("S*.json"))[::5]:
        case = load_case(path, boston)
        decision = decide(boston, case)
        for language in LANGUAGES:
            explanation = explain(boston, case, decision, language)
            assert case.title not in explanation.to_text()
            assert next(kind for kind, _ in explanation.headings) == "decision"
            assert all(heading for _, heading in explanation.headings)
            duties = {name for one in explanation.of("obligation") for name in one.provisions}
            assert duties == {owed.provision for owed in decision.obligations}
