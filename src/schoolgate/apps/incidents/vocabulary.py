"""The words an incident is described by, and the steps that a kind of report must be followed by."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

MEMO = "mandated_memo"
INCIDENT_REPORT = "incident_report"
REPORT_KINDS = {
    "incident_log": "Safety log entry",
    INCIDENT_REPORT: "Incident report",
    "weapon_report": "Weapon report",
    "bullying": "Bullying determination",
    MEMO: "Memo of a mandated report",
}
# What the law's cases call them (`record_kind` in rulebooks/facts.toml).
RECORD_KINDS = {"bullying": "disciplinary_record", MEMO: "other"}
# A principal signs these off, unless a principal wrote them (Boston Public Schools circular SAF-04).
SIGNED_OFF = frozenset({"incident_report", "weapon_report", "bullying"})


@dataclass(frozen=True, slots=True)
class StepRule:
    """One thing that must follow a report.

    `clock` is a rule of `engines/clock`, or empty where no number of days is known; it counts from the signing, or
    from when the step `after` was done.
    """

    code: str
    title: str
    citation: str
    evidence: str
    clock: str = ""
    after: str = ""
    note: str = ""


@lru_cache(maxsize=1)
def _codes() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("codes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _steps() -> dict[str, tuple[StepRule, ...]]:
    text = files(__package__).joinpath("steps.toml").read_text(encoding="utf-8")
    return {kind: tuple(StepRule(**one) for one in rows) for kind, rows in tomllib.loads(text).items()}


BEHAVIORS = _codes()["behaviors"]
WEAPONS = _codes()["weapons"]
INJURIES = _codes()["injuries"]
RESTORATIVE = _codes()["restorative"]


def steps_of(kind: str) -> tuple[StepRule, ...]:
    """What must follow a report of this kind, in order."""
    return _steps().get(kind, ())
