"""An import that is killed anywhere: nothing lost, nothing half, and the next run ends as if none had been killed."""

import json
from threading import Event

import pytest

from schoolgate.engines import tlog
from schoolgate.interop.tables import ColumnMapping
from support import edfi_feed as edfi
from support import oneroster_feed as roster
from support.edfi_api import KEY, SECRET, MockEdfi, served
from support.edfi_asking import incident, spec_of, student
from support.faults import Fault
from support.history import KILLS, WORKER
from support.oneroster_server import CLIENT_ID, CLIENT_SECRET, records_of, serving_roster

NEVER = Fault(nth=1_000_000)
STALLED = 200
PARTS = "studentDisciplineIncidentBehaviorAssociations"
BEHAVIOR = "uri://ed-fi.org/BehaviorDescriptor#School Violation"


def held(plant):
    return json.loads(plant.run("say_held")[-1])


def seal(plant):
    """The log takes all of it, and a stranger's check finds nothing."""
    assert "Sealed a period" in "\n".join(plant.run(*WORKER))
    key = (plant.var / "keys" / "log-verifying").read_text(encoding="ascii").strip()
    report = tlog.verify_folder(plant.var / "log", key)
    assert report.valid, report.sentences()


def killed_at(struck):
    """So many places, from the first event to the last."""
    return [1 + (struck - 1) * number // (KILLS - 1) for number in range(KILLS)]


@pytest.fixture
def whole(plant):
    """Runs an import to its end: what is held then, and how many events it takes; all is as it was before, then."""

    def run(*words, base="base"):
        ended = plant.end("command", "import", *words, fault=NEVER)
        assert ended.code == 0, ended.said
        after = held(plant)
        assert not after["twice"]
        plant.restore(base)
        return after, ended.struck

    return run


def test_edfi_files_are_stored_whole_or_not_at_all(plant, whole, tmp_path):
    records = [edfi.school(350), edfi.staff(7), edfi.contact("C1"), edfi.relation("C1", 1, guardian=True)]
    records += [edfi.student(number, "Ana", f"Bello-{number}") for number in range(1, 41)]
    for number in range(1, 31):
        records.append(edfi.incident(number, 350, edfi.outsider("Kelli", f"Hanley-{number}")))
        told = edfi.behavior("Other", f"Told {number}") + edfi.codes("Perpetrator")
        records += [edfi.student_part(number, number, 350, told), edfi.other_part(40, number, 350, "Witness")]
    records += [edfi.staff_part(7, 1, 350, "Reporter"), edfi.action("A1", 1, 1, 350)]
    words = ("edfi", str(edfi.write(tmp_path / "feed", *records)))
    before = held(plant)
    after, struck = whole(*words)
    assert len(after["incidents"]) == 30
    seen = set()
    for nth in killed_at(struck):
        plant.restore("base")
        assert plant.end("command", "import", *words, fault=Fault(nth=nth)).killed
        now = held(plant)
        assert now in (before, after), f"half of it is there, killed at {nth}"
        seen.add(now == after)
        plant.run("command", "import", *words)
        again = held(plant)
        # The entry of a run that had stored everything stands, and so does that of the second, which changed nothing.
        assert again["entries"] == now["entries"] + 1
        assert {**again, "entries": 0} == {**after, "entries": 0}
    assert False in seen
    seal(plant)


def test_a_roster_in_batches_is_ended_by_the_next_run(plant, whole, tmp_path):
    users, roles = [], []
    for number in range(330):
        person = {"sourcedId": f"u{number}", "identifier": str(1000 + number), "agentSourcedIds": "u2"}
        users.append(roster.MARISOL | person | {"familyName": f"Bello-{number}"})
        roles.append(roster.STUDENT_ROLE | {"sourcedId": f"r{number}", "userSourcedId": f"u{number}"})
    mother = roster.MOTHER | {"sourcedId": "u2m", "identifier": "m1"}
    users = [one | {"agentSourcedIds": "u2m"} for one in users] + [mother]
    roles.append(roster.MOTHER_ROLE | {"sourcedId": "rm", "userSourcedId": "u2m"})
    folder = roster.write(tmp_path / "roster", users=users, roles=roles)
    words = ("oneroster", str(folder))
    after, struck = whole(*words)
    assert (after["ids"], after["relations"]) == (331, 330)
    begun = set()
    for nth in killed_at(struck):
        plant.restore("base")
        assert plant.end("command", "import", *words, fault=Fault(nth=nth)).killed
        now = held(plant)
        assert not now["twice"]
        assert {json.loads(one)[1] for one in now["people"]} <= {json.loads(one)[1] for one in after["people"]}
        begun.add(now["ids"])
        plant.run("command", "import", *words)
        again = held(plant)
        assert again["entries"] == now["entries"] + 1
        assert {**again, "entries": 0} == {**after, "entries": 0}, f"killed at {nth}"
    assert any(0 < count < after["ids"] for count in begun), "no kill fell between two batches"
    seal(plant)


@pytest.mark.parametrize("subject", ["students", "incidents"])
def test_a_spreadsheet_is_ended_by_the_worker_and_a_second_one_stores_nothing_twice(plant, whole, tmp_path, subject):
    school = ("edfi", str(edfi.write(tmp_path / "feed", edfi.school(350), edfi.student(1))))
    columns = {"number": "number", "at": "school"}
    if subject == "students":
        columns |= {"first": "first", "last": "last"}
        lines = [f"{1000 + one},350,Ana,Bello-{one}" for one in range(620)]
    else:
        columns |= {"day": "date", "who": "student_number", "told": "narrative"}
        lines = [f"{one},350,2026-10-05,1,Told {one}" for one in range(620)]
    sheet, mapping = tmp_path / "sheet.csv", tmp_path / "mapping.json"
    sheet.write_text("\r\n".join([",".join(columns), *lines, ""]), encoding="utf-8")
    mapping.write_text(ColumnMapping(subject=subject, columns=columns).to_json(), encoding="utf-8")
    words = ("table", str(sheet), "--mapping", str(mapping))
    plant.run("command", "import", *school)
    plant.keep("with_school")
    before = held(plant)
    after, struck = whole(*words, base="with_school")
    assert after["entries"] == before["entries"] + 1
    stages = set()
    for nth in killed_at(struck):
        plant.restore("with_school")
        assert plant.end("command", "import", *words, fault=Fault(nth=nth)).killed
        now = held(plant)
        assert not now["twice"]
        stored = len(now[kept := "people" if subject == "students" else "incidents"])
        stages.add(stored - len(before[kept]))
        assert now["entries"] > before["entries"] or stored == len(before[kept]), "a row without its entry"
        plant.run("later", STALLED, "worker", "--once")
        if held(plant)["entries"] > before["entries"]:
            # The entry was written: then the worker alone has ended it, and what it held is destroyed.
            assert {**held(plant), "sheets": 0} == {**after, "sheets": 0}, f"killed at {nth}"
        plant.run("command", "import", *words)
        again = held(plant)
        assert again["entries"] == after["entries"]
        assert (again["people"], again["incidents"]) == (after["people"], after["incidents"])
    assert 0 in stages
    seal(plant)


def killed_while_asking(plant, api, nth, *words):
    """Kills the command while it waits for the answer to its nth question; gives how that ended."""
    begun, asked = Event(), []

    def before(question):
        asked.append(question)
        if len(asked) == nth:
            assert begun.wait(60)
            running.kill()

    kept, api.before = api.before, before
    running = plant.start("command", *words)
    begun.set()
    ended = running.end()
    api.before = kept
    return ended


@pytest.fixture
def key_file(tmp_path):
    def write(key, secret):
        path = tmp_path / "api.key"
        path.write_text(f"{key}\n{secret}\n", encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    return write


@pytest.fixture
def api():
    """An Ed-Fi API of two pages of students, thirty incidents, and who was in them."""
    mock = MockEdfi(spec_of("6.0"), version="7.3", lists_again=True)
    school = {
        "schoolId": 1,
        "nameOfInstitution": "Burke High",
        "educationOrganizationCategories": [],
        "gradeLevels": [],
    }
    mock.put("schools", school, checked=False)
    for number in range(1, 621):
        mock.put("students", student(number), checked=False)
    for number in range(1, 31):
        mock.put("disciplineIncidents", incident(number, incidentDescription=f"Told {number}"))
        mock.put(PARTS, part(number, number))
    return mock


def part(number, identifier):
    return {
        "studentReference": {"studentUniqueId": f"S{number}"},
        "disciplineIncidentReference": {"incidentIdentifier": str(identifier), "schoolId": 1},
        "behaviorDescriptor": BEHAVIOR,
    }


def students_asked(mock):
    """How often a page of students was asked for."""
    return sum(one.path.endswith("/students") and one.is_page for one in mock.asked)


def without(what, *names):
    return {name: value for name, value in what.items() if name not in names}


def kills_of(plant, api, struck, *words):
    """Kills of the command, evenly over what it stores and what it asks for; `struck` events in all."""
    questions = len(api.asked)
    for nth in killed_at(struck):
        yield lambda nth=nth: plant.end("command", *words, fault=Fault(nth=nth))
    for nth in sorted({1 + (questions - 1) * number // 2 for number in range(3)}):
        yield lambda nth=nth: killed_while_asking(plant, api, nth, *words)


def test_an_ed_fi_api_is_read_on_at_the_page_after_the_last_that_was_stored(plant, whole, api, key_file):
    with served(api) as address:
        words = ("import", "edfi-api", address, "--key-file", key_file(KEY, SECRET))
        after, struck = whole(*words[1:])
        assert (len(after["incidents"]), after["entries"]) == (30, 1)
        pages = students_asked(api)
        assert pages > 1
        begun = set()
        for kill in kills_of(plant, api, struck, *words):
            plant.restore("base")
            api.asked.clear()
            ended = kill()
            assert ended.killed, ended.said
            now = held(plant)
            assert not now["twice"]
            assert {json.loads(one)[1] for one in now["people"]} <= {json.loads(one)[1] for one in after["people"]}
            begun.add((len(now["people"]), len(now["incidents"])))
            plant.run("command", *words)
            again = held(plant)
            # Killed after its last transaction, the second run reads what has changed since: nothing, and says so.
            assert again["entries"] == now["entries"] + 1
            assert without(again, "entries") == without(after, "entries")
            assert students_asked(api) <= pages + 1, "a page that was stored is read again"
        assert len(begun) > 3, "no kill fell between two pages"
    seal(plant)


def test_what_is_gone_at_an_ed_fi_api_is_expunged_told_and_entered_once_whenever_it_is_killed(
    plant, whole, api, key_file
):
    """Of two incidents that are gone the office has a copy out of one; two others swap their numbers."""
    with served(api) as address:
        words = ("import", "edfi-api", address, "--key-file", key_file(KEY, SECRET))
        plant.run("command", *words)
        plant.run("leave_a_copy", "1:900")
        plant.keep("with_copy")
        before = copies_out(plant)
        assert before["keys"] > 0
        change_incidents(api)
        api.asked.clear()
        after, struck = whole(*words[1:], base="with_copy")
        assert after["incidents"]["1:1"]["words"] == {"description": "Told 2"}
        assert "1:3" not in after["incidents"]
        stages = []
        for kill in kills_of(plant, api, struck, *words):
            plant.restore("with_copy")
            ended = kill()
            assert ended.killed, ended.said
            now = copies_out(plant)
            stages.append(now)
            keys_held = now["keys"] == before["keys"]
            assert keys_held or now["keys"] == 0, "half of it is expunged"
            assert keys_held == (now["notices"] == [0, 0]), "expunged, and nobody is to be told"
            assert now["entries"][0] == now["expunged"], "expunged without its entry, or the other way round"
            assert now["entries"][1] == now["notices"][1]
            plant.run("command", *words)
            again, told = held(plant), copies_out(plant)
            assert without(again, "entries") == without(after, "entries")
            # A letter goes before its entry is kept: one that was killed in between goes twice rather than never.
            twice = now["letters"] - now["entries"][1]
            assert told == {
                "keys": 0,
                "known": 0,
                "marked": 2,
                "expunged": 2,
                "entries": [2, 1],
                "notices": [0, 1],
                "letters": 1 + twice,
            }
            assert twice in {0, 1}
        assert {one["marked"] for one in stages} == {0, 2}
        assert len({one["expunged"] for one in stages}) > 1
    seal(plant)


def test_a_roster_server_is_asked_anew_and_stored_once(plant, whole, key_file, shared, tmp_path):
    """First the whole roster, then what changed: a new name, and somebody who is gone."""
    mother = roster.MOTHER | {"sourcedId": "m", "identifier": "m1"}
    users, roles = [mother], [roster.MOTHER_ROLE | {"sourcedId": "rm", "userSourcedId": "m"}]
    for number in range(330):
        person = {"sourcedId": f"u{number}", "identifier": str(1000 + number), "familyName": f"Bello-{number}"}
        users.append(roster.MARISOL | person | {"agentSourcedIds": "m", "grades": ""})
        roles.append(roster.STUDENT_ROLE | {"sourcedId": f"r{number}", "userSourcedId": f"u{number}"})
    records = records_of(roster.write(tmp_path / "roster", users=users, roles=roles))
    with serving_roster(shared / "data" / "oneroster" / "edfi-oneroster-swagger.yml", records) as api:
        api.page_limit = 100
        words = ("import", "oneroster-api", api.root, "--token-url", f"{api.root}/oauth/token")
        words += ("--key-file", key_file(CLIENT_ID, CLIENT_SECRET))
        first = ends_as_if_never_killed(plant, whole, api, words, "base")
        assert (first["ids"], first["relations"]) == (331, 330)
        plant.keep("with_roster")
        changed = {one["sourcedId"]: one for one in records["users"] if one["sourcedId"] in {"u7", "u8"}}
        for one in changed.values():
            one["dateLastModified"] = "2099-01-10T08:00:00Z"
        changed["u7"]["givenName"] = "Soledad"
        changed["u8"]["status"] = "tobedeleted"
        then = ends_as_if_never_killed(plant, whole, api, words, "with_roster")
        assert (then["ids"], then["relations"]) == (330, 329)
        assert any("Soledad Bello-7" in one for one in then["people"])
    seal(plant)


def ends_as_if_never_killed(plant, whole, api, words, base):
    """Kills an import again and again, each time from the same beginning; gives what is held when it has ended."""
    plant.restore(base)
    api.asked.clear()
    after, struck = whole(*words[1:], base=base)
    begun = set()
    for kill in kills_of(plant, api, struck, *words):
        plant.restore(base)
        ended = kill()
        assert ended.killed, ended.said
        now = held(plant)
        assert not now["twice"]
        begun.add(json.dumps([now["people"], now["ids"], now["relations"]]))
        plant.run("command", *words)
        again = held(plant)
        assert again["entries"] == now["entries"] + 1
        assert without(again, "entries") == without(after, "entries")
    assert len(begun) > 1, "no kill fell between two transactions"
    return after


def change_incidents(api):
    """Two incidents go, 900 and 3; 1 and 2 swap their numbers, and who was in them goes with them."""
    api.put("disciplineIncidents", incident(900))
    ids = {one.record["incidentIdentifier"]: identifier for identifier, one in api.held["disciplineIncidents"].items()}
    parts = {one.record["disciplineIncidentReference"]["incidentIdentifier"]: at for at, one in api.held[PARTS].items()}
    api.delete("disciplineIncidents", ids["900"])
    api.delete(PARTS, parts["3"])
    api.delete("disciplineIncidents", ids["3"])
    for now, new, told in ((1, "x", 1), (2, 1, 2), (1, 2, 1)):
        api.rekey("disciplineIncidents", ids[str(now)], incident(new, incidentDescription=f"Told {told}"))
    api.rekey(PARTS, parts["1"], part(1, 2))
    api.rekey(PARTS, parts["2"], part(2, 1))


def copies_out(plant):
    return json.loads(plant.run("say_copies_out")[-1])
