"""What the standard's own codes mean here. Whatever else a feed says is kept as it stands and means nothing yet."""

from typing import TypedDict

from schoolgate.interop.edfi import NonOffenderRow, ParticipationRow, StaffParticipationRow

_PART = "uri://ed-fi.org/DisciplineIncidentParticipationCodeDescriptor#"
# In this order: whoever took part and was harmed took part.
ROLE_OF_CODE = {
    f"{_PART}Perpetrator": "involved",
    f"{_PART}Victim": "harmed",
    f"{_PART}Witness": "witness",
    f"{_PART}Reporter": "reported",
}
_PLACE = "uri://ed-fi.org/IncidentLocationDescriptor#"
PLACE_OF_CODE = {
    f"{_PLACE}Classroom": "classroom",
    f"{_PLACE}Hallway or stairs": "hallway",
    f"{_PLACE}Cafeteria area": "cafeteria",
    f"{_PLACE}Athletic field or playground": "grounds",
    f"{_PLACE}Parking lot": "grounds",
    f"{_PLACE}On-campus other outside area": "grounds",
    f"{_PLACE}School bus": "bus",
    f"{_PLACE}Bus stop": "bus_stop",
    f"{_PLACE}Walking to or from school": "bus_stop",
    f"{_PLACE}Off-campus at a school sponsored activity": "activity",
}


class Entry(TypedDict):
    """What one row of the feed says of a participant.

    `mark` is the row's HMAC in hex; empty for an outsider, who has no row of their own.
    """

    record: str
    behavior: str
    roles: list[str]
    weapons: list[str]
    mark: str


def entry_of(row: ParticipationRow | NonOffenderRow | StaffParticipationRow, mark: bytes) -> Entry:
    """A row as it is kept with its participant."""
    behavior, weapons = "", []
    if isinstance(row, ParticipationRow):
        behavior, weapons = row.behavior.behavior.uri, [weapon.uri for weapon in row.weapons]
    return Entry(
        record=type(row).__name__.removesuffix("Row"),
        behavior=behavior,
        roles=[role.uri for role in row.roles],
        weapons=weapons,
        mark=mark.hex(),
    )


def role_of(entries: list[Entry]) -> str:
    """The part that the standard codes give a participant; "unknown" when none of them does."""
    codes = {code for entry in entries for code in entry["roles"]}
    return next((role for code, role in ROLE_OF_CODE.items() if code in codes), "unknown")
