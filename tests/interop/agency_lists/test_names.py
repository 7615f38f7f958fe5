import pytest

from schoolgate.interop.agency_lists import UNKNOWN_KIND, kind_of, parse_name


@pytest.mark.parametrize(
    ("text", "state", "sort", "place"),
    [
        ("Wilson NC PD", "NC", "police", "wilson"),
        ("Huntersville PD NC", "NC", "police", "huntersville"),
        ("Hamlet PD (NC)", "NC", "police", "hamlet"),
        ("TX - Farmers Branch PD", "TX", "police", "farmers branch"),
        ("Brunswick County SO - NC", "NC", "sheriff", "brunswick"),
        ("City of Riverside CA PD", "CA", "police", "riverside"),
        ("St. Joseph Department of Public Safety MI", "MI", "public_safety", "saint joseph"),
        ("Cook County IL Sheriff's PD", "IL", "sheriff", "cook"),
        ("LA County CA Sheriff", "CA", "sheriff", "la"),
        ("Jessamine Co KY SO", "KY", "sheriff", "jessamine"),
        ("Adams County CO SO", "CO", "sheriff", "adams"),
        ("Westminster CO PD", "CO", "police", "westminster"),
        ("Gaston County NC PD", "NC", "county_police", "gaston"),
        ("Winston Salem State University NC PD", "NC", "campus_police", "winston salem state university"),
        ("College Park GA PD", "GA", "police", "college park"),
        ("Alvin ISD TX PD", "TX", "school_police", "alvin"),
        ("Colorado State Patrol", "CO", "state_police", ""),
        ("Indiana State Police IN PD", "IN", "state_police", ""),
        ("Georgia Bureau of Investigation", "GA", "state_investigation", ""),
        ("Kansas City MO PD", "MO", "police", "kansas city"),
        ("Virginia Beach VA PD", "VA", "police", "virginia beach"),
        ("Delaware County OH SO", "OH", "sheriff", "delaware"),
        ("Kansas IL PD", "IL", "police", "kansas"),
        ("Hays County TX Const Pct 4", "TX", "constable", "hays county precinct 4"),
        ("Burlington County NJ Prosecutor's Office", "NJ", "prosecutor", "burlington county"),
        ("ALDOI/ AL State Fire Marshal's Office", "AL", "fire_marshal", "aldoi"),
        ("Crestview Fl PD", "FL", "police", "crestview"),
        ("Guilford County SO", "", "sheriff", "guilford"),
        ("D'Iberville MS PD", "MS", "police", "diberville"),
        ("Athens-Clarke County GA PD", "GA", "county_police", "athens clarke"),
        ("Axon", "", "other", "axon"),
    ],
)
def test_a_name_is_taken_apart(text: str, state: str, sort: str, place: str) -> None:
    name = parse_name(text)
    assert (name.state, name.sort, " ".join(name.place)) == (state, sort, place)


def test_what_a_column_says_counts_more_than_the_name() -> None:
    name = parse_name("Texarkana Police Department", "AR", "Bowie County")
    assert (name.state, name.place, name.counties) == ("AR", ("texarkana",), ("bowie",))
    assert parse_name("Rocky Mount NC PD", county="Edgecombe, Nash").counties == ("edgecombe", "nash")
    assert parse_name("Indiana PA PD", "PA").place == ("indiana",)


def test_what_else_a_name_says_is_kept() -> None:
    assert parse_name("Chicopee MA PD error").remark == "do not use"
    assert parse_name("Springfield MO PD (Raven)").remark == "Raven"
    assert parse_name("Alabama Law Enforcement Agency (ALEA)").remark == ""
    assert parse_name("OH - Prairie Township (Franklin County)").counties == ("franklin",)
    assert parse_name("Town of Poughkeepsie NY PD").form == "town"
    assert parse_name("do not use").sort == "not_in_use"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Wilson NC PD", "local_police"),
        ("Gaston County NC PD", "local_police"),
        ("Union County NC SO", "state_police"),
        ("Colorado State Patrol", "state_police"),
        ("Clemson University SC PD", "state_police"),
        ("Cobb County GA DA", "prosecutor"),
        ("St. Louis Fusion Center MO", "fusion_center"),
        ("FBI", "federal_other"),
        ("United States Border Control - Grand Forks Sector MN", "federal_immigration"),
        ("Axon", UNKNOWN_KIND),
        ("Flock PD", UNKNOWN_KIND),
        ("Alvin ISD TX PD", UNKNOWN_KIND),
        ("Wake County NC ABC", UNKNOWN_KIND),
    ],
)
def test_a_kind_is_taken_only_where_the_name_is_sure(text: str, kind: str) -> None:
    assert kind_of(parse_name(text)) == kind


def test_the_kinds_are_those_of_the_law() -> None:
    from schoolgate.apps.agencies.models import RECIPIENT_KINDS
    from schoolgate.interop.agency_lists.kinds import _KINDS

    assert set(_KINDS.values()) <= set(RECIPIENT_KINDS)
    assert UNKNOWN_KIND not in RECIPIENT_KINDS
