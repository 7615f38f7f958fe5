"""What a report says: the part that is sealed, and its form in the table."""

import json
from dataclasses import asdict, dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Person:
    """A participant as the author chose them."""

    token: str
    role: str
    student: UUID | None = None
    staff: UUID | None = None
    # Only for someone from outside, who is in no directory.
    outsider_name: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """An allegation about a person, with where it comes from. Without a source and a basis it cannot be filed."""

    about: str
    text: str
    element: str
    source: str
    basis: str
    status: str = "unverified"
    # Its own within the report; given when it is signed.
    id: str = ""
    # ISO days: when somebody looks again, and from when it stands in the report no longer unless it was confirmed.
    review_on: str = ""
    expires_on: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """The sealed content of a report version or a draft."""

    occurred_on: str = ""
    # Time of day, HH:MM, or empty when nobody knows.
    occurred_at: str = ""
    place: str = ""
    kind: str = ""
    report_kind: str = "incident_report"
    people: tuple[Person, ...] = ()
    # Codes of `codes.toml`.
    behaviors: tuple[str, ...] = ()
    narrative: str = ""
    # Token -> what this person says, in tokens too.
    accounts: dict[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    weapon: str = ""
    weapon_kind: str = ""
    injury: str = ""
    injury_level: str = ""
    response: str = ""
    restorative: tuple[str, ...] = ()
    # Why this version took the place of the one before; empty in the first.
    correction: str = ""
    # Element -> why it matters here (M.G.L. c.71 s.37L: germane to a specific unlawful incident).
    germane: dict[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The body as JSON."""
        # Ids become text; everything else is JSON by itself.
        return json.dumps(asdict(self), default=str, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> "Body":
        """Read what `to_bytes` wrote."""
        data = json.loads(text)
        people = tuple(
            Person(**{**one, **{name: UUID(one[name]) for name in ("student", "staff") if one[name]}})
            for one in data.pop("people")
        )
        claims = tuple(Claim(**one) for one in data.pop("claims"))
        # What was signed before these existed does not hold them.
        behaviors, restorative = (tuple(data.pop(name, ())) for name in ("behaviors", "restorative"))
        return cls(people=people, claims=claims, behaviors=behaviors, restorative=restorative, **data)
