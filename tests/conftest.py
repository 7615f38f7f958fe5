"""What every test may use: keys, the cast, signed-in clients."""

import gc
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from support.commands import Commands, bare_environment
from support.once import once_a_run

REPOSITORY = Path(__file__).resolve().parents[1]


# Who may see what: on the second database it is the wall that decides it too, so all of it is asked there.
WHO_SEES = ("tests/apps/access/", "tests/canary/", "tests/privacy/")
# Real commits, threads and other processes, whose questions nobody notes.
NOT_NOTED = {"commands", "installed", "transactional_db"}
# A module that says so itself does something else there.
OF_ITS_OWN = re.compile(r"vendor\b|postgres|sqlite", re.IGNORECASE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """For the second database: what uses none says the same again (docs/decisions/0019-what-the-tests-cost.md)."""
    parser.addoption("--database-only", action="store_true", help="only the tests that use the database")
    parser.addoption("--note-questions", action="store_true", help="note what each test asks the database")
    parser.addoption("--new-questions", action="store_true", help="leave out tests that ask nothing new, by the notes")


def pytest_configure(config: pytest.Config) -> None:
    """Notes begin anew, before the workers are there."""
    if config.getoption("--note-questions") and not hasattr(config, "workerinput"):
        from support.questions import Notes

        Notes(config).begin()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what uses no database, if that was asked for, and what asks nothing new."""
    if config.getoption("--database-only"):
        _leave_out(config, items, {one.nodeid for one in items if not uses_database(one)})
    if config.getoption("--new-questions"):
        from support.questions import Notes, repeats

        always = {one.nodeid for one in items if _always(one)}
        _leave_out(config, items, repeats([one.nodeid for one in items], always, Notes(config).read()) - always)


def _leave_out(config: pytest.Config, items: list[pytest.Item], names: set[str]) -> None:
    config.hook.pytest_deselected(items=[one for one in items if one.nodeid in names])
    items[:] = [one for one in items if one.nodeid not in names]


def _always(item: pytest.Item) -> bool:
    """Whether a test runs on the second database whatever it asks."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return (
        item.nodeid.startswith(WHO_SEES)
        or not NOT_NOTED.isdisjoint(fixtures)
        or OF_ITS_OWN.search(_text(item.path)) is not None
    )


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note what a test asks, if that was asked for."""
    if not (item.config.getoption("--note-questions") and uses_database(item)):
        return (yield)
    from support.questions import Notes

    with Notes(item.config).of(item.nodeid):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the garbage collector need not walk a million objects again and again."""
    gc.collect()
    gc.freeze()


def uses_database(item: pytest.Item) -> bool:
    """Whether the test's mark or one of its fixtures opens the database, whichever database it is."""
    if item.get_closest_marker("sqlite") is not None:
        return False
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or not {"db", "transactional_db"}.isdisjoint(fixtures)


@pytest.fixture(scope="session", autouse=True)
def _prepared_queries_are_compared() -> None:
    """Each use of a query that was put into SQL once is held against the query as Django builds it then."""
    from schoolgate.apps.access import prepared

    prepared.CHECKED = True


@pytest.fixture(autouse=True)
def _as_the_site(request: pytest.FixtureRequest) -> Iterator[None]:
    """What uses the database uses it as the site does, not as the owner of its tables."""
    if not uses_database(request.node):
        yield
        return
    from support import site_role

    request.getfixturevalue("_django_db_helper")
    with site_role.the_site():
        yield


@pytest.fixture
def full_rights(_as_the_site: None) -> Iterator[None]:
    """For tests of what the owner of the database can do: PostgreSQL refuses the site's role before any trigger."""
    from support import site_role

    with site_role.the_owner():
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The research data beside the checkout."""
    folder = REPOSITORY.parent / "shared"
    assert folder.is_dir(), f"the tests read {folder}; put the shared folder beside the checkout"
    return folder


@pytest.fixture(scope="session")
def trials() -> int:
    """How many random examples a property test tries."""
    return int(os.environ.get("SCHOOLGATE_TRIALS", "25"))


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keys for this test process, gone with it (see support/settings.py): copies of those of the run."""
    from django.conf import settings

    from schoolgate.apps.access.moment import today
    from schoolgate.apps.ledger.keys import Keys
    from support import remembered

    def make(folder: Path) -> None:
        Keys(folder / "keys").create_missing(origin=settings.LOG_ORIGIN, today=today())

    shutil.copytree(once_a_run(tmp_path_factory, "keys", make) / "keys", settings.KEYS, dirs_exist_ok=True)
    remembered.share(once_a_run(tmp_path_factory, "remembered", Path.exists))


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    """Runs `schoolgate` in processes of its own (see support/commands.py)."""
    running = Commands()
    yield running
    running.close()


@pytest.fixture(scope="session")
def installed(
    commands: Commands,
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The data folder of a new installation, to be copied and never used itself."""
    from django.db import connection

    from support.databases import migrated

    def install(folder: Path) -> None:
        var = folder / "var"
        var.mkdir(mode=0o700)
        if connection.vendor == "sqlite":
            # Its tables are those of this run: that they are made from nothing, tests/cli/test_commands.py asks.
            with django_db_blocker.unblock():
                shutil.copyfile(migrated(tmp_path_factory), var / "schoolgate.sqlite3")
        done = commands.run("doctor", "--mend", environment=bare_environment(SCHOOLGATE_VAR=var))
        assert done.returncode == 0, done.stdout + done.stderr

    return once_a_run(tmp_path_factory, "installed", install) / "var"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """The database of this process, in place of the one that pytest-django would migrate for each.

    The test process is one of the district's own programs; a request sees what its actor may see.
    """
    from schoolgate.apps.access.wall import program_from_here
    from support import site_role
    from support.databases import test_database

    with django_db_blocker.unblock(), test_database(tmp_path_factory):
        program_from_here()
        site_role.prepare()
        yield


@pytest.fixture
def cast(db: None, data_folder: None):
    """The demonstration district with everyone in it."""
    from schoolgate.demonstration.cast import open_demonstration
    from support.remembered import remembered

    return remembered(open_demonstration)()


@pytest.fixture
def sign_in(cast):
    """Give a client that is signed in as somebody of the cast; "" is a visitor, an administrator has the power on."""

    from django.test import Client

    from schoolgate.apps.access.actors import Role
    from schoolgate.apps.people.selectors import actor_for
    from support.power import switched_on

    def client_for(username: str, *, power: bool = True):
        client = Client()
        if username:
            client.force_login(cast.users[username])
            actor = actor_for(cast.users[username])
            if power and actor.role is Role.IDLE_ADMINISTRATOR:
                switched_on(client, actor)
        return client

    return client_for


@pytest.fixture
def real_transactions(transactional_db: None, data_folder: None) -> Iterator[None]:
    """For tests whose acts must really commit. The log's triggers step aside only while the tables are emptied."""
    from django.db import connection

    from schoolgate.apps.ledger import triggers
    from support import site_role

    with site_role.the_owner():
        triggers.install(connection)
    yield
    with site_role.the_owner():
        triggers.remove(connection)


@dataclass(frozen=True)
class Filed:
    """A report about Marisol and Kevin, one about Kevin alone, and requests in two states."""

    report: object
    other_report: object
    request: object
    refused: object


@pytest.fixture
def filed(cast) -> Filed:
    """Two reports, a request that waits, and one that was refused."""
    from dataclasses import replace

    from schoolgate.apps.incidents.body import Body, Person
    from schoolgate.apps.incidents.services import file_report
    from schoolgate.apps.requests.services import refuse
    from schoolgate.demonstration import story

    report = story.file_the_report(cast)
    alone = Body(
        occurred_on=report.incident.occurred_on.isoformat(),
        place="bus",
        kind="vandalism",
        people=(Person("P1", "involved", student=cast.students["kevin"].pk),),
        narrative="@P1 wrote on a seat.",
    )
    other = file_report(actor=cast.actor("okafor"), body=replace(alone))
    _, decision = story.asked_and_decided(cast, report, story.ICE)
    refused = refuse(actor=cast.actor("whitfield"), decision=decision)
    waiting, _ = story.asked_and_decided(cast, report, story.POLICE)
    return Filed(report, other, waiting, refused)


@dataclass(frozen=True)
class Elsewhere:
    """Another school of the district: its people by user name, its student, and a report about that student."""

    users: dict[str, object]
    student: object
    report: object

    def actor(self, username: str):
        """The actor that one of them is."""
        from schoolgate.apps.people.selectors import actor_for

        return actor_for(self.users[username])


@pytest.fixture
def elsewhere(cast) -> Elsewhere:
    """Ms. Reis, principal; Mr. Lopes, teacher; Mrs. Pires, mother of Ana: nobody of them knows the cast's students."""
    from datetime import date

    from schoolgate.apps.access.actors import SYSTEM, Role
    from schoolgate.apps.access.moment import today
    from schoolgate.apps.incidents.body import Body, Person
    from schoolgate.apps.incidents.services import file_report
    from schoolgate.apps.people.directory import Name
    from schoolgate.apps.people.selectors import actor_for
    from schoolgate.apps.people.services import SignIn, add_person, add_student, open_student_account
    from schoolgate.apps.schools.models import School

    school = School.objects.create(external_id="4040", name="West Harbor School")
    ana = add_student(actor=SYSTEM, school=school, name=Name("Ana Pires", ("Ana",), "8400999", date(2010, 1, 1)))
    users: dict[str, object] = {}
    for username, role, where in (
        ("reis", Role.PRINCIPAL, {"school": school}),
        ("lopes", Role.STAFF, {"school": school}),
        ("pires", Role.GUARDIAN, {"children": (ana,)}),
    ):
        sign_in = SignIn(username, "an invented sentence")
        name = Name(f"An invented {role.words.lower()}")
        users[username] = add_person(actor=SYSTEM, role=role, name=name, sign_in=sign_in, starts=today(), **where)
    users["ana"] = open_student_account(
        actor=SYSTEM, student=ana, sign_in=SignIn("ana", "an invented sentence"), starts=today()
    )
    body = Body(
        occurred_on=today().isoformat(),
        place="bus",
        kind="vandalism",
        people=(Person("P1", "involved", student=ana.pk),),
        narrative="@P1 wrote on a seat.",
    )
    return Elsewhere(users, ana, file_report(actor=actor_for(users["reis"]), body=body))
