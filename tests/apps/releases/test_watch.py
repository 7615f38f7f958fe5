"""Copies that have left are looked at again when the network changes; a new way to somebody watched raises an alert."""

from datetime import date, timedelta

import pytest

from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.kinds import Kind

pytestmark = pytest.mark.django_db


def alerts(**kwargs):
    from schoolgate.apps.releases.models import ReachAlert

    return list(ReachAlert.objects.filter(**kwargs).order_by("raised_at", "pk"))


def entries(kind):
    from schoolgate.apps.ledger.models import Opening

    return list(Opening.objects.filter(kind=kind.value))


@pytest.fixture
def quiet(cast, many):
    """A copy at the child welfare agency, from which no way leads to immigration enforcement, and looked at once."""
    from schoolgate.apps.agencies.models import Agreement
    from schoolgate.apps.releases.watch import catch_up

    Agreement.objects.filter(giver__slug="dcf").delete()
    catch_up(again=True)
    copy = many(1, "dcf", midnight(today() - timedelta(days=30)))[0]
    catch_up(again=True)
    assert not alerts(release=copy)
    return copy


def midnight(day):
    from datetime import UTC, datetime

    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


def test_a_first_way_raises_an_alert_by_an_act_of_its_own(quiet, sign, cast):
    before = len(entries(Kind.REACH_RECOMPUTED))
    made = sign("dcf", "ice", title="Child welfare tells immigration")
    [alert] = alerts(release=quiet)
    assert (alert.agency, alert.reason) == (cast.agencies["ice"], "reached")
    assert [step["agreement"] for step in alert.path] == [made.slug]
    assert alert.opened_by == [made.slug]
    assert alert.opens_on == today() - timedelta(days=30)
    written = entries(Kind.REACH_RECOMPUTED)
    assert len(written) == before + 1
    assert str(alert.pk) in written[-1].record or any(str(alert.pk) in one.record for one in written)
    assert "Child welfare" not in "".join(one.record for one in written)
    assert quiet.newest_reach.readers[0]["id"] == "ice"


def test_the_same_way_raises_no_second_alert(quiet, sign, django_capture_on_commit_callbacks, cast):
    from schoolgate.apps.agencies.models import Agreement
    from schoolgate.apps.releases.watch import catch_up

    made = sign("dcf", "ice")
    assert len(alerts(release=quiet)) == 1
    assert catch_up(again=True) == []
    # Taken away by hand and put back: the way closes, and opens again as it was.
    row = Agreement.objects.get(pk=made.pk)
    Agreement.objects.filter(pk=made.pk).delete()
    assert catch_up() == []
    quiet.newest_reach.refresh_from_db()
    assert quiet.newest_reach.readers == []
    row.save(force_insert=True)
    assert catch_up() == []
    assert len(alerts(release=quiet)) == 1


def test_an_agreement_that_begins_later_is_noticed_when_it_is_entered(quiet, sign):
    begins = today() + timedelta(days=90)
    sign("dcf", "ice", starts=begins)
    [alert] = alerts(release=quiet)
    assert alert.opens_on == begins
    # One that begins sooner is an earlier way.
    sign("dcf", "ice", title="At once")
    assert [one.reason for one in alerts(release=quiet)] == ["reached", "earlier"]


def test_better_evidence_for_the_same_ends_is_news(quiet, sign):
    sign("dcf", "ice", status="disputed")
    sign("dcf", "ice", status="documented", title="Now it is known")
    assert [one.reason for one in alerts(release=quiet)] == ["reached", "evidence"]


def test_terms_that_somebody_read_are_news_and_so_is_one_more_way(quiet, sign):
    sign("dcf", "ice")
    sign("dcf", "ice", title="Read", kinds=("incident_report",), purposes=("law_enforcement",))
    sign("dcf", "state-police", title="First half")
    assert [one.reason for one in alerts(release=quiet)] == ["reached", "terms"]
    sign("state-police", "ice", title="Second half")
    assert [one.reason for one in alerts(release=quiet)] == ["reached", "terms", "another"]


def test_a_detour_is_no_way_of_its_own(quiet, sign):
    sign("dcf", "state-police")
    sign("state-police", "ice")
    assert len(alerts(release=quiet)) == 1
    sign("state-police", "commonwealth-fusion", title="Out")
    sign("commonwealth-fusion", "state-police", title="And back")
    assert len(alerts(release=quiet)) == 1


def test_a_shorter_way_is_news(quiet, sign):
    sign("dcf", "state-police")
    sign("state-police", "ice")
    sign("dcf", "ice")
    assert [one.reason for one in alerts(release=quiet)] == ["reached", "shorter"]


def test_an_agreement_for_other_data_raises_nothing(quiet, sign):
    sign("dcf", "ice", kinds=("health_record",), purposes=("health_care",))
    sign("dcf", "ice", status="prohibited", title="Forbidden")
    assert not alerts(release=quiet)


def test_ending_or_narrowing_raises_nothing_and_the_reach_is_kept_anew(
    quiet, sign, cast, django_capture_on_commit_callbacks
):
    from schoolgate.apps.agencies.services import end_agreement

    made = sign("dcf", "ice")
    with django_capture_on_commit_callbacks(execute=True):
        end_agreement(actor=cast.actor("raman"), agreement=made, last_day=today(), reason="The city wants it")
    assert len(alerts(release=quiet)) == 1
    # It was open on the day the copy left: what could have moved may have moved.
    quiet.newest_reach.refresh_from_db()
    assert [one["id"] for one in quiet.newest_reach.readers] == ["ice"]


def test_a_change_elsewhere_searches_nothing_for_copies_that_it_cannot_touch(quiet, sign, monkeypatch):
    from schoolgate.apps.releases import reaching

    asked = []
    real = reaching.reach.reach
    monkeypatch.setattr(reaching.reach, "reach", lambda *a, **k: asked.append(a[1]) or real(*a, **k))
    sign("state-police", "commonwealth-fusion", title="Far from the copy")
    assert "dcf" not in asked


def test_a_failure_leaves_the_act_and_is_seen(quiet, sign, monkeypatch, sign_in):
    from schoolgate.apps.releases import watch

    def broken(*_args, **_kwargs):
        raise RuntimeError("Marisol Aguilar")

    monkeypatch.setattr(watch, "look", broken)
    made = sign("dcf", "ice")
    assert made.pk
    assert not alerts(release=quiet)
    standing = watch.standing()
    assert standing.failed_at
    assert standing.problem == "RuntimeError"
    assert not standing.is_current
    page = sign_in("whitfield").get("/requests/").content.decode()
    assert "The watch on copies that have left failed" in page
    assert "Marisol Aguilar" not in page
    monkeypatch.undo()
    # The worker comes by.
    assert len(watch.catch_up_quietly()) == 1
    assert watch.standing().failed_at is None
    assert watch.standing().is_current


def test_whoever_waits_for_an_answer_does_not_wait_for_the_watch(quiet, sign):
    from schoolgate.apps.releases import watch

    watch.answer_begins()
    sign("dcf", "ice")
    sign("dcf", "ice", title="Another")
    assert not alerts(release=quiet)
    watch.answer_sent()
    assert [one.reason for one in alerts(release=quiet)] == ["reached"], "both at once, after the answer"


def test_without_copies_nothing_is_computed_or_written(cast, sign):
    before = len(entries(Kind.REACH_RECOMPUTED))
    sign("dcf", "ice")
    assert len(entries(Kind.REACH_RECOMPUTED)) == before


def test_queries_do_not_grow_with_the_copies(quiet, many, cast, django_assert_max_num_queries, sign):
    from schoolgate.apps.releases.watch import catch_up

    many(60, "bric", midnight(today() - timedelta(days=200)))
    catch_up(again=True)
    sign("bric", "ice", title="Another")
    with django_assert_max_num_queries(25):
        catch_up(again=True)


def test_a_copy_from_before_a_change_and_one_from_after_it_are_told_apart(quiet, many, sign):
    """Two copies in one pair of hands, one from before an agreement ended."""
    old, *_ = many(1, "state-police", midnight(today() - timedelta(days=300)))
    new = many(1, "commonwealth-fusion", midnight(today() - timedelta(days=10)))[0]
    for giver in ("state-police", "commonwealth-fusion"):
        sign(giver, "ice", title="Over", starts=today() - timedelta(days=400), ends=today() - timedelta(days=100))
    assert [one.reason for one in alerts(release=old)] == ["reached"]
    assert not alerts(release=new)


def test_groups_say_for_each_copy_what_it_would_be_told_alone(cast):
    """The newest copy of a group stands for all, exactly."""
    from schoolgate.apps.agencies.models import Agreement
    from schoolgate.apps.agencies.selectors import network
    from schoolgate.apps.releases.reaching import Group, Left, groups

    Agreement.objects.filter(slug="bric-ice").update(starts=today() - timedelta(days=20))
    Agreement.objects.filter(slug="bric-state-police").update(ends=today() - timedelta(days=25))
    Agreement.objects.filter(slug="bric-dhs-analyst").update(starts=today() + timedelta(days=5))
    net = network()
    copies = [
        Left(number, holder, today() - timedelta(days=number), frozenset({"incident_report"}))
        for number in range(60)
        for holder in ("boston-police", "bric")
    ]
    together = groups(net, copies)
    assert len(together) < len(copies) / 6
    for group in together:
        for one in group.copies:
            assert group.kept_for(one) == Group(net, [one]).kept, one


# Handling


def test_an_alert_is_handled_with_a_note_for_every_copy_it_is_about(quiet, many, sign, cast, sign_in):
    from schoolgate.apps.releases.selectors import open_alerts, open_note
    from schoolgate.apps.releases.services import handle_alert

    many(2, "state-police", midnight(today() - timedelta(days=20)))
    sign("state-police", "ice")
    [first] = open_alerts(cast.actor("whitfield"))
    assert first.copies == 2
    with pytest.raises(NotAllowed):
        handle_alert(actor=cast.actor("doyle"), alert=first.alert, note="Fine")
    with pytest.raises(Impossible, match="Write what you did"):
        handle_alert(actor=cast.actor("raman"), alert=first.alert, note="  ")
    done = handle_alert(actor=cast.actor("raman"), alert=first.alert, note="Asked the police about Marisol's copy.")
    assert len(done) == 2
    assert open_alerts(cast.actor("whitfield")) == []
    for one in alerts(key=first.alert.key):
        assert open_note(one) == "Asked the police about Marisol's copy."
        assert b"Marisol" not in bytes(one.sealed_note)
    with pytest.raises(Impossible, match="already"):
        handle_alert(actor=cast.actor("whitfield"), alert=first.alert, note="Me too")
    [entry] = entries(Kind.REACH_ALERT_HANDLED)
    assert "Marisol" not in entry.record


@pytest.mark.parametrize("username", ["doyle", "abreu", "okafor", "aguilar", "park", "admin"])
def test_alerts_are_for_the_office(username, quiet, sign, cast, sign_in):
    from schoolgate.apps.releases.selectors import open_alerts

    sign("dcf", "ice")
    [alert] = alerts(release=quiet)
    assert open_alerts(cast.actor(username)) == []
    there, absent = (sign_in(username).get(f"/copies/ways/{key}/") for key in (alert.pk, quiet.pk))
    assert there.status_code == absent.status_code == 404
    assert there.content == absent.content


def test_the_watched_kinds_are_a_setting_and_a_word_that_is_no_kind_is_refused(quiet, sign, settings):
    from django.core.checks import run_checks

    settings.WATCHED_KINDS = ("state_police",)
    sign("dcf", "state-police")
    sign("dcf", "ice")
    assert [one.agency.slug for one in alerts(release=quiet)] == ["state-police"]
    settings.WATCHED_KINDS = ("imigration",)
    assert any("imigration" in str(one) for one in run_checks())


def test_a_copy_kept_in_the_old_words_is_compared_by_names(quiet, sign, cast):
    from schoolgate.apps.releases.models import Release
    from schoolgate.apps.releases.reach_words import changes_since
    from schoolgate.apps.releases.reaching import kept_readers

    old = {"agency": "Immigration and Customs Enforcement", "kind": "federal_immigration", "steps": 2, "since": "",
           "path": ["A", "B"], "weakest": "documented"}  # fmt: skip
    Release.objects.filter(pk=quiet.pk).update(reach=[old])
    quiet.newest_reach.delete()
    sign("dcf", "ice")
    assert [one.reason for one in alerts(release=quiet)] == ["another"], "it could be reached as well before"
    assert changes_since(kept_readers([old]), kept_readers([old]), date(2026, 1, 1)) == []
