"""What may be cited about a transfer: a table of cases, and what holds for every one."""

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate import rulebooks
from schoolgate.apps.transfers.asking import QUESTIONS
from schoolgate.apps.transfers.cited import CopyFacts, Facts
from schoolgate.apps.transfers.citing import findings, section_of
from schoolgate.engines import law

BOOK = law.load_rulebook(Path(rulebooks.__file__).parent, "boston")
ELSEWHERE = law.load_rulebook(Path(rulebooks.__file__).parent, "illinois")
DAY = date(2026, 11, 3)
BOUND = CopyFacts("C-BOUND", "police", conditioned=True, court_paper=False)
PAPER = CopyFacts("C-PAPER", "police", conditioned=False, court_paper=True)
BARE = CopyFacts("C-BARE", "police", conditioned=False, court_paper=False)
AT_DA = CopyFacts("C-DA", "da", conditioned=True, court_paper=False)
AT_CENTER = CopyFacts("C-BRIC", "bric", conditioned=True, court_paper=False)

BROKEN = {"consented": False, "for_district": False, "ordered": False, "breach_confirmed": True}
POLICE = Facts(DAY, DAY, "police", "local_police", "fusion_center", (BOUND,), known=True, answers=BROKEN)
CENTER = replace(POLICE, giver="bric", giver_kind="fusion_center", receiver_kind="federal_immigration", answers={})
SCHOOL = replace(POLICE, giver="school", giver_kind="school", receiver_kind="local_police", copies=(), answers={})
WITHIN = replace(POLICE, whole=frozenset({"police", "bric"}), receiver_belongs=True)
UNIT = replace(CENTER, copies=(BOUND,), answers=BROKEN, whole=frozenset({"police", "bric"}))

A, PURGE, SPREAD, REVIEW = "34 CFR 99.33(a)(1)", "28 CFR 23.20(c)", "28 CFR 23.20(e)", "28 CFR 23.20(h)"
USE = "34 CFR 99.33(a)(2)"
BAR, NAMES, NOTICE = "34 CFR 99.67", "34 CFR 99.32(b)(1)", "34 CFR 99.33(b)(2)"
DOOR, STATE_DOOR, ORDINANCE = "34 CFR 99.31", "603 CMR 23.07(4)", "Boston Code 16-63.4"
L37, TRACKING = "M.G.L. c.71 s.37L, para 4", "M.G.L. c.71 s.37L, para 4 (tracking systems)"
LOG = "603 CMR 23.07(1)"


@dataclass(frozen=True)
class Row:
    """One case: what is cited besides the log, what is left out, what is asked, what later requests are told."""

    name: str
    facts: Facts
    cited: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    which: bool = False
    breaks: bool | None = False


def but(facts: Facts, **answers: bool | None) -> Facts:
    return replace(facts, answers={**(facts.answers or {}), **answers})


TABLE = [
    Row("the condition is broken, a center got it", POLICE, {A, BAR, PURGE, REVIEW}, set(), set(), breaks=True),
    Row(
        "the same to immigration enforcement: no intelligence system, no Part 23",
        replace(POLICE, receiver_kind="federal_immigration"),
        {A, BAR},
        {PURGE},
        breaks=True,
    ),
    Row("consent is not known", but(POLICE, consented=None), {REVIEW}, {PURGE}, {"consented"}, breaks=None),
    Row("an order is not known", but(POLICE, ordered=None), {REVIEW}, {PURGE}, {"ordered"}, breaks=None),
    Row("nothing is known", replace(POLICE, answers=None), {REVIEW}, {PURGE}, {"consented", "for_district", "ordered"},
        breaks=None),
    Row("all is answered, and counsel has not confirmed", but(POLICE, breach_confirmed=None), {REVIEW}, {PURGE},
        {"breach_confirmed"}, breaks=None),
    Row("counsel does not hold it broken", but(POLICE, breach_confirmed=False), {REVIEW}, {A, PURGE}),
    Row("counsel's word alone is no fact", replace(POLICE, answers={"breach_confirmed": True}), {REVIEW}, {PURGE},
        {"consented", "for_district", "ordered"}, breaks=None),
    Row("to its own unit: one agency or two", WITHIN, {REVIEW}, {PURGE}, {"one_agency"}, breaks=None),
    Row("to its own unit, one agency", but(WITHIN, one_agency=True), {USE, REVIEW}, {A, PURGE}),
    Row("to its own unit, another party", but(WITHIN, one_agency=False), {A, BAR, PURGE, REVIEW}, breaks=True),
    Row("the holder's unit passes it on", UNIT, {A, BAR, REVIEW}, set(),
        {"equal_rules", "imminent_danger", "center_in_breach"}, breaks=True),
    Row("the family agreed", but(POLICE, consented=True), {REVIEW}, {A, PURGE}),
    Row("passed on for the district", but(POLICE, for_district=True), {NAMES, REVIEW}, {A, PURGE}),
    Row("ordered to hand it on", but(POLICE, ordered=True), {REVIEW}, {A, PURGE}, {"notice_exempt"}),
    Row("ordered, by a paper that lets the family know", but(POLICE, ordered=True, notice_exempt=False),
        {NOTICE, REVIEW}, {A, PURGE}),
    Row("ordered, by a paper that forbids it", but(POLICE, ordered=True, notice_exempt=True), {REVIEW},
        {A, PURGE, NOTICE}),
    Row("under a subpoena: no federal ban", replace(POLICE, copies=(PAPER,)), {REVIEW}, {"34 CFR 99.33(a)", PURGE}),
    Row("no condition, no court paper", replace(POLICE, copies=(BARE,)), {REVIEW}, {"34 CFR 99.33(a)", PURGE}),
    Row("which of two copies", replace(POLICE, copies=(BOUND, PAPER), known=False), {REVIEW},
        {"34 CFR 99.33(a)", PURGE}, which=True, breaks=None),
    Row("one possible copy, not certain", replace(POLICE, known=False), {REVIEW}, {PURGE}, which=True, breaks=None),
    Row("two copies under subpoenas, whichever it was", replace(POLICE, copies=(PAPER, PAPER), known=False), {REVIEW},
        {"34 CFR 99.33(a)", PURGE}),
    Row("we gave it to somebody else", replace(POLICE, copies=(AT_DA,)), {REVIEW}, {A, PURGE}),
    Row("no copy of ours", replace(POLICE, copies=(), known=False), {REVIEW}, {A, PURGE}),
    Row("before the rules of 2009", replace(POLICE, first_day=date(2008, 1, 2), last_day=date(2008, 1, 2)), {REVIEW},
        {A, PURGE, LOG} - {LOG}),
    Row("across the day the rules began", replace(POLICE, first_day=date(2008, 12, 1), last_day=date(2009, 2, 1)),
        {REVIEW}, {A, PURGE}),
    Row("a center passes on a copy that came by others", replace(CENTER, copies=(BOUND,)), {REVIEW}, {A},
        {"center_in_breach", "equal_rules", "imminent_danger"}),
    Row("an earlier case shows how the center got it", replace(CENTER, center_breach=True), {PURGE, REVIEW}, {A},
        {"equal_rules", "imminent_danger"}),
    Row("counsel finds that the center got it in breach", but(CENTER, center_in_breach=True), {PURGE, REVIEW}, {A},
        {"equal_rules", "imminent_danger"}),
    Row("counsel finds that it got it lawfully", but(CENTER, center_in_breach=False), {REVIEW}, {A, PURGE},
        {"equal_rules", "imminent_danger"}),
    Row("we gave it to the center, which passes it on", replace(CENTER, copies=(AT_CENTER,), answers=BROKEN),
        {A, BAR, REVIEW}, {PURGE}, {"equal_rules", "imminent_danger"}, breaks=True),
    Row("the receiver agreed to equal rules", but(CENTER, equal_rules=True, center_in_breach=False), {REVIEW},
        {A, PURGE, SPREAD}),
    Row("a warning of danger", but(CENTER, equal_rules=False, imminent_danger=True, center_in_breach=False), {REVIEW},
        {A, PURGE, SPREAD}),
    Row("neither", but(CENTER, equal_rules=False, imminent_danger=False, center_in_breach=False), {SPREAD, REVIEW},
        {A, PURGE}),
    Row("no law enforcement at all", replace(but(CENTER, imminent_danger=False, center_in_breach=False),
        receiver_kind="contractor"), {SPREAD, REVIEW}, {A, PURGE}),
    Row("center to center",
        replace(but(CENTER, center_in_breach=True, equal_rules=True), receiver_kind="fusion_center"),
        {PURGE, REVIEW}, {A, SPREAD, PURGE}),
    Row("the school itself, nothing known", SCHOOL, set(), {A, PURGE},
        {"door_open", "listed_kinds", "germane", "ordinance_allowed"}),
    Row("the school itself, all in breach",
        but(SCHOOL, door_open=False, listed_kinds=True, germane=False, ordinance_allowed=False),
        {DOOR, STATE_DOOR, L37, ORDINANCE}, {A, PURGE}),
    Row("the school itself, all in order",
        but(SCHOOL, door_open=True, listed_kinds=False, germane=None, ordinance_allowed=True), set(),
        {A, PURGE, DOOR, L37, ORDINANCE}),
    Row("germane", but(SCHOOL, door_open=True, listed_kinds=True, germane=True, ordinance_allowed=True), set(),
        {A, PURGE, DOOR, L37, ORDINANCE}),
    Row("germane, whatever it held", but(SCHOOL, door_open=True, germane=True, ordinance_allowed=True), set(),
        {A, PURGE, DOOR, L37, ORDINANCE}),
    Row("the school to a center, in breach", replace(but(SCHOOL, door_open=True, listed_kinds=True, germane=False,
        ordinance_allowed=True), receiver_kind="fusion_center"), {TRACKING, PURGE, REVIEW}, {A, DOOR, ORDINANCE}),
    Row("the report of 2015: neither statute nor ordinance was there",
        replace(but(SCHOOL, door_open=None), receiver_kind="fusion_center", first_day=date(2015, 11, 20),
        last_day=date(2015, 11, 20)), {REVIEW}, {A, PURGE, TRACKING, ORDINANCE}, {"door_open"}),
    Row("the report of 2015, with no door", replace(but(SCHOOL, door_open=False), receiver_kind="fusion_center",
        first_day=date(2015, 11, 20), last_day=date(2015, 11, 20)), {DOOR, STATE_DOOR, PURGE, REVIEW},
        {A, TRACKING, ORDINANCE}),
    Row("the day before 37L", replace(but(SCHOOL, door_open=True, listed_kinds=True, germane=False),
        first_day=date(2020, 12, 30), last_day=date(2020, 12, 30)), set(), {A, PURGE, DOOR, L37, ORDINANCE}),
    Row("the day of 37L", replace(but(SCHOOL, door_open=True, listed_kinds=True, germane=False),
        first_day=date(2020, 12, 31), last_day=date(2020, 12, 31)), {L37}, {A, PURGE, DOOR, ORDINANCE}),
    Row("the day before the ordinance",
        replace(but(SCHOOL, door_open=True, listed_kinds=False, ordinance_allowed=False),
        first_day=date(2021, 11, 19), last_day=date(2021, 11, 19)), set(), {A, PURGE, DOOR, L37, ORDINANCE}),
    Row("the day of the ordinance", replace(but(SCHOOL, door_open=True, listed_kinds=False, ordinance_allowed=False),
        first_day=date(2021, 11, 20), last_day=date(2021, 11, 20)), {ORDINANCE}, {A, PURGE, DOOR, L37}),
    Row("the school to a health provider: no law enforcement", replace(but(SCHOOL, door_open=False),
        receiver_kind="health_provider"), {DOOR, STATE_DOOR}, {A, PURGE}),
    Row("the officer in the school, without a copy of ours", replace(but(POLICE, listed_kinds=True, germane=False),
        giver="officer", giver_kind="school_resource_officer", receiver_kind="local_police", copies=(), known=False),
        {L37}, {A, PURGE}),
    Row("an education authority owes its record", replace(POLICE, giver="dese", giver_kind="education_authority",
        receiver_kind="contractor", copies=(), known=False), {"34 CFR 99.32(b)(2)"}, {A, PURGE}),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_table(row):
    found = findings(row.facts, BOOK)
    log = {LOG} if row.facts.first_day >= date(2006, 8, 15) else set()
    assert {one.citation for one in found.cited} == row.cited | log
    not_authority = {"34 CFR 99.32(b)(2)"} if row.facts.giver_kind not in {"school", "education_authority"} else set()
    assert {one.citation for one in found.left} == row.left | not_authority
    assert set(found.asked) == row.asked
    assert found.which_copy is row.which
    assert found.breaks_condition is row.breaks


def test_a_copy_under_court_paper_gets_advice_and_never_99_33_against_it():
    found = findings(replace(POLICE, copies=(PAPER,)), BOOK)
    assert "protective order" in found.advice[0]
    assert not any("99.33" in one.citation for one in found.cited)
    assert "99.33(c)" in next(one.why for one in found.left if "99.33" in one.citation)


def test_a_court_is_asked_by_a_motion():
    assert "sealed" in findings(replace(POLICE, receiver_kind="court"), BOOK).advice[0]
    assert not findings(POLICE, BOOK).advice


def test_what_nobody_read_is_marked_so():
    found = {one.citation: one for one in findings(POLICE, BOOK).cited}
    assert found[BAR].evidence == found[REVIEW].evidence == "unverified"
    assert "counsel must verify" in found[BAR].why
    assert "counsel must verify" in found[REVIEW].why
    assert found[BAR].parts == found[REVIEW].parts == {"case"}, "no letter threatens with law that nobody read"
    assert found[PURGE].parts == {"receiver"}, "the purge demand goes to the center"


def test_the_purge_demand_names_the_law_that_was_broken():
    assert A in next(one.why for one in findings(POLICE, BOOK).cited if one.citation == PURGE)


def test_another_state_cites_no_law_of_massachusetts():
    facts = but(SCHOOL, door_open=False, listed_kinds=True, germane=False, ordinance_allowed=False)
    found = findings(facts, ELSEWHERE)
    assert {one.citation for one in found.cited} == {DOOR}
    assert "Boston Code 16-63.4" not in {one.citation for one in found.left}


KINDS = [*sorted(BOOK.vocabulary.recipients), "school", "school_official"]
COPIES = st.lists(st.sampled_from((BOUND, PAPER, BARE, AT_DA, AT_CENTER)), max_size=3)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dates(date(1995, 1, 1), date(2026, 11, 28)),
    st.integers(0, 900),
    st.sampled_from(KINDS),
    st.sampled_from(KINDS),
    COPIES,
    st.dictionaries(st.sampled_from(sorted(QUESTIONS)), st.sampled_from((True, False, None))),
    st.booleans(),
)
def test_what_holds_for_every_transfer(  # noqa: PLR0917 - hypothesis gives them in order
    last, span, giver, receiver, copies, answers, known
):
    first = date.fromordinal(max(last.toordinal() - span, date(1995, 1, 1).toordinal()))
    sure = known and len(copies) == 1
    facts = Facts(first, last, "police", giver, receiver, tuple(copies), known=sure, answers=answers)
    found = findings(facts, BOOK)
    cited = {one.citation for one in found.cited}
    # No fact that is missing is taken as given: without answers nothing is a breach.
    silent = findings(replace(facts, answers={}), BOOK)
    assert not any(one.breach for one in silent.cited)
    # Nothing is cited before it was in force, by the rulebook's own dates.
    for one in found.cited:
        if one.provision:
            assert BOOK.provisions[one.provision].applies_on(first)
            assert BOOK.provisions[one.provision].applies_on(last)
    # 99.33 is cited only of a certain copy that left on the condition and was the giver's.
    if A in cited:
        assert sure
        assert copies[0].conditioned
        assert copies[0].holder == "police"
        assert answers["breach_confirmed"] is True
    # A purge demand under Part 23 rests on a law that was broken, or on counsel's word that one was.
    if PURGE in cited and answers.get("center_in_breach") is not True:
        assert any(one.breach and one.citation != PURGE for one in found.cited)
    # What is asked has a question, and an answer ends it.
    assert set(found.asked) <= set(QUESTIONS)
    assert not {fact for fact in found.asked if answers.get(fact) is not None}


@pytest.mark.parametrize(
    ("citation", "section"),
    [
        ("34 CFR 99.33(a)(1)", "99.33"),
        ("28 CFR 23.20(c)", "23.20"),
        ("M.G.L. c.71 s.37L, para 4", "37L"),
        ("Boston Code 16-63.4", "16-63.4"),
        ("603 CMR 23.07(4)", "23.07"),
    ],
)
def test_the_section_of_a_citation(citation, section):
    assert section_of(citation) == section
