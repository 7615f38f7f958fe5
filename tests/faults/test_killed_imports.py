"""An import that is killed anywhere: nothing lost, nothing half, and the next run ends as if none had been killed."""

import json

import pytest

from schoolgate.engines import tlog
from schoolgate.interop.tables import ColumnMapping
from support import edfi_feed as edfi
from support import oneroster_feed as roster
from support.faults import Fault
from support.history import KILLS, WORKER

NEVER = Fault(nth=1_000_000)
STALLED = 200


def held(plant):
    return json.loads(plant.run("say_held")[-1])


def seal(plant):
    """The log takes all of it, and a stranger's check finds nothing."""
    assert "Sealed a period" in plant.run(*WORKER)[0]
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
