"""Drafts: saved as they stand, by their author alone, whatever is still missing."""

from dataclasses import replace

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(cast, body):
    from schoolgate.apps.incidents.services import save_draft

    return save_draft(actor=cast.actor("abreu"), body=body)


def said(draft):
    from schoolgate.apps.incidents.services import open_draft

    draft.refresh_from_db()
    return open_draft(draft)


def test_it_saves_itself_unfinished(draft, body, sign_in):
    client = sign_in("abreu")
    typed = {
        "narrative": "@P1 pushed",
        "account-P1": "I did not",
        "account-P9": "Nobody",
        "behaviors": ["ceds:04645", "ceds:made-up"],
        "weapon_kind": "ceds:Spoon",
        "germane-religion": "It was the reason for the quarrel",
    }
    answer = client.post(f"/file/{draft.pk}/save/what/", typed)
    assert answer.status_code == 200
    assert set(answer.json()) == {"saved"}
    kept = said(draft)
    assert kept.narrative == "@P1 pushed"
    assert kept.accounts == {"P1": "I did not"}
    assert kept.behaviors == ("ceds:04645",)
    assert kept.weapon_kind == ""
    assert kept.germane == {"religion": "It was the reason for the quarrel"}
    assert (kept.people, kept.occurred_on) == (body.people, body.occurred_on)
    client.post(f"/file/{draft.pk}/save/when/", {"occurred_on": "2026-1", "occurred_at": "9", "place": "moon"})
    kept = said(draft)
    assert (kept.occurred_on, kept.occurred_at, kept.place) == ("2026-1", "9", body.place)
    assert kept.narrative == "@P1 pushed"


def test_nobody_else_saves_or_reads_it(draft, body, sign_in):
    for username in ("okafor", "whitfield", "raman", "aguilar", "doyle"):
        answer = sign_in(username).post(f"/file/{draft.pk}/save/what/", {"narrative": "Nonsense"})
        assert answer.status_code == 404, username
    assert sign_in("").post(f"/file/{draft.pk}/save/what/", {"narrative": "Nonsense"}).status_code == 302
    assert said(draft) == body


def test_only_the_steps_that_are_saved_are_saved(draft, sign_in):
    client = sign_in("abreu")
    for step in ("who", "moon"):
        assert client.post(f"/file/{draft.pk}/save/{step}/", {}).status_code == 404
    assert client.get(f"/file/{draft.pk}/save/what/").status_code == 405


def test_what_was_typed_stays_when_the_step_is_refused(draft, sign_in):
    client = sign_in("abreu")
    page = client.post(f"/file/{draft.pk}/what/", {"narrative": "", "injury": "A scratch", "do": "save"})
    assert page.status_code == 200
    assert said(draft).injury == "A scratch"
    page = client.post(f"/file/{draft.pk}/when/", {"occurred_on": "", "place": "bus", "kind": "fight"})
    assert page.status_code == 200
    assert said(draft).place == "bus"


def test_it_stands_sealed_in_the_database(draft, body, cast):
    from schoolgate.apps.incidents.services import save_draft

    first = bytes(draft.wrapped_key)
    save_draft(actor=cast.actor("abreu"), body=replace(body, narrative="@P1 ran."), draft=draft)
    draft.refresh_from_db()
    assert b"ran" not in bytes(draft.sealed)
    assert bytes(draft.wrapped_key) != first


def test_the_steps_take_every_field_to_the_signature(draft, sign_in):
    from schoolgate.apps.incidents.models import Draft, Report
    from schoolgate.apps.incidents.selectors import unsealed

    client = sign_in("abreu")
    when = {"occurred_on": "2026-01-05", "occurred_at": "14:05", "place": "bus_stop", "kind": "threat"}
    answer = client.post(f"/file/{draft.pk}/when/", {**when, "report_kind": "weapon_report"})
    assert answer.headers["Location"].endswith("/who/")
    what = {
        "narrative": "@P1 showed @P2 a knife.",
        "weapon": "A folding knife",
        "weapon_kind": "ceds:Knife",
        "injury_level": "ceds:NoInjury",
        "response": "Taken away",
        "restorative": ["family"],
        "behaviors": ["ceds:04705"],
        "account-P2": "I was afraid.",
        "do": "save",
    }
    answer = client.post(f"/file/{draft.pk}/what/", what)
    assert answer.headers["Location"].endswith("/check/")
    page = client.get(f"/file/{draft.pk}/check/").content.decode()
    for word in (
        "Weapon report",
        "14:05",
        "Bus stop",
        "Knife, length not known",
        "I was afraid.",
        "A talk with the families",
    ):
        assert word in page, word
    signed = client.post(f"/file/{draft.pk}/check/")
    report = Report.objects.get()
    assert signed.headers["Location"] == f"/reports/{report.pk}/"
    assert not Draft.objects.exists()
    body = unsealed(report).body
    assert (body.accounts, body.weapon_kind, body.occurred_at) == ({"P2": "I was afraid."}, "ceds:Knife", "14:05")


def test_a_claim_is_added_with_its_day_and_taken_out(draft, sign_in):
    from schoolgate.apps.access.moment import today

    client = sign_in("abreu")
    claim = {
        "claim-about": "P1",
        "claim-text": "Took a phone",
        "claim-element": "conduct_facts",
        "claim-source": "A student",
        "claim-basis": "Heard it",
        "claim-review_on": today().isoformat(),
    }
    client.post(f"/file/{draft.pk}/what/", {"narrative": "@P1 ran.", "do": "claim", **claim})
    assert said(draft).claims[0].review_on == today().isoformat()
    client.post(f"/file/{draft.pk}/what/", {"do": "drop-0"})
    assert said(draft).claims == ()
    assert said(draft).narrative == "@P1 ran."
