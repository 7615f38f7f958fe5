"""Rule 1: an act is one function, one transaction, one ledger entry of a registered kind."""

import importlib
import json
import pkgutil
from collections import Counter

import pytest

from schoolgate import apps
from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.ledger import acts
from schoolgate.apps.ledger.acts import ActError, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import OF_SEALING, Kind
from schoolgate.apps.ledger.models import Opening, StagedLeaf
from schoolgate.apps.schools.models import School
from schoolgate.engines import tlog

pytestmark = pytest.mark.django_db


@pytest.fixture
def try_act(monkeypatch, data_folder):
    """Declare an act for one test without leaving it registered."""
    monkeypatch.setattr(acts, "ACTS", {})
    return act(Kind.PERSON_ADDED, roles=frozenset({Role.ADMINISTRATOR}))


def test_every_kind_has_one_act_and_every_act_a_kind():
    for module in pkgutil.walk_packages(apps.__path__, "schoolgate.apps."):
        if "migrations" not in module.name:
            importlib.import_module(module.name)
    assert set(acts.ACTS) == set(Kind) - OF_SEALING


def test_an_act_without_an_entry_is_undone(try_act):
    @try_act
    def forgetful(*, actor: Actor) -> None:
        School.objects.create(name="Lost School", external_id="1")

    with pytest.raises(ActError, match="no ledger entry"):
        forgetful(actor=SYSTEM)
    assert not School.objects.exists()


def test_an_act_with_two_entries_is_undone(try_act):
    @try_act
    def talkative(*, actor: Actor) -> None:
        record(actor=actor, subject="one")
        record(actor=actor, subject="two")

    with pytest.raises(ActError, match="second entry"):
        talkative(actor=SYSTEM)
    assert not Opening.objects.exists()
    assert not StagedLeaf.objects.exists()


def test_an_act_inside_an_act_is_refused(try_act):
    @try_act
    def inner(*, actor: Actor) -> None:
        record(actor=actor, subject="inner")

    with pytest.raises(ActError, match="inside another"):
        acts.act(Kind.STUDENT_ADDED, roles=frozenset({Role.ADMINISTRATOR}))(lambda *, actor: inner(actor=actor))(
            actor=SYSTEM
        )


def test_an_entry_outside_an_act_is_refused():
    with pytest.raises(ActError, match="only inside an act"):
        record(actor=SYSTEM, subject="nothing")


def test_another_role_is_refused(try_act):
    @try_act
    def mine(*, actor: Actor) -> None:
        record(actor=actor, subject="mine")

    with pytest.raises(NotAllowed):
        mine(actor=Actor(role=Role.GUARDIAN))
    assert not Opening.objects.exists()


def test_an_entry_commits_to_what_it_says(try_act):
    @try_act
    def plain(*, actor: Actor) -> None:
        record(actor=actor, subject="school:1", facts={"count": 3})

    plain(actor=SYSTEM)
    opening = Opening.objects.get()
    said = tlog.open_commitment(bytes(opening.commitment), opening.record.encode(), bytes(opening.randomness))
    assert said["facts"] == {"count": 3}
    assert bytes(StagedLeaf.objects.get().commitment) == bytes(opening.commitment)


def test_opening_the_demonstration_writes_one_entry_an_act(cast):
    people = len(cast.users) + len(cast.students)
    kinds = Counter(json.loads(one.record)["kind"] for one in Opening.objects.all())
    assert kinds["network_imported"] == 1, "the whole network is one act"
    assert Opening.objects.count() == 2 + people
    assert StagedLeaf.objects.count() == Opening.objects.count()
