"""An invented district that writes a log and publishes figures, honestly or not."""

import datetime as dt
import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from schoolgate.apps.transparency import rules as product
from schoolgate.engines import tlog
from schoolgate.engines.tlog.auditing import Audit, audit
from schoolgate.engines.tlog.counting import Tally
from schoolgate.engines.tlog.counting_rules import Quarter, Rules
from schoolgate.engines.tlog.openings import Head, Leaf
from schoolgate.engines.tlog.pseudonyms import covered, key_mark, pads_key
from support.logs import KEY, ORIGIN, signed

SECRET = b"an installation's own secret"
RULES_FILE = product.RULES_FILE.read_bytes()
RULES = Rules.parse(RULES_FILE)
QUARTER = Quarter(2026, 3)
START = dt.datetime(2026, 7, 6, 14, tzinfo=dt.UTC)
NOW = int(dt.datetime(2026, 11, 28, tzinfo=dt.UTC).timestamp())
KINDS_OF_RECIPIENT = tuple(RULES.rows)


@dataclass
class District:
    """Records in the making: periods of acts, sealed one after the other; `entries` and `leaves` are the log."""

    seed: int = 7
    staged: list[dict[str, object]] = field(default_factory=list)
    records: list[dict[str, object]] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    at: dt.datetime = START
    wrong_vector: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def act(self, kind: str, subject: str, /, **facts: object) -> dict[str, object]:
        """Stage an act."""
        made = {
            "entry": str(UUID(int=self.random.getrandbits(128))),
            "kind": kind,
            "at": self.at.isoformat(timespec="seconds"),
            "role": "records_officer",
            "by": "",
            "subject": subject,
            "facts": facts,
        }
        self.staged.append(made)
        return made

    def students(self, *numbers: int) -> dict[str, object]:
        """The facts that tell students apart."""
        each = [covered(SECRET, bytes([one]), self.random.randbytes(8)) for one in numbers]
        return {"students": each, "students_key": key_mark(pads_key(SECRET))}

    def asked(self, number: int, recipient: str = "local_police", *students: int, left: bool = True) -> None:
        """A request about students, and the copy that left."""
        subject = f"request:{number}"
        self.act("request_received", subject, recipient=recipient)
        self.act("request_matched", subject, recipient=recipient, **self.students(*students))
        self.act("request_decided", subject, secret=False)
        if left:
            named = self.students(*students)
            self.act("copy_released", subject, recipient=recipient, release=f"r{number}", secret=False, **named)

    def seal(self) -> None:
        """A period of 256 leaves."""
        acts, self.staged = self.staged[:255], self.staged[255:]
        counts = Counter(str(one["kind"]) for one in acts if one["kind"] != "cover") + self.wrong_vector
        vector = {"entry": self._id(), "kind": "period_counted", "first": len(self.entries), "counts": dict(counts)}
        made = [*acts, vector, *({"entry": self._id(), "kind": "cover"} for _ in range(255 - len(acts)))]
        self.random.shuffle(made)
        for record in made:
            canonical, randomness = tlog.canonical(record), self.random.randbytes(32)
            self.leaves.append(Leaf(len(self.entries), canonical, randomness))
            self.entries.append(tlog.commit(canonical, randomness))
        self.records += acts
        self.at += dt.timedelta(hours=1)

    def publish(self, quarter: Quarter = QUARTER, *, inflate: int = 0) -> bytes:
        """Count the quarter, and say so in the log."""
        counted = RULES.settled(quarter)
        self.at = max(self.at, dt.datetime.fromtimestamp(counted, dt.UTC))
        with Tally(RULES, pads_key(SECRET)) as tally:
            for one in self.records:
                tally.add(one)
            data = tally.count(quarter, counted=counted, log=ORIGIN).data
        if inflate:
            data = data.replace(b'"local_police":12', b'"local_police":%d' % (12 + inflate))
        digest = tlog_sha256(data)
        moment = dt.datetime.fromtimestamp(counted, dt.UTC).isoformat()
        self.act(
            "figures_published",
            f"figures:{quarter.name}",
            period=quarter.name,
            sha256=digest,
            rules=RULES.digest,
            counted=moment,
        )
        return data

    def destroy(self, record: dict[str, object], *, kind: str = "") -> None:
        """Destroy an opening that is sealed, and say so."""
        canonical = tlog.canonical(record)
        index = next(number for number, leaf in enumerate(self.leaves) if leaf.record == canonical)
        said = self.act(
            "opening_destroyed", "entry", commitment=self.entries[index].hex(), kind=kind or str(record["kind"])
        )
        self.leaves[index] = Leaf(index, b"", b"", str(said["entry"]))

    @property
    def note(self) -> str:
        """The signed checkpoint."""
        return signed(self.entries)

    def lines(self) -> list[bytes]:
        """The file of openings."""
        return [Head(ORIGIN, len(self.entries), pads_key(SECRET)).line, *(one.line for one in self.leaves)]

    def audited(self, *figures: bytes) -> Audit:
        """What an auditor finds."""
        return audit(
            self.entries,
            self.lines(),
            checkpoint=tlog.open_checkpoint(self.note, KEY.verifying_key).checkpoint,
            rules=RULES,
            figures=figures,
            now=NOW,
        )

    def write(self, folder: Path) -> None:
        """The log's folder."""
        tlog.write_folder(folder, self.entries, self.note, chain=tlog.KeyChain.trusting(KEY.verifying_key), first=0)

    def _id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128)))


def tlog_sha256(data: bytes) -> str:
    """A digest as entries hold it."""
    return hashlib.sha256(data).hexdigest()


def busy(*, requests: int = 12) -> District:
    """Twelve requests of the police about twelve students, three of another agency, one of them kept from the count."""
    district = District()
    for number in range(requests):
        district.asked(number, "local_police", number, number + 20)
        district.at += dt.timedelta(minutes=1)
    for number in range(100, 103):
        district.asked(number, "federal_immigration", number, left=False)
        district.act("refusal_sent", f"request:{number}", recipient="federal_immigration")
    district.asked(200, "a_kind_that_has_no_row", 1)
    district.act("report_filed", "report:1")
    district.seal()
    district.seal()
    return district
