"""Reports by the thousand with everything that hangs on them: people, sealed versions, steps, readings, entries.

A part of the log's periods is made at a time, in whatever process, and written at once. What the log needs of it,
the entries of each period in their order, is returned: the tree is grown by the product's own `append`.
"""

import json
import random
from bisect import bisect
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from benchmarks.records_people import People, Place
from benchmarks.records_rows import Sheet
from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.numbers import ALPHABET, LENGTH
from schoolgate.apps.incidents.body import Body, Claim
from schoolgate.apps.incidents.models import (
    AllegationReview,
    Incident,
    Participant,
    Report,
    ReportStep,
    ReportVersion,
)
from schoolgate.apps.incidents.vocabulary import MEMO, SIGNED_OFF, steps_of
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Opening, Reading
from schoolgate.apps.ledger.randomness import fresh_randomness
from schoolgate.apps.ledger.safe import context
from schoolgate.engines import tlog
from schoolgate.engines.vault import Context, Vault

TABLES: Final = (Incident, Participant, Report, ReportVersion, ReportStep, AllegationReview, Reading, Opening)
KINDS: Final = {
    "attempted_fight_mediated": 24,
    "fight": 18,
    "threat": 12,
    "bullying": 12,
    "harassment": 8,
    "vandalism": 8,
    "larceny": 6,
    "medical": 6,
    "drug_possession": 3,
    "assault_and_battery": 2,
    "weapon_possession": 1,
}
REPORT_KINDS: Final = {"incident_report": 70, "incident_log": 20, "bullying": 6, "weapon_report": 2, MEMO: 2}
PLACES: Final = {"classroom": 30, "hallway": 30, "cafeteria": 15, "grounds": 12, "bus": 8, "other": 5}
SENTENCES: Final = (
    "{} and {} argued after third period, and each said that the other had begun.",
    "{} left the room before the bell and was met by {} at the stairs.",
    "Nobody was hurt, and {} went back to class with {}.",
    "A table was pushed over while {} spoke with {}.",
    "{} said sorry to {} in the afternoon, and both agreed on what happens next.",
)
# Since when allegations and principals' words are still open.
OPEN_DAYS: Final = 14
REVIEW_DAYS, EXPIRY_DAYS = 30, 180
# What a body holds that says nothing: `Body.to_bytes` takes each apart anew, which is dear a million times.
_EMPTY: Final = asdict(Body())
_EMPTY_CLAIM: Final = asdict(Claim("", "", "", "", ""))

type Said = dict[str, Any]
type Who = tuple[Role, UUID | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much there is: so many reports and periods of so many seconds, from a moment on."""

    reports: int
    periods: int
    begins: datetime
    period: timedelta

    def reports_in(self, period: int) -> range:
        """The numbers of the reports that are filed in a period: evenly, as far as whole numbers go."""
        return range(period * self.reports // self.periods, (period + 1) * self.reports // self.periods)

    def began(self, period: int) -> datetime:
        """When a period begins."""
        return self.begins + period * self.period

    @property
    def ends(self) -> datetime:
        """When the last period ends."""
        return self.began(self.periods)


class Writer:
    """Makes the reports of some periods."""

    def __init__(self, plan: Plan, people: People) -> None:
        self._plan, self._people = plan, people
        self._sheets: dict[type[Any], Sheet] = {model: Sheet(model) for model in TABLES}
        self._vault = Vault(keys().provider)
        self._bodies: list[tuple[Context, bytes, dict[str, object]]] = []
        self._acts: list[bytes] = []
        self._kinds: Counter[str] = Counter()

    def write(self, periods: range) -> list[list[bytes]]:
        """Write them in one transaction; gives the entries of each period."""
        entries = []
        for period in periods:
            source = random.Random(f"records {period}")
            for number in self._plan.reports_in(period):
                self._report(source, number, self._plan.began(period))
            entries.append(self._period(source, period))
        sealed = self._vault.seal_new_page([(place, text) for place, text, _ in self._bodies])
        for (key, text), (_, _, version) in zip(sealed, self._bodies, strict=True):
            self._sheets[ReportVersion].add(**version, wrapped_key=key.to_bytes(), sealed=text)
        self._bodies = []
        with transaction.atomic():
            for sheet in self._sheets.values():
                sheet.write()
        return entries

    def _report(self, source: random.Random, number: int, began: datetime) -> None:
        place = self._people.places[bisect(self._people.weights, source.random() * self._people.weights[-1])]
        kind = _chosen(source, REPORT_KINDS)
        filed = began + self._plan.period * source.random()
        author, role = (place.principal, Role.PRINCIPAL) if source.random() < 0.1 else (
            source.choice(place.teachers), Role.STAFF
        )  # fmt: skip
        body = _body(source, place, kind, timezone.localtime(filed) - timedelta(days=source.choice((0, 0, 0, 1, 1, 3))))
        incident, report = _key(source), _key(source)
        self._sheets[Incident].add(
            id=incident,
            school_id=place.id,
            occurred_on=datetime.fromisoformat(body["occurred_on"]).date(),
            place=body["place"],
            kind=body["kind"],
            apart=kind == MEMO,
        )
        for one in body["people"]:
            self._sheets[Participant].add(
                id=_key(source), incident_id=incident, token=one["token"], role=one["role"],
                student_id=one["student"], staff_id=one["staff"],
            )  # fmt: skip
        fresh = filed > self._plan.ends - timedelta(days=OPEN_DAYS)
        signed_off = kind in SIGNED_OFF and role is Role.STAFF
        self._sheets[Report].add(
            id=report,
            number=_number(number),
            incident_id=incident,
            school_id=place.id,
            kind=kind,
            filed_by_id=author,
            filed_at=filed,
            waits_for_principal=signed_off and fresh,
        )
        about = f"report:{report}"
        self._act(Kind.REPORT_FILED, (role, author), about, filed, {"kind": kind, "version": 1, "allegations": 0})
        self._versions(source, body, report, filed, (author, None if fresh or not signed_off else place.principal))
        self._follow_ups(source, body, report, filed)
        read = filed + timedelta(hours=source.randrange(1, 40))
        self._sheets[Reading].add(
            id=_key(source), read_at=read, user=place.principal, role="principal", subject=about, part="whole"
        )

    def _versions(
        self, source: random.Random, body: Said, report: UUID, filed: datetime, people: tuple[UUID, UUID | None]
    ) -> None:
        """One, or one more in ten; the last is signed off where somebody does that."""
        author, signer = people
        many = 2 if source.random() < 0.1 else 1
        for number in range(1, many + 1):
            version, signed = _key(source), filed + timedelta(minutes=20 * (number - 1))
            last = number == many
            row: dict[str, object] = {
                "id": version,
                "report_id": report,
                "number": number,
                "signed_by_id": author,
                "signed_at": signed,
                "signed_off_by_id": signer if last else None,
                "signed_off_at": signed + timedelta(minutes=30) if signer and last else None,
            }
            text = {**body, "correction": "A word was wrong." if number > 1 else ""}
            data = json.dumps(text, default=str, ensure_ascii=False, sort_keys=True).encode()
            self._bodies.append((context("incidents.reportversion", version, "body", number), data, row))
            about, facts = f"report:{report}", {"version": number}
            if number > 1:
                self._act(Kind.REPORT_CORRECTED, (Role.STAFF, author), about, signed, facts)
            if signer and last:
                self._act(Kind.REPORT_SIGNED_OFF, (Role.PRINCIPAL, signer), about, signed, facts)

    def _follow_ups(self, source: random.Random, body: Said, report: UUID, filed: datetime) -> None:
        for place, rule in enumerate(steps_of(body["report_kind"])):
            self._sheets[ReportStep].add(
                id=_key(source), report_id=report, code=rule.code, place=place, done_at=filed + timedelta(days=1)
            )
        for claim in body["claims"]:
            review = datetime.fromisoformat(claim["review_on"]).date()
            settled = None if filed > self._plan.ends - timedelta(days=REVIEW_DAYS + 7) else filed + timedelta(days=25)
            self._sheets[AllegationReview].add(
                id=_key(source), report_id=report, claim=claim["id"], review_on=review,
                expires_on=datetime.fromisoformat(claim["expires_on"]).date(), settled_at=settled,
            )  # fmt: skip

    def _act(self, kind: Kind, who: Who, subject: str, moment: datetime, facts: Said) -> None:
        """The entry of an act, as `ledger.acts.record` writes it."""
        if len(self._acts) >= tlog.TILE_WIDTH - 1:
            return
        role, user = who
        record = {"at": moment.isoformat(timespec="seconds"), "role": role.value, "by": str(user)}
        self._acts.append(self._opening(kind, record | {"subject": subject, "facts": facts}, moment, subject, who))
        self._kinds[kind.value] += 1

    def _opening(
        self, kind: Kind, record: Said, moment: datetime, subject: str = "", who: Who = (Role.ADMINISTRATOR, None)
    ) -> bytes:
        entry, randomness = UUID(bytes=fresh_randomness()[:16], version=4), fresh_randomness()
        text = tlog.canonical({"entry": str(entry), "kind": kind.value, **record})
        commitment = tlog.commit(text, randomness)
        self._sheets[Opening].add(
            id=entry, commitment=commitment, randomness=randomness, record=text.decode(), kind=kind.value,
            subject=subject, happened_at=moment, actor_role=who[0].value, actor_user=who[1],
        )  # fmt: skip
        return commitment

    def _period(self, source: random.Random, period: int) -> list[bytes]:
        """The entries of a period: its acts, their count and covers, mixed."""
        ends = self._plan.began(period + 1)
        counts = {kind: self._kinds[kind] for kind in sorted(self._kinds)}
        counted = {"first": period * tlog.TILE_WIDTH, "counts": counts}
        planned = [*self._acts, self._opening(Kind.PERIOD_COUNTED, counted, ends)]
        covers = [self._opening(Kind.COVER, {}, ends) for _ in range(tlog.covers_needed(len(planned), tiles=1))]
        self._acts, self._kinds = [], Counter()
        return list(tlog.plan_batch(planned, covers, order=source, tiles=1).entries)


def _body(source: random.Random, place: Place, kind: str, moment: datetime) -> Said:
    """What a report says, as the JSON of a `Body` has it."""
    many = min(source.choice((1, 1, 2, 2, 2, 3, 4)), len(place.students))
    # Some children are in many incidents, most in few.
    chosen = {place.students[int(len(place.students) * source.random() ** 1.3)] for _ in range(many)}
    people = [
        _person(
            f"P{number}", "involved" if number == 1 else source.choice(("involved", "harmed", "witness")), student=one
        )
        for number, one in enumerate(sorted(chosen), start=1)
    ]
    if source.random() < 0.6:
        people.append(_person("S1", "responded", staff=source.choice(place.staff)))
    tokens = [f"@{one['token']}" for one in people]
    said = [source.choice(SENTENCES).format(source.choice(tokens), source.choice(tokens)) for _ in range(6)]
    day = moment.date()
    claim = {
        "about": "P1", "text": "was said to have begun it", "element": "incident_description", "source": "A student",
        "basis": "Hearsay", "id": f"{source.getrandbits(48):012x}",
        "review_on": (day + timedelta(days=REVIEW_DAYS)).isoformat(),
        "expires_on": (day + timedelta(days=EXPIRY_DAYS)).isoformat(),
    }  # fmt: skip
    return _EMPTY | {
        "occurred_on": day.isoformat(),
        "occurred_at": f"{source.randrange(8, 15):02}:{source.randrange(60):02}",
        "place": _chosen(source, PLACES),
        "kind": _chosen(source, KINDS),
        "report_kind": kind,
        "people": people,
        "narrative": " ".join(said),
        "claims": [_EMPTY_CLAIM | claim] if source.random() < 0.05 else [],
        "response": "The students were brought to the office and their families were called.",
    }


def _person(token: str, role: str, student: UUID | None = None, staff: UUID | None = None) -> Said:
    return {"token": token, "role": role, "student": student, "staff": staff, "outsider_name": ""}


def _chosen(source: random.Random, weighted: dict[str, int]) -> str:
    return source.choices(list(weighted), weights=weighted.values())[0]


def _number(number: int) -> str:
    """A number as the product gives them, and no two the same: the whole range is walked once, out of order."""
    span = len(ALPHABET) ** LENGTH
    place = (number * 14_606_597_341 + 5_081) % span
    letters = []
    for _ in range(LENGTH):
        place, letter = divmod(place, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "R-" + "".join(letters)


def _key(source: random.Random) -> UUID:
    return UUID(int=source.getrandbits(128), version=4)
