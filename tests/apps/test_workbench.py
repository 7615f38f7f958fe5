"""Counsel's workbench: a case by form and by address, drafts, comparison, replay, claims, kept cases."""

import json
import random
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.urls import reverse

from schoolgate.engines import law

pytestmark = pytest.mark.django_db

CASES = Path(__file__).resolve().parents[1] / "engines" / "law" / "cases"
# What web servers take as the first line of a request, with room to spare.
LONGEST = 3500
BAN = "us.ma.37L-protected-kinds"
CASE = {
    "on": "2026-11-02",
    "to": "local_police",
    "ask": ["student_name", "gang_affiliation"],
    "instrument": "grand_jury_subpoena",
    "purpose": "investigation",
    "record_kind": "incident_report",
}


@pytest.fixture
def counsel(sign_in):
    return sign_in("raman")


@pytest.fixture(scope="module")
def boston():
    from schoolgate.apps.schools.selectors import rulebook_named

    return rulebook_named("boston")


@pytest.fixture
def answered(cast, filed):
    """The police's request with the seven kinds answered for, decided anew: a part may leave."""
    from schoolgate.apps.requests.services import answer_fact, decide_request
    from schoolgate.demonstration import story

    asked, _ = story.asked_and_decided(cast, filed.report, story.GRAND_JURY)
    answer_fact(actor=cast.actor("raman"), request=asked, fact="germane_elements", value=[])
    decide_request(actor=cast.actor("whitfield"), request=asked)
    return asked


def without_ban(boston):
    """The ban's text, in force a few years later."""
    return boston.provisions[BAN].source.replace("in_force_from = 2020-12-31", "in_force_from = 2031-01-01")


def page(response, status=200):
    assert response.status_code == status, response.status_code
    return response.content.decode()


# --- A case and its address


def test_every_scenario_comes_back_from_its_address(boston):
    from datetime import date

    from schoolgate.apps.workbench.address import RESERVED, read, tried

    assert not RESERVED & set(boston.facts)
    assert not [name for name in boston.facts if "-" in name]
    for path in sorted(CASES.glob("S*.json")):
        case = law.load_case(path, boston)
        query = tried(case, boston, book="boston").query(boston)
        back = read(QueryDict(query), boston, book="boston", today=date(2000, 1, 1))
        again = law.parse_case(back.case_data(boston), boston)
        assert not back.problems
        assert (again.vector, again.asked, again.date, again.recipient) == (
            case.vector,
            case.asked,
            case.date,
            case.recipient,
        ), path.name
        assert back.query(boston) == query


def test_the_form_sends_what_its_fields_show(boston, counsel):
    """What a browser would post from the page decides as the page's own address does."""
    from datetime import date

    from schoolgate.apps.workbench.address import read, tried
    from schoolgate.apps.workbench.fields import field_groups

    paths = sorted(CASES.glob("S*.json"))
    for path in random.sample(paths, 12):
        case = law.load_case(path, boston)
        stated = tried(case, boston, book="boston")
        posted = QueryDict(mutable=True)
        posted.update({"book": "boston", "on": stated.day.isoformat(), "to": stated.recipient})
        posted.setlist("ask", list(stated.elements))
        for group in field_groups(boston, case, stated, ()):
            for field in group.fields:
                posted[field.name] = field.value
                posted.setlist(field.member, [option.value for option in field.options if option.chosen])
        back = read(posted, boston, book="boston", today=date(2000, 1, 1))
        assert law.outcomes(boston, law.parse_case(back.case_data(boston), boston)) == law.outcomes(boston, case)
        assert back.query(boston) == stated.query(boston), path.name


def test_unknown_is_an_explicit_choice_also_where_a_default_stands(counsel, boston):
    from datetime import date

    from schoolgate.apps.workbench.address import read

    name = next(name for name, fact in boston.facts.items() if fact.type == "bool" and fact.default is False)
    told = read(QueryDict(f"{name}="), boston, book="boston", today=date(2026, 1, 1))
    silent = read(QueryDict(""), boston, book="boston", today=date(2026, 1, 1))
    assert law.parse_case(told.case_data(boston), boston).facts[name] is None
    assert law.parse_case(silent.case_data(boston), boston).facts[name] is False


def test_the_answer_comes_first_and_questions_are_answered_beside_it(counsel):
    text = page(counsel.get(reverse("workbench:case"), CASE))
    assert "Local police: nothing leaves yet." in text
    assert "Needed now" in text
    assert text.index("nothing leaves yet") < text.index("What must be answered")


def test_without_a_script_the_form_leads_to_the_address_of_its_case(counsel):
    response = counsel.post(
        reverse("workbench:case"), {**CASE, "set": "germane_elements=known&germane_elements-has=gang_affiliation"}
    )
    assert response.status_code == 302
    assert "germane_elements=known&germane_elements-has=gang_affiliation" in response["Location"]
    assert page(counsel.get(response["Location"])).count("<h1>") == 1


def test_a_script_gets_the_decision_and_the_form_only_when_it_asks_something_else(counsel):
    whole = counsel.post(reverse("workbench:case"), CASE, headers={"HX-Request": "true"})
    text = page(whole)
    assert "<html" not in text
    assert 'id="bench"' in text
    assert whole["HX-Retarget"] == "#bench"
    assert urlsplit(whole["HX-Replace-Url"]).path == reverse("workbench:case")
    shown = text.split('name="shown" value="')[1].split('"')[0]
    moved = counsel.post(reverse("workbench:case"), {**CASE, "shown": shown}, headers={"HX-Request": "true"})
    text = page(moved)
    assert "HX-Retarget" not in moved
    assert 'id="bench"' not in text
    assert 'id="decision"' in text
    assert "Local police: nothing leaves yet." in text
    other = {**CASE, "shown": shown, "to": "parent"}
    assert counsel.post(reverse("workbench:case"), other, headers={"HX-Request": "true"})["HX-Retarget"] == "#bench"


def test_a_script_learns_which_questions_are_needed_now_and_which_no_longer(counsel):
    case = {**CASE, "instrument": ""}
    text = page(counsel.get(reverse("workbench:case"), case))
    kept = {name: text.split(f'name="{name}"')[1].split('value="')[1].split('"')[0] for name in ("shown", "needed")}
    assert "instrument" in kept["needed"].split()
    moved = page(counsel.post(reverse("workbench:case"), {**CASE, **kept}, headers={"HX-Request": "true"}))
    assert '<span id="mark-instrument" hx-swap-oob="innerHTML"></span>' in moved
    back = {**case, "shown": kept["shown"], "needed": ""}
    again = page(counsel.post(reverse("workbench:case"), back, headers={"HX-Request": "true"}))
    assert "Needed now" in again.split('<span id="mark-instrument" hx-swap-oob="innerHTML">')[1].split("</legend>")[0]


def test_a_decision_is_told_in_both_languages_and_what_would_change_it_can_be_tried(counsel, answered):
    response = counsel.get(reverse("workbench:request", args=[answered.pk]))
    address = response["Location"].replace(reverse("workbench:case"), reverse("workbench:explanation"))
    text = page(counsel.get(address))
    assert "Se puede entregar una parte. El resto se queda." in text
    assert "A part may leave. The rest stays." in text
    changes = QueryDict(text.split('name="set" value="')[1].split('"')[0].replace("&amp;", "&"))
    assert changes
    before = counsel.get(response["Location"]).context["panel"]
    tried = dict(QueryDict(urlsplit(response["Location"]).query).lists()) | {"set": changes.urlencode()}
    after = counsel.get(counsel.post(reverse("workbench:case"), tried)["Location"]).context["panel"]
    may_leave = [sum(len(row.titles) for row in one.rows if row.outcome == "permit") for one in (before, after)]
    assert may_leave[1] > may_leave[0]


def test_only_what_the_rules_for_this_recipient_ask_is_asked(counsel, boston):
    police = page(counsel.get(reverse("workbench:case"), CASE))
    parent = page(counsel.get(reverse("workbench:case"), {**CASE, "to": "parent"}))
    assert "fact-recipient_is_local_chief" in police
    assert "fact-recipient_is_local_chief" not in parent
    assert "fact-family_relation" in parent
    said = page(counsel.get(reverse("workbench:case"), {**CASE, "to": "parent", "recipient_is_local_chief": "yes"}))
    assert "Said, but no rule for this recipient asks it" in said


def test_what_cannot_be_read_is_said_at_its_field(counsel):
    for changes, words in (
        ({"on": "31/12/2020"}, "Write the day as YYYY-MM-DD."),
        ({"ask": []}, "Mark at least one kind of thing"),
        ({"record_kind": "a secret"}, "This cannot be read"),
    ):
        text = page(counsel.post(reverse("workbench:case"), {**CASE, **changes}))
        assert words in text
        assert "a secret" not in text


def test_another_day_is_another_law(counsel):
    case = {**CASE, "germane_elements": "known", "instrument": "consent"}
    before = page(counsel.get(reverse("workbench:case"), {**case, "on": "2020-12-30"}))
    after = page(counsel.get(reverse("workbench:case"), {**case, "on": "2020-12-31"}))
    assert "M.G.L. c.71 s.37L, para 4" not in before.split("are silent")[0]
    assert "M.G.L. c.71 s.37L, para 4" in after.split("are silent")[0]


def test_what_is_not_verified_says_so_beside_its_vote(counsel, boston):
    text = page(counsel.get(reverse("workbench:case"), {**CASE, "to": "federal_immigration", "instrument": "none"}))
    assert "Not verified" in text
    assert "Our reading" in text


def test_what_every_answer_leads_to_says_so_with_both_provisions(counsel, boston):
    from schoolgate.apps.workbench.links import address_of

    data = json.loads((CASES / "S116.json").read_text(encoding="utf-8"))
    case = law.parse_case({**data, "facts": {**data["facts"], "student_is_18": None}}, boston)
    text = page(counsel.get(address_of(case, boston, "boston")))
    assert "all of it may leave" in text.split("</h1>")[0]
    assert "Facts are missing, yet every answer leads to the same" in text
    assert "Either way" in text
    element = law.decide(boston, case).elements[0]
    assert element.either_way
    for provision in element.provisions:
        assert boston.provisions[provision].citation in text


def test_every_fact_stands_in_one_group(boston):
    from schoolgate.apps.workbench.groups import fact_groups

    grouped = [name for names in fact_groups().values() for name in names]
    assert sorted(grouped) == sorted(boston.facts)
    assert len(fact_groups()) > 5


def test_a_case_is_tried_in_a_fixed_number_of_queries(counsel, django_assert_num_queries):
    page(counsel.get(reverse("workbench:case"), CASE))
    with django_assert_num_queries(7, exact=False):
        page(counsel.get(reverse("workbench:case"), {**CASE, "ask": ["narrative", "weapon", "injury", "school"]}))


def test_an_unknown_rulebook_is_the_district_s_own(counsel):
    assert "Boston Public Schools" in page(counsel.get(reverse("workbench:case"), {**CASE, "book": "../../etc/passwd"}))
    assert "Boston Public Schools" in page(counsel.get(reverse("workbench:case"), {**CASE, "book": "draft.boston"}))


# --- Files and requests


def upload(counsel, content):
    return counsel.post(reverse("workbench:open"), {"case": SimpleUploadedFile("case.json", content)}, follow=True)


def test_a_case_opens_from_a_file_and_forgets_the_name(counsel):
    data = json.loads((CASES / "S014.json").read_text(encoding="utf-8"))
    data["recipient"]["name"] = "Officer Zwiebelfisch"
    response = upload(counsel, json.dumps(data).encode())
    text = page(response)
    assert "Zwiebelfisch" not in text
    assert "Zwiebelfisch" not in str(response.redirect_chain)
    assert "instrument=emergency" in response.redirect_chain[-1][0]


NO_CASES = (b"", b"{", b"[]", b"null", b'{"format": "x"}', b"\xff\xfe\x00", b"[" * 5000, b"x" * 300_000)


def test_what_is_no_case_is_refused_in_words(counsel):
    for content in NO_CASES:
        assert "case" in page(upload(counsel, content)).split("<h1>")[0].split('role="status"')[1], content[:20]


def test_the_case_of_a_request_opens_without_names(counsel, answered):
    response = counsel.get(reverse("workbench:request", args=[answered.pk]), follow=True)
    text = page(response)
    assert "Local police: a part may leave" in text
    for word in ("Marisol", "Kevin", "Boston Police Department", answered.number):
        assert word not in text


# --- Drafts


def save(counsel, text, provision=BAN, **more):
    return counsel.post(
        reverse("workbench:draft"), {"book": "boston", "provision": provision, "text": text, **more}, follow=True
    )


def test_a_draft_changes_what_is_tried_and_nothing_else(counsel, sign_in, boston, cast):
    text = page(save(counsel, without_ban(boston).replace("\n", "\r\n")))
    assert "Your draft changes 1 rule." in text
    case = {**CASE, "germane_elements": "known", "book": "draft.boston"}
    assert "draft of Boston Public Schools" in page(counsel.get(reverse("workbench:case"), case))
    from schoolgate.apps.schools.selectors import rulebook
    from schoolgate.apps.workbench.books import open_book

    assert rulebook().provisions[BAN].source == boston.provisions[BAN].source
    drafted = open_book(cast.actor("raman"), "draft.boston").rulebook
    assert drafted.digest != boston.digest
    assert open_book(cast.actor("raman"), "draft.boston").rulebook is drafted, "the same draft is read once"


def test_a_draft_is_its_author_s_alone(counsel, boston, cast):
    from dataclasses import replace
    from uuid import uuid4

    from schoolgate.apps.workbench.books import book_choices, find_draft, open_book

    save(counsel, without_ban(boston))
    mine = cast.actor("raman")
    other = replace(mine, user_id=uuid4())
    assert find_draft(mine, "boston") is not None
    assert find_draft(other, "boston") is None
    opened = open_book(other, "draft.boston")
    assert opened.rulebook is opened.base
    assert "draft.boston" not in dict(book_choices(other))


REFUSED = (
    ("listed_37l", "listed_37x", "resource in ElementGroup", "not declared"),
    ('layer = "state"', 'layer = "county"', "layer =", "layer"),
    ("```cedar", "```text", "", "condition"),
    (BAN, "us.ma.37L-other", "id =", "the id"),
    ("forbid (", "permit (", "forbid", "effect prohibition and permit disagree"),
)


def test_a_refused_text_stays_with_its_line_and_remedy(counsel, boston):
    from schoolgate.apps.workbench.models import Draft

    for old, new, line, words in REFUSED:
        text = boston.provisions[BAN].source.replace(old, new)
        shown = page(save(counsel, text))
        assert "Nothing was saved yet" in shown, new
        assert words.casefold() in shown.casefold(), new
        if line:
            number = int(shown.split("Line ")[1].split("<")[0].split(",")[0])
            named = text.splitlines()[number - 1]
            assert line in named or new in named, (new, named)
        assert new.replace('"', "&quot;") in shown, "what was typed stays"
    assert not Draft.objects.exists()


def test_a_draft_s_changes_come_and_go(counsel, boston):
    from schoolgate.apps.workbench.models import Draft

    assert "Your draft changes 1 rule." in page(save(counsel, "", do="leave-out"))
    assert "Left out" in page(counsel.get(reverse("workbench:draft")))
    assert "Your draft changes 1 rule." in page(save(counsel, without_ban(boston)))
    assert "You have no draft" in page(save(counsel, boston.provisions[BAN].source)), "the book's own text is no change"
    save(counsel, without_ban(boston))
    assert "You have no draft" in page(save(counsel, "", do="undo"))
    assert not Draft.objects.exists()


def test_a_new_rule_is_written_from_a_pattern_that_loads(counsel, cast):
    from schoolgate.apps.workbench.books import open_book

    shown = page(counsel.get(reverse("workbench:draft"), {"book": "boston", "provision": "new"}))
    assert "local.my-rule" in shown
    from schoolgate.apps.workbench.views_draft import SKELETON

    assert "Your draft changes 1 rule." in page(save(counsel, SKELETON, provision="new"))
    assert "local.my-rule" in open_book(cast.actor("raman"), "draft.boston").rulebook.provisions
    text = page(counsel.get(reverse("workbench:draft"), {"book": "boston", "provision": "local.my-rule"}))
    assert "Say in a sentence what it means." in text
    assert counsel.get(reverse("workbench:draft"), {"provision": "no.such.rule"}).status_code == 404


# --- Comparison, replay, claims


def test_a_draft_is_compared_in_both_directions(counsel, boston):
    save(counsel, without_ban(boston))
    there = page(counsel.get(reverse("workbench:compare"), {"old": "boston", "new": "draft.boston"}))
    assert "is looser: in no possible case does it let less leave" in there
    assert "What may leave and could not before" in there
    back = page(counsel.get(reverse("workbench:compare"), {"old": "draft.boston", "new": "boston"}))
    assert "is stricter" in back
    assert "What may no longer leave" in back
    address = there.split('href="/workbench/?')[1].split('"')[0].replace("&amp;", "&")
    example = dict(QueryDict(address).lists())
    assert "may leave" in page(counsel.get(reverse("workbench:case"), example)).split("</h1>")[0]
    same = page(counsel.get(reverse("workbench:compare"), {"old": "boston", "new": "boston"}))
    assert "Nothing changes" in same


def test_the_last_year_is_replayed_under_a_draft(counsel, boston, answered, django_assert_num_queries):
    save(counsel, without_ban(boston))
    text = page(counsel.get(reverse("workbench:replay"), {"book": "draft.boston"}))
    assert "1 of 3 decisions of the last year would change." in text
    assert answered.number in text
    assert "Suspected, alleged or confirmed gang affiliation: stays, then may leave" in text
    unchanged = page(counsel.get(reverse("workbench:replay"), {"book": "boston"}))
    assert "None of the 3 decisions of the last year would change." in unchanged


def test_a_replay_asks_the_database_once_however_many_decisions(cast, filed, django_assert_num_queries):
    from schoolgate.apps.access.moment import today
    from schoolgate.apps.schools.selectors import rulebook
    from schoolgate.apps.workbench.replays import last_years, replayed
    from schoolgate.demonstration import story

    book, counsel = rulebook(), cast.actor("raman")
    for extra in range(2):
        with django_assert_num_queries(1):
            found = replayed(last_years(counsel, today()), book, book)
        assert found.total == 2 + extra
        assert (found.turned, found.earlier, found.unreadable) == ((), 0, 0)
        story.asked_and_decided(cast, filed.report, story.CENTER)


def test_a_replay_counts_what_was_recorded_otherwise_and_what_cannot_be_read(cast, answered):
    from schoolgate.apps.access.moment import today
    from schoolgate.apps.requests.models import Decision
    from schoolgate.apps.schools.selectors import rulebook
    from schoolgate.apps.workbench.replays import last_years, replayed

    rows = last_years(cast.actor("raman"), today())
    newest = Decision.objects.filter(request=answered).first()
    (mine,) = [row for row in rows if row.pk == newest.pk]
    mine.document["elements"][0]["outcome"] = "ask"
    other = next(row for row in rows if row is not mine)
    other.case["facts"]["a_fact_of_yore"] = True
    found = replayed(rows, rulebook(), rulebook())
    assert (found.total, found.earlier, found.unreadable) == (2, 1, 1)


def test_a_claim_is_proved_and_is_broken_by_a_draft(counsel, boston):
    address = reverse("workbench:claim", args=["protected-kinds.germane"])
    assert "Proved" in page(counsel.get(address, {"book": "boston"}))
    save(counsel, without_ban(boston))
    broken = page(counsel.get(address, {"book": "draft.boston"}))
    assert "Broken" in broken
    assert "M.G.L. c.71 s.37L" in broken
    assert len(broken.split('href="/workbench/?')[1].split('"')[0]) < LONGEST
    query = broken.split('href="/workbench/?')[1].split('"')[0].replace("&amp;", "&")
    case = dict(QueryDict(query).lists())
    assert "may leave" in page(counsel.get(reverse("workbench:case"), case)).split("</h1>")[0]
    assert counsel.get(reverse("workbench:claim", args=["no.such.claim"])).status_code == 404


def test_a_claim_about_onward_travel_names_the_agreements_that_break_it(counsel):
    """The demonstration's agreements let a copy travel: the page says by which, in their titles.

    A copy that child welfare must pass on stops at the police, who give the center no report of abuse. Once nobody
    has read what they give, it travels on, and that way is named.
    """
    address = reverse("workbench:claim", args=["immigration.onward"])
    text = page(counsel.get(address))
    assert "Broken" in text
    assert "Homeland Security analyst at the center to Immigration and Customs Enforcement: " in text
    assert "Boston Police Department to Boston Regional Intelligence Center: " not in text
    nobody_has_read("boston-police-bric")
    text = page(counsel.get(address))
    assert "Broken" in text
    assert "By these agreements, one after the other" in text
    assert "Boston Police Department to Boston Regional Intelligence Center: " in text


def nobody_has_read(*slugs):
    from schoolgate.apps.agencies.models import Agreement

    assert Agreement.objects.filter(slug__in=slugs).update(kinds=None, purposes=None) == len(slugs)


def test_every_claim_has_its_say_at_once_without_a_script(counsel, boston):
    response = counsel.get(reverse("workbench:claims"), {"run": "1"})
    text = page(response)
    assert "1 of" in text.split("</h1>")[0]
    assert "claims does not hold." in text.split("</h1>")[0]
    assert {row["proof"].status for row in response.context["rows"]} == {"proved", "refuted"}


def test_a_duty_that_is_gone_and_a_policy_that_is_looser_are_said_in_words(counsel):
    from schoolgate.apps.schools.selectors import rulebook_named

    notices = [p.id for p in rulebook_named("boston").provisions.values() if p.obligation == "notify_parent_before"]
    for provision in notices:
        save(counsel, "", provision=provision, do="leave-out")
    told = page(counsel.get(reverse("workbench:claim", args=["notice.court-paper"]), {"book": "draft.boston"}))
    assert "Not owed then: tell the family before it goes." in told
    policy = {p.id for p in rulebook_named("boston-2025").provisions.values() if p.id.startswith("us.ma.boston")}
    for provision in sorted(policy):
        if rulebook_named("boston-2025").provisions[provision].effect == "prohibition":
            counsel.post(reverse("workbench:draft"), {"book": "boston-2025", "provision": provision, "do": "leave-out"})
    looser = page(counsel.get(reverse("workbench:claim", args=["stricter.2025"]), {"book": "draft.boston-2025"}))
    assert "Broken" in looser
    assert 'href="/workbench/?book=draft.boston-2025' in looser


def test_claims_are_asked_for_one_by_one_by_a_script_only(counsel):
    still = page(counsel.get(reverse("workbench:claims")))
    assert "claims must hold for every possible case" in still
    assert 'hx-trigger="load"' not in still
    asked = page(counsel.get(reverse("workbench:claims"), {"run": "1"}, headers={"HX-Request": "true"}))
    assert asked.count("Being proved") == still.count("Not run")


# --- Kept cases


def keep(counsel, **more):
    query = "on=2026-11-02&to=local_police&ask=student_name&ask=gang_affiliation&instrument=none"
    query += "&record_kind=incident_report"
    data = {"case": query, "keep-outcome": "deny", "keep-why": "No paper, no door.", **more}
    return counsel.post(reverse("workbench:keep"), data, follow=True)


def test_keeping_a_case_is_an_act_without_names(counsel, boston):
    from schoolgate.apps.ledger.kinds import Kind
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.workbench.models import KeptCase

    text = page(keep(counsel))
    kept = KeptCase.objects.get()
    assert f"The case is kept as {kept.number}." in text
    assert set(kept.case["recipient"]) == {"kind"}
    entry = Opening.objects.get(kind=Kind.CASE_KEPT)
    assert json.loads(entry.record)["facts"] == {"number": kept.number, "outcome": "deny", "rulebook": boston.digest}


def test_a_case_without_what_it_must_say_is_not_kept(counsel):
    from schoolgate.apps.workbench.models import KeptCase

    for more, words in (
        ({"keep-why": " "}, "required"),
        ({"keep-outcome": "permit_redacted"}, "Say which kinds of thing must stay behind"),
        ({"keep-outcome": "perhaps"}, "Select a valid choice"),
        ({"keep-withheld": ["transcript"]}, "Select a valid choice"),
    ):
        assert words in page(keep(counsel, **more)), more
    assert not KeptCase.objects.exists()


def test_what_was_not_known_stays_not_known_where_silence_would_state_it(cast, boston):
    from schoolgate.apps.workbench.services import keep_case

    stated = json.loads((CASES / "S014.json").read_text(encoding="utf-8"))
    stated["facts"]["identity_verified"] = None  # left out, it would count as verified
    case = law.parse_case(stated, boston)
    kept = keep_case(
        actor=cast.actor("raman"), rulebook=boston, case=case, outcome="needs_review", withheld=frozenset(), why="x"
    )
    assert law.parse_case(kept.case, boston).facts == case.facts


def test_only_counsel_keeps_a_case(cast, boston):
    from schoolgate.apps.ledger.acts import NotAllowed
    from schoolgate.apps.workbench.services import keep_case

    case = law.load_case(CASES / "S014.json", boston)
    with pytest.raises(NotAllowed):
        keep_case(
            actor=cast.actor("whitfield"), rulebook=boston, case=case, outcome="deny", withheld=frozenset(), why="x"
        )


def test_a_kept_case_passes_or_fails_under_the_book_and_the_draft(counsel, boston):
    page(keep(counsel))
    page(keep(counsel, **{"keep-outcome": "permit", "keep-why": "Wrongly expected."}))
    text = page(counsel.get(reverse("workbench:kept")))
    assert "1 of 2 kept cases is not decided as it must be." in text
    assert "No draft" in text
    save(counsel, without_ban(boston))
    assert "Under your draft, 1 is decided otherwise." in page(counsel.get(reverse("workbench:kept")))


def test_kept_cases_are_read_in_a_fixed_number_of_queries(counsel, boston, django_assert_num_queries):
    save(counsel, without_ban(boston))
    for _ in range(2):
        page(keep(counsel))
        with django_assert_num_queries(12, exact=False):
            counsel.get(reverse("workbench:kept"))


def test_a_kept_case_goes_out_as_the_tests_read_it(counsel, boston):
    from schoolgate.apps.workbench.models import KeptCase

    page(keep(counsel))
    kept = KeptCase.objects.get()
    (one,) = json.loads(page(counsel.get(reverse("workbench:kept-file", args=[kept.pk]))))
    assert one == json.loads(page(counsel.get(reverse("workbench:kept-files"))))[0]
    case = law.parse_case(
        {
            "format": law.CASE_FORMAT,
            "id": one["id"],
            **{key: one[key] for key in ("date", "recipient", "elements", "facts")},
        },
        boston,
    )
    decision = law.decide(boston, case)
    assert decision.outcome == one["expected"]["decision"]
    assert list(decision.withheld) == one["expected"]["withhold"]
