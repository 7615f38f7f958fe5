"""Who could read a copy next: both readings, the condition kept or broken, the proof of a no, a family's words."""

import os
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.networks import networks

from schoolgate.apps.agencies.family_words import family_languages, family_lines, family_words
from schoolgate.apps.agencies.reader_words import (
    certainty_rows,
    condition_sentence,
    layers,
    no_path,
    reach_sentence,
    row,
    ways,
)
from schoolgate.apps.agencies.readers import Copy, is_watched, kinds_of, next_readers
from schoolgate.engines import reach

DAY = date(2026, 11, 28)
WATCHED = frozenset({"federal_immigration"})
KINDS = {
    "police": "local_police",
    "center": "fusion_center",
    "analyst": "federal_other",
    "ice": "federal_immigration",
    "state": "state_police",
}


def network(*agreements, part_of=None):
    """The police, the center, an analyst, immigration enforcement and the state police, and what is between them."""
    agencies = tuple(
        reach.Agency(name, f"The {name}", kind, part_of=(part_of or {}).get(name, "")) for name, kind in KINDS.items()
    )
    return reach.Network(agencies, agreements)


def lets(giver, receiver, **said):
    words = {
        "id": f"{giver}-{receiver}",
        "giver": giver,
        "receiver": receiver,
        "title": f"{giver} to {receiver}",
        "start": date(2007, 1, 1),
        "end": None,
        "kinds": frozenset({"incident_report"}),
        "purposes": frozenset({"law_enforcement"}),
        "onward": "yes",
        "status": "documented",
        "source": "Invented",
    }
    return reach.Agreement(**(words | said))


def at_the_police(**said):
    return Copy("police", DAY, **said)


UNREAD = {"kinds": None, "purposes": None, "onward": "unknown"}


def test_a_path_is_said_with_its_steps_its_day_and_its_weakest_evidence():
    who = next_readers(at_the_police(), network(lets("police", "center"), lets("center", "ice", status="disputed")))
    assert reach_sentence(who.readers) == (
        "Immigration enforcement could reach this copy in 2 steps, since 2007. "
        "The weakest evidence on that path: disputed."
    )
    [watched, center] = who.readers
    assert watched.names == ("The police", "The center", "The ice")
    assert watched.watched
    assert not center.watched
    cells = row(watched)
    assert cells[2] == "1 Jan 2007"
    assert "/agreements/center-ice/" in cells[3]
    assert cells[4:] == ("disputed", "incident report; for law enforcement")


def test_a_longer_way_on_better_evidence_is_named_too():
    who = next_readers(
        at_the_police(),
        network(
            lets("police", "center"),
            lets("center", "ice", status="disputed"),
            lets("center", "analyst"),
            lets("analyst", "ice"),
        ),
    )
    assert reach_sentence(who.readers).endswith("On better evidence (documented) it takes 3 steps.")
    assert [way.title for way in ways(who)] == ["The shortest and widest and earliest path", "The best known path"]


def test_unknown_terms_make_two_readings_side_by_side():
    who = next_readers(at_the_police(), network(lets("police", "center"), lets("center", "ice", **UNREAD)))
    said = ("1 agency; no path to what is watched", "2 agencies; immigration enforcement in 2 steps")
    assert [row[1:] for row in certainty_rows(who)] == [said] * 3
    assert [one.strict for one in who.readers] == [False, True]
    strict = no_path(who.answers.answer("observed", "strict"), WATCHED)
    assert strict is not None
    assert "with terms that nobody has read" in strict.sentence
    assert no_path(who.widest, WATCHED) is None


def test_a_first_day_that_is_not_known_and_one_that_is_to_come_are_said():
    later = date(2027, 2, 1)
    who = next_readers(at_the_police(), network(lets("police", "ice", start=None)))
    assert row(who.readers[0])[2] == "First day not known"
    assert reach_sentence(who.readers).startswith(
        "Immigration enforcement could reach this copy in 1 step, since a day that is not known."
    )
    who = next_readers(
        at_the_police(), network(lets("police", "center", start=None), lets("center", "ice", start=later))
    )
    assert who.readers[0].day == later
    assert row(who.readers[0])[2] == "From 1 Feb 2027; the first day of a part is not known"
    assert "from Mon 1 Feb 2027 on" in reach_sentence(who.readers)


def test_a_condition_is_no_wall():
    net = network(lets("police", "center"), lets("center", "ice"), lets("police", "state", status="required_by_law"))
    who = next_readers(at_the_police(bound=True), net)
    assert [one.id for one in who.kept_readers] == ["state"]
    said = condition_sentence(who)
    assert "1 other could still get it, by law or as was seen to happen" in said
    assert "A promise is no wall" in said
    assert [one.id for one in who.readers] == ["ice", "center", "state"]
    assert who.kept["worst_case"].reached["state"].strongest.steps[0].despite_promise


def test_a_kept_condition_yields_to_law_and_from_there_nobody_is_bound():
    net = network(lets("police", "state", status="required_by_law"), lets("state", "ice"))
    said = condition_sentence(next_readers(at_the_police(bound=True), net))
    assert "immigration enforcement could still reach it in 2 steps" in said


def test_a_transfer_that_was_seen_goes_over_the_condition():
    net = network(lets("police", "ice", status="observed"))
    who = next_readers(at_the_police(bound=True), net)
    assert [one.id for one in who.kept_readers] == ["ice"]
    assert [layer.name for layer in layers(who)] == ["Permitted", "Recorded", "Not known"]
    assert layers(who)[0].sentence.startswith("0 agreements")
    assert layers(who)[1].sentence == "1 transfer of some record was seen on these ways."


def test_without_a_condition_the_page_says_so():
    who = next_readers(at_the_police(), network(lets("police", "center")))
    assert not who.kept
    said = condition_sentence(who)
    assert "No condition is put on this copy" in said
    assert "99.33" not in said, "that no condition was put is not that the rule does not cover it"
    assert "99.33(c)" in condition_sentence(next_readers(at_the_police(exempt=True), network(lets("police", "center"))))


def test_a_no_is_proved_with_what_closes_each_way_out():
    net = network(
        lets("police", "center"),
        lets("center", "ice", end=date(2020, 1, 1)),
        lets("police", "ice", status="prohibited"),
        lets("center", "analyst", id="health", kinds=frozenset({"health_record"})),
    )
    who = next_readers(at_the_police(), net)
    proof = no_path(who.widest, WATCHED)
    assert proof is not None
    assert proof.sentence == (
        "We know of no path to immigration enforcement. The 2 agencies that could have it share it with nobody else "
        "under agreements in force; the 3 that lead out of them are closed: 1 forbidden by a rule; 1 not for this kind "
        "of record; 1 not in force while they have it."
    )
    assert len(proof.rows) == 3
    assert reach_sentence(who.readers, WATCHED) == (
        "1 other could read this copy next; immigration enforcement is not among them."
    )


def test_nobody_at_all_and_nobody_to_watch():
    who = next_readers(at_the_police(), network())
    assert reach_sentence(who.readers) == "We know of no agreement by which this copy could move on."
    alone = reach.Network((reach.Agency("police", "The police", "local_police"),), ())
    missing = no_path(next_readers(at_the_police(), alone).widest, WATCHED)
    assert missing is not None
    assert "names no agency of the watched kind" in missing.sentence


@pytest.mark.parametrize(
    ("record", "protected", "kinds"),
    [
        ("weapon_report", False, {"weapon_report"}),
        ("student_record", False, {"incident_report"}),
        ("incident_report", True, {"incident_report", "protected_attributes"}),
    ],
)
def test_a_copy_is_what_its_record_is(record, protected, kinds):
    assert kinds_of(record, protected=protected) == kinds


def test_a_weapon_report_goes_by_its_own_agreements():
    net = network(lets("police", "ice", kinds=frozenset({"weapon_report"})))
    assert not next_readers(at_the_police(), net).readers
    assert next_readers(at_the_police(kinds=kinds_of("weapon_report", protected=False)), net).readers


def test_the_watched_kind_is_a_setting(settings):
    settings.WATCHED_KINDS = ("state_police",)
    assert is_watched("state_police")
    who = next_readers(at_the_police(), network(lets("police", "state"), lets("police", "ice")))
    assert [one.id for one in who.readers] == ["state", "ice"]
    assert reach_sentence(who.readers).startswith("Sheriff, state or transit police could reach")


@settings(
    max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(net=networks(), bound=st.booleans())
def test_keeping_a_condition_never_adds_a_reader_and_words_never_fail(net, bound):
    hidden = frozenset({"hidden"})
    copy = Copy("police", date(2026, 1, 3), bound=bound)
    who = next_readers(copy, net)
    everybody = {one.id for one in who.readers}
    assert everybody == set(who.widest.reached)
    assert {one.id for one in who.kept_readers} <= everybody
    proof = no_path(who.widest, hidden)
    assert (proof is None) == any(one.agency.kind == "hidden" for one in who.widest.reached.values())
    for language in ("en", "es"):
        lines = family_lines(copy, net, hidden, language)
        assert lines
        assert not any("{" in line for line in lines)


# A family


def test_a_family_is_told_of_the_federal_rule_only_where_it_leaves_the_copy_free():
    net = network(lets("police", "center"))
    assert "The federal rule against passing school records on does not cover this copy." in tell(net, exempt=True)
    assert not any("rule against" in line for line in tell(net))
    assert any("regla federal" in line for line in tell(net, "es", exempt=True))


def tell(net, language="en", **said):
    return family_lines(at_the_police(**said), net, WATCHED, language)


def test_a_family_is_told_each_step_by_what_it_rests_on():
    net = network(lets("police", "center", basis="membership"), lets("center", "ice", basis="log_in"))
    assert tell(net) == (
        "The police (the local police) has this copy.",
        "We did not tell them that they may not pass it on.",
        "The police belongs to The center (a center where police and federal agencies share what they know).",
        "The ice (immigration enforcement) can look into what The center holds.",
        "So immigration enforcement could read it, in 2 steps.",
    )
    assert tell(net, "es") == (
        "The police (la policía local) tiene esta copia.",
        "No les dijimos que no pueden pasarla a otros.",
        "The police pertenece a The center (un centro donde la policía y agencias federales comparten lo que saben).",
        "The ice (la agencia federal de inmigración) puede ver lo que guarda The center.",
        "Así, la agencia federal de inmigración podría leerla en 2 pasos.",
    )


@pytest.mark.parametrize(
    ("said", "english", "spanish"),
    [
        ({"basis": "agreement"}, "shares with", "comparte con"),
        ({"basis": "statute"}, "A law says that", "Una ley dice que"),
        ({"basis": "grant"}, "as part of a grant", "porque recibe fondos"),
        ({"basis": "vendor_contract"}, "a company it pays", "una empresa"),
        ({"basis": "transfer", "status": "observed"}, "was seen to pass", "Se vio que"),
        ({"status": "disputed"}, "Others say that this is not so", "Otros dicen que no es así"),
        ({"start": date(2027, 2, 1)}, "That starts on February 1, 2027.", "Eso empieza el 1 de febrero de 2027."),
        (UNREAD, "We have not read the rules", "No hemos leído las reglas"),
    ],
)
def test_each_reason_has_its_sentence_in_both_languages(said, english, spanish):
    net = network(lets("police", "ice", **said))
    assert english in " ".join(tell(net))
    assert spanish in " ".join(tell(net, "es"))


def test_a_unit_is_said_to_be_a_part_of_its_agency_whichever_way_data_moves():
    net = network(lets("police", "center", basis="membership"), lets("center", "ice"), part_of={"center": "police"})
    assert (
        "The center (a center where police and federal agencies share what they know) is a part of The police."
        in tell(net)
    )


def test_a_condition_is_told_as_a_rule_that_can_be_broken():
    assert "They could still break that rule." in tell(network(lets("police", "ice")), bound=True)[1]
    assert "podrían no cumplir" in tell(network(lets("police", "ice")), "es", bound=True)[1]


def test_nobody_and_nobody_watched_are_said_honestly():
    assert tell(network())[-1] == "Nobody else can read it, as far as we know."
    assert tell(network(lets("police", "state")))[-2:] == (
        "We know of no way for immigration enforcement to read it.",
        "These could read it next: The state.",
    )


def test_a_long_way_is_told_in_a_few_lines():
    names = [f"a{number}" for number in range(9)]
    agencies = (
        reach.Agency("police", "The police", "local_police"),
        *(reach.Agency(name, name, "state_police") for name in names),
        reach.Agency("ice", "ICE", "federal_immigration"),
    )
    chain = ["police", *names, "ice"]
    net = reach.Network(agencies, tuple(lets(a, b) for a, b in pairwise(chain)))
    lines = tell(net)
    assert len(lines) == 8
    assert "Then it goes on in the same way." in lines
    assert lines[-1] == "So immigration enforcement could read it, in 10 steps."


def test_own_language_first_then_english_and_english_where_we_lack_it():
    assert family_languages("es") == ("es", "en")
    assert family_languages("ht") == family_languages("en") == ("en",)
    words = family_words(at_the_police(), network(lets("police", "ice")), WATCHED, "es")
    assert words.summary == "La agencia federal de inmigración podría leerla después, en un paso."
    assert words.rules == "Estas son reglas, no hechos. Dicen lo que puede pasar. No dicen que haya pasado."
