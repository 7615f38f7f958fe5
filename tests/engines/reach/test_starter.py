"""The Massachusetts network, checked by hand against the fact sheet it was written from."""

from datetime import date

import pytest

from schoolgate.engines.reach import (
    Reach,
    ReachError,
    Reading,
    Status,
    certificate,
    choke_points,
    reach,
    starter_network,
)

BOSTON = starter_network()
REPORT = ("incident_report", "protected_attributes")
USES = frozenset[str]().union(*(one.purposes for one in BOSTON.agreements if one.purposes))
LEVELS: dict[str, tuple[Status, ...]] = {
    "documented": ("required_by_law", "documented"),
    "disputed": ("required_by_law", "documented", "disputed"),
    "observed": ("required_by_law", "documented", "disputed", "observed"),
}
FIGHT, LAST_BEFORE_37L = date(2015, 11, 20), date(2020, 12, 30)
AFTER_SCHOOL_POLICE, TODAY = date(2021, 7, 2), date(2026, 11, 28)
INSIDE = {"bps_safety", "da", "sro", "vendor"}


def ask(
    holder: str,
    since: date,
    level: str,
    reading: Reading,
    *,
    until: date | None = None,
    kinds: tuple[str, ...] = REPORT,
) -> Reach:
    return reach(BOSTON, holder, since, kinds, USES, until=until or since, statuses=LEVELS[level], reading=reading)


def ways(answer: Reach) -> dict[str, str]:
    return {name: " > ".join(step.agreement.id for step in one.strongest.steps) for name, one in answer.reached.items()}


def whys(answer: Reach, agency: str) -> dict[str, str]:
    return {one.agreement.id: one.why for one in certificate(answer, agency).crossings}


def test_every_agreement_says_where_it_stands_and_how_that_is_known() -> None:
    words = ("How known: read", "How known: secondary source", "How known: only its start", "How known: general")
    for one in BOSTON.agreements:
        assert one.source, one.id
        assert any(word in one.notes for word in words), one.id
        if one.start is None and one.status in {"documented", "required_by_law"}:
            assert "irst day not known" in one.notes or "first day stays open" in one.notes, one.id
        if one.onward != "no" and one.status in {"documented", "required_by_law"}:
            assert "Passing on: " in one.notes, one.id


@pytest.mark.parametrize(
    ("giver", "receiver", "status"),
    [
        ("school", "bps_safety", "documented"),
        ("bps_safety", "bpd", "documented"),
        ("school", "bpd", "required_by_law"),
        ("bpd", "bric", "documented"),
        ("school_police", "bric", "documented"),
        ("bric", "dhs_analyst", "documented"),
        ("bric", "ice", "disputed"),
        ("bric", "state_police", "disputed"),
        ("bric", "other_police", "disputed"),
        ("da", "bpd", "disputed"),
        ("sro", "bpd", "prohibited"),
        ("dcf", "bpd", "required_by_law"),
        ("dcf", "da", "required_by_law"),
        ("vendor", "bpd", "prohibited"),
    ],
)
def test_every_edge_of_the_sheet_is_there_with_its_status(giver: str, receiver: str, status: str) -> None:
    assert status in {one.status for one in BOSTON.agreements if (one.giver, one.receiver) == (giver, receiver)}


def test_units_and_systems_are_told_from_agencies() -> None:
    assert (BOSTON.agency("bric").form, BOSTON.agency("bric").part_of) == ("unit", "bpd")
    assert (BOSTON.agency("gang_database").form, BOSTON.agency("gang_database").part_of) == ("system", "bric")


# --- a school police report, held by the school police -------------------------------------------


@pytest.mark.parametrize("day", [FIGHT, LAST_BEFORE_37L])
@pytest.mark.parametrize("level", ["documented", "disputed"])
def test_strictly_read_the_police_the_center_and_its_federal_analyst_could_read_it(day: date, level: str) -> None:
    answer = ask("school_police", day, level, "strict")
    assert ways(answer) == {
        "bpd": "school-police-bpd",
        "bric": "school-police-bric",
        "dhs_analyst": "school-police-bric > bric-dhs",
    }
    assert answer.reached["dhs_analyst"].kinds == set(REPORT)
    why = whys(answer, "ice")
    assert why["bric-ice"] == ("status" if level == "documented" else "labels")
    assert why["bric-ice-exhibits"] == "status"
    assert why["trust-act"] == "status"


def test_immigration_enforcement_is_reached_strictly_only_by_what_was_observed() -> None:
    answer = ask("school_police", FIGHT, "observed", "strict")
    assert ways(answer)["ice"] == "school-police-bric > bric-ice-exhibits"
    assert answer.reached["ice"].weakest_status == "observed"
    assert answer.reached["ice"].purposes == {"immigration_enforcement"}
    later = ask("school_police", LAST_BEFORE_37L, "observed", "strict")
    assert whys(later, "ice")["bric-ice-exhibits"] == "dates"


@pytest.mark.parametrize("day", [FIGHT, LAST_BEFORE_37L])
def test_in_the_worst_case_it_reached_immigration_enforcement_in_two_steps(day: date) -> None:
    disputed = ask("school_police", day, "disputed", "worst_case")
    assert ways(disputed)["ice"] == "school-police-bric > bric-ice"
    assert disputed.reached["ice"].weakest_status == "disputed"
    assert {"state_police", "other_police", "gang_database"} <= disputed.reached.keys()
    documented = ask("school_police", day, "documented", "worst_case")
    assert ways(documented).keys() == {"bpd", "bric", "dhs_analyst", "gang_database"}
    assert whys(documented, "ice")["bric-ice"] == "status"


@pytest.mark.parametrize("day", [AFTER_SCHOOL_POLICE, TODAY])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("reading", ["strict", "worst_case"])
def test_since_the_school_police_ended_nothing_leaves_them(day: date, level: str, reading: Reading) -> None:
    answer = ask("school_police", day, level, reading)
    assert not answer.reached
    assert whys(answer, "bpd")["school-police-bpd"] == "dates"
    assert whys(answer, "bric")["school-police-bric"] == "dates"


# --- the same report, held at a school -----------------------------------------------------------


@pytest.mark.parametrize("day", [FIGHT, LAST_BEFORE_37L])
def test_at_a_school_it_took_one_step_more(day: date) -> None:
    strict = ask("school", day, "documented", "strict")
    assert strict.reached.keys() == INSIDE | {"school_police", "bpd", "bric", "dhs_analyst"}
    assert ways(strict)["dhs_analyst"] == "school-police-staff > school-police-bric > bric-dhs"
    assert "ice" in strict.not_reached
    worst = ask("school", day, "disputed", "worst_case")
    assert ways(worst)["ice"] == "school-police-staff > school-police-bric > bric-ice"


def test_the_day_after_the_school_police_a_report_stops_at_the_police_strictly_read() -> None:
    strict = ask("school", AFTER_SCHOOL_POLICE, "documented", "strict")
    assert strict.reached.keys() == INSIDE | {"bpd"}
    assert ways(strict)["bpd"] == "saf04-safety > safety-police"
    assert strict.reached["bpd"].kinds == {"incident_report"}
    assert whys(strict, "bric")["bpd-bric"] == "onward"
    worst = ask("school", AFTER_SCHOOL_POLICE, "documented", "worst_case")
    assert ways(worst)["dhs_analyst"] == "saf04-safety > safety-police > bpd-bric > bric-dhs"
    assert "ice" in worst.not_reached
    assert ways(ask("school", AFTER_SCHOOL_POLICE, "disputed", "worst_case"))["ice"].endswith("bpd-bric > bric-ice")


def test_today_no_documented_agreement_carries_an_incident_report_to_the_police() -> None:
    for reading in ("strict", "worst_case"):
        answer = ask("school", TODAY, "documented", reading)
        assert answer.reached.keys() == INSIDE
        assert whys(answer, "bpd")["safety-police"] == "dates"
        assert whys(answer, "bpd")["safety-police-ordinance"] == "status"
    disputed = ask("school", TODAY, "disputed", "strict")
    assert disputed.reached["bpd"].weakest_status == "disputed"
    assert "bric" in disputed.not_reached
    worst = ask("school", TODAY, "observed", "worst_case")
    assert worst.reached["ice"].fewest_hops.hops == 3
    assert worst.reached["ice"].weakest_status == "disputed"


def test_the_weapon_report_goes_to_the_chief_by_statute_on_any_day() -> None:
    for day in (FIGHT, LAST_BEFORE_37L, AFTER_SCHOOL_POLICE, TODAY):
        answer = ask("school", day, "documented", "strict", kinds=("weapon_report",))
        assert ways(answer)["bpd"] == "37l-weapon"
        assert answer.reached["bpd"].strongest.weakest_status == "required_by_law"
        assert ways(answer)["dcf"] == "37l-weapon-dcf"


def test_an_abuse_report_goes_by_statute_to_child_welfare_police_and_prosecutor() -> None:
    answer = ask("school", TODAY, "documented", "strict", kinds=("abuse_report",))
    assert ways(answer) == {
        "dcf": "51a",
        "bpd": "51a > 51b-police",
        "da": "51a > 51b-da",
        "vendor": "vendor-service",
    }


# --- what the statute of 2020 changed ------------------------------------------------------------


def test_a_gang_label_went_to_the_police_until_the_statute_and_not_after() -> None:
    label = ("protected_attributes",)
    before = ask("school", LAST_BEFORE_37L, "documented", "strict", kinds=label)
    assert before.reached.keys() == {"bps_safety", "school_police", "bpd", "bric", "dhs_analyst"}
    after = ask("school", date(2020, 12, 31), "documented", "strict", kinds=label)
    assert after.reached.keys() == {"bps_safety", "school_police"}
    why = whys(after, "bpd")
    assert why["safety-police-attributes"] == why["school-police-bpd-attributes"] == "dates"
    assert why["safety-police-37l"] == why["school-police-37l"] == "status"
    assert whys(after, "bric")["school-police-bric-37l"] == "status"


# --- a copy of 2015, today -----------------------------------------------------------------------


def test_a_copy_of_2015_is_where_it_got_to_whatever_ended_since() -> None:
    strict = ask("school_police", FIGHT, "documented", "strict", until=TODAY)
    assert strict.reached.keys() == {"bpd", "bric", "dhs_analyst", "bps_safety"}
    assert strict.reached["dhs_analyst"].day == FIGHT
    assert strict.reached["bps_safety"].day == date(2021, 7, 1)
    observed = ask("school_police", FIGHT, "observed", "strict", until=TODAY)
    assert "ice" in observed.reached
    worst = ask("school_police", FIGHT, "disputed", "worst_case", until=TODAY)
    assert {"ice", "state_police", "other_police", "gang_database"} <= worst.reached.keys()


@pytest.mark.parametrize(("day", "ways_out"), [(FIGHT, {"bric-ice"}), (TODAY, {"bpd-bric", "bric-ice"})])
def test_what_alone_cuts_immigration_enforcement_off_in_the_worst_case(day: date, ways_out: set[str]) -> None:
    chokes = choke_points(
        BOSTON,
        "school",
        ["ice"],
        since=day,
        until=day,
        kinds=REPORT,
        purposes=USES,
        statuses=LEVELS["disputed"],
        reading="worst_case",
    )
    assert {one.agreement.id for one in chokes} == ways_out


def test_there_is_no_other_starter_network() -> None:
    with pytest.raises(ReachError, match="known: massachusetts"):
        starter_network("atlantis")
