"""What every test of lists begins with: incidents, disciplines and the district's data files."""

from datetime import date

import pytest

# All codes are invented.
CRDC = """
version = 1
source = "An invented code of conduct"
sworn_units = ["safety-services"]
[codes]
arrest = ["uri://district.example/DisciplineDescriptor#Arrest"]
"""
SSDR = """
version = 1
handbook = "An invented handbook"
student_numbers = "local"
[schools]
"4030" = "00350505"
[[offense]]
code = "9001"
title = "Fighting, invented"
from = ["fight"]
always_report = true
[[discipline]]
code = "91"
title = "Sent home, invented"
from = ["uri://district.example/DisciplineDescriptor#Home"]
removal = true
[[discipline]]
code = "92"
title = "Arrested, invented"
from = ["uri://district.example/DisciplineDescriptor#Arrest"]
removal = true
arrest = true
[not_reported]
incidents = ["attempted_fight_mediated", "vandalism"]
"""
FIRST, LAST = date(2025, 7, 1), date(2026, 6, 30)


@pytest.fixture
def data_files(tmp_path, settings):
    """The district's two data files, filled in."""
    settings.CRDC_RULES, settings.SSDR_CODES = tmp_path / "crdc.toml", tmp_path / "ssdr-codes.toml"
    settings.CRDC_RULES.write_text(CRDC, encoding="utf-8")
    settings.SSDR_CODES.write_text(SSDR, encoding="utf-8")
    return settings


@pytest.fixture
def fight(cast, data_files):
    """A fight that was reported to the police: Marisol took part and was arrested, Kevin was harmed."""
    from schoolgate.apps.incidents.models import DisciplineAction, Incident, Participant

    incident = Incident.objects.create(
        school=cast.school,
        occurred_on=date(2026, 3, 2),
        place="hallway",
        kind="fight",
        feed_key="4030:17",
        reported_to_police=True,
    )
    for token, role, who in (("P1", "involved", "marisol"), ("P2", "harmed", "kevin")):
        Participant.objects.create(incident=incident, token=token, role=role, student=cast.students[who])
    action = DisciplineAction.objects.create(
        student=cast.students["marisol"],
        school=cast.school,
        imposed_on=date(2026, 3, 3),
        disciplines=["uri://district.example/DisciplineDescriptor#Arrest"],
        actual_length=2,
        feed_key=bytes(16),
        feed_mark=bytes(16),
    )
    action.incidents.add(incident)
    return incident


@pytest.fixture
def propose(cast, data_files):
    """Propose a list as somebody of the office."""
    from schoolgate.apps.exports.services import propose_list

    def run(kind="crdc", username="whitfield", **changes):
        asked = {
            "kind": kind,
            "first_day": FIRST,
            "last_day": LAST,
            "purpose": "federal_collection" if kind == "crdc" else "state_collection",
            "words": "The yearly collection, sent by the data office.",
        }
        return propose_list(actor=cast.actor(username), **(asked | changes))

    return run


@pytest.fixture
def confirmed(cast, propose):
    """A list that two persons wanted."""
    from schoolgate.apps.exports.services import confirm_list

    def run(kind="crdc", **changes):
        return confirm_list(actor=cast.actor("raman"), export=propose(kind, **changes))

    return run


@pytest.fixture
def file_of(cast):
    """One file of a list, as the records officer opens it."""
    from schoolgate.apps.exports.selectors import open_file

    return lambda export, name, username="whitfield": open_file(actor=cast.actor(username), export=export, name=name)
