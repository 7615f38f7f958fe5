"""The published rules: the law of any day, every mark in words, the same for anybody."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from schoolgate.apps.requests.rules import LISTS, book_of_day, day_asked
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.engines.law.printing.book import EVIDENCE

pytestmark = pytest.mark.django_db
RULES = "requests:provisions"


def shown(client, name=RULES, *args, status=200, **query):
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def ids_on(page):
    """The rules that a page links to."""
    return {name for name in rulebook().provisions if f"/rules/{name}/" in page}


def test_the_rules_of_a_day_are_the_law_of_that_day(cast, client):
    for day in ("2015-11-20", "2020-12-30", "2020-12-31", "2026-11-23"):
        page = shown(client, on=day)
        assert ids_on(page) == {p.id for p in rulebook().in_force(dt.date.fromisoformat(day))}
    assert "us.ma.37L-protected-kinds" not in ids_on(shown(client, on="2020-12-30"))
    assert "us.ma.37L-protected-kinds" in ids_on(shown(client, on="2020-12-31"))


def test_a_day_that_is_none_is_said_and_today_is_shown(cast, client):
    for wrong in ("yesterday", "2025-02-30", "1200-01-01"):
        page = shown(client, on=wrong, status=400)
        assert "That is no day" in page
        assert ids_on(page)


@pytest.mark.parametrize("name", sorted(LISTS))
def test_each_list_shows_the_rules_it_names(name, cast, client):
    day = dt.date(2026, 11, 23)
    _, keeps = LISTS[name]
    expected = {entry.id for entry in book_of_day(rulebook(), day).entries if keeps(entry)}
    page = shown(client, on=day.isoformat(), show=name)
    assert ids_on(page) == expected
    assert expected
    if name == "counsel":
        assert all(rulebook().provisions[one].counsel_question in page for one in expected)


def test_what_nobody_has_read_says_so_in_words(cast, client):
    unread = [p for p in rulebook().provisions.values() if p.evidence == "unverified"]
    page = shown(client, on="2026-11-23")
    assert page.count("Not verified") >= sum(p.applies_on(dt.date(2026, 11, 23)) for p in unread)
    one = shown(client, "requests:provision", unread[0].id)
    assert EVIDENCE["unverified"][1] in one
    read = next(p for p in rulebook().provisions.values() if p.evidence == "read")
    assert "Not verified" not in shown(client, "requests:provision", read.id)


def test_a_rule_shows_its_words_its_questions_and_its_rule(cast, client):
    asked = next(p for p in rulebook().provisions.values() if p.counsel_question and p.open_questions)
    page = shown(client, "requests:provision", asked.id)
    for told in (asked.citation, asked.title, asked.title_es, asked.counsel_question, asked.cedar, *asked.sources):
        assert told in page
    assert f'lang="es">{asked.title_es}' in page


def test_a_rule_says_whether_it_is_law_on_the_day(cast, client):
    name = "us.ma.37L-protected-kinds"
    assert "It is not law on Wed 30 Dec 2020" in page_text(client, name, "2020-12-30")
    assert "It is law on Thu 31 Dec 2020" in page_text(client, name, "2020-12-31")
    assert "Not law on the day you look at" in shown(client, "requests:provision", name, on="2020-12-30")


def page_text(client, name, day):
    page = shown(client, "requests:provision", name, on=day)
    return page.replace(f'<time datetime="{day}">', "").replace("</time>", "")


def test_a_rule_that_is_not_there_is_not_found(cast, client):
    shown(client, "requests:provision", "us.ma.nothing", status=404)


def test_days_at_the_edges():
    today = dt.date(2026, 11, 23)
    assert day_asked("", today) == (today, True)
    assert day_asked("1900-01-01", today) == (dt.date(1900, 1, 1), True)
    assert day_asked("2199-12-31", today) == (dt.date(2199, 12, 31), True)
    assert day_asked("2200-01-01", today) == (today, False)


def test_a_decision_leads_to_the_law_of_its_day(filed, sign_in):
    from schoolgate.apps.requests.models import Decision

    decision = Decision.objects.select_related("request").latest("law_date")
    page = sign_in("whitfield").get(reverse("requests:one", args=[decision.request_id])).content.decode()
    cited = re.findall(r'href="(/rules/[^"]+)"', page)
    of_day = [link for link in cited if link.endswith(f"/?on={decision.law_date.isoformat()}")]
    assert of_day
    assert sign_in("").get(of_day[0]).status_code == 200
