"""Periods of a log in which little, much or too much happened, and what the attacker's script sees of them."""

import importlib.util
import random
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

from schoolgate.engines import tlog

EVERY = 3600
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
# Acts whose receipts the attacker has in every period, whatever else happens.
OWN = 3
# What happens in a period beside the attacker's own acts.
VOLUMES = {"idle": 0, "busy": 200, "backlog": 300}


def load_attacker() -> ModuleType:
    """The script, as a module."""
    path = Path(__file__).resolve().parents[2] / "scripts" / "log_attack.py"
    spec = importlib.util.spec_from_file_location("log_attack", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their own module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def deal(kinds: tuple[str, ...], rounds: int) -> Iterator[str]:
    """As many periods of each kind, in an order of chance that is the same in every run."""
    dealt = [*kinds] * rounds
    random.Random(13).shuffle(dealt)
    yield from dealt


@dataclass
class Sealed:
    """The product's own log: acts are staged as acts stage them, periods sealed and published by its own code."""

    folder: Path
    page: Callable[[], str]
    periods: int = 0
    receipts: list[Any] = field(default_factory=list)

    def period(self, volume: int, attacker: Any) -> tuple[Any, list[Any]]:
        """One period with so many acts beside the attacker's own; what the attacker sees, and its receipts."""
        from schoolgate.apps.access.moment import at
        from schoolgate.apps.ledger.models import StagedLeaf
        from schoolgate.apps.ledger.publishing import publish
        from schoolgate.apps.ledger.sealing import seal_period

        # The periods are dealt, so what a backlog left is no longer this period's.
        StagedLeaf.objects.all().delete()
        begins = BEGIN + timedelta(seconds=EVERY * self.periods)
        ends = begins + timedelta(seconds=EVERY)
        # The attacker's own acts lie before and among those of others.
        own = stage(1, begins) + stage(OWN - 1, begins + timedelta(seconds=160.5))
        stage(volume, begins + timedelta(seconds=60))
        took = min(self._answer_time() for _ in range(3))
        # The more there is to do, the later it is done.
        with at(ends + timedelta(seconds=1 + volume / 20)):
            checkpoint = seal_period()
            publish()
        self.periods += 1
        look = attacker.look_at_folder(self.folder, at=ends.timestamp() + EVERY / 60, page=self.page())
        look.files["checkpoint"] = replace(look.files["checkpoint"], took=took)
        entries = look.batch(checkpoint.size // 256 - 1)
        shown = [attacker.Shown(checkpoint.size - 256 + entries.index(one), when) for one, when in own]
        self.receipts += shown
        return look, shown

    def _answer_time(self) -> float:
        """How long the page about the log takes while this period's acts wait."""
        began = time.perf_counter()
        self.page()
        return time.perf_counter() - began


def stage(count: int, begins: datetime) -> list[tuple[bytes, float]]:
    """Acts that wait, a second apart: their commitments, and when they happened."""
    from schoolgate.apps.access.moment import at
    from schoolgate.apps.ledger.counting import opening_of
    from schoolgate.apps.ledger.kinds import Kind
    from schoolgate.apps.ledger.models import Opening, StagedLeaf

    openings = []
    for number in range(count):
        happened = begins + timedelta(seconds=number)
        with at(happened):
            entry, kind = uuid4(), Kind.REPORT_FILED
            record = {"entry": str(entry), "kind": kind.value, "at": happened.isoformat(), "number": number}
            openings.append(opening_of(record, kind=kind, entry=entry))
    Opening.objects.bulk_create(openings)
    StagedLeaf.objects.bulk_create(StagedLeaf(commitment=one.commitment, staged_at=one.happened_at) for one in openings)
    return [(bytes(one.commitment), one.happened_at.timestamp()) for one in openings]


@dataclass(frozen=True)
class Fault:
    """A log that is broken on purpose, in one way: what it appends, when it is dated, what its server adds."""

    covers: bool = True
    mixed: bool = True
    cover: Callable[[random.Random], bytes] = lambda chance: chance.randbytes(32)
    dated: Callable[[int], float] = lambda _: 0.0
    headers: Callable[[int], dict[str, str]] = lambda _: {}
    page: Callable[[int], str] = lambda _: "The log. 256 entries a period."
    appears: Callable[[int], float] = lambda _: 60.0
    took: Callable[[int], float] = lambda _: 0.01
    cosigned: Callable[[int], int] = lambda _: 60
    in_time_order: bool = False
    sort: Callable[[list[bytes]], list[bytes]] = list


@dataclass
class Imitated:
    """A log in memory, sealed as the engine plans it, or with a fault: quick enough for hundreds of periods."""

    fault: Fault
    seed: int
    own: int = OWN
    size: int = 0
    periods: int = 0

    def period(self, volume: int, attacker: Any) -> tuple[Any, list[Any]]:
        """One period; what the attacker sees of it, and its receipts."""
        chance, fault = random.Random(f"{self.seed} {self.periods}"), self.fault
        begins = self.periods * EVERY
        acts = [chance.randbytes(32) for _ in range(min(self.own + volume, 255))]
        times = sorted(chance.uniform(begins, begins + EVERY) for _ in acts)
        own = sorted(chance.sample(range(len(acts)), self.own))
        covers = [fault.cover(chance) for _ in range(tlog.covers_needed(len(acts)))] if fault.covers else []
        entries = self._ordered(acts, covers, chance)
        first, self.size = self.size, self.size + len(entries)
        ends = begins + EVERY
        number = self.periods
        self.periods += 1
        sight = attacker.Sight(
            b"".join(len(one).to_bytes(2) + one for one in entries),
            ends + fault.dated(volume),
            fault.took(volume),
            {"content-type": "application/octet-stream", **fault.headers(volume)},
        )
        stamp = b64encode(bytes(4) + (ends + fault.cosigned(volume)).to_bytes(8) + chance.randbytes(64)).decode()
        root = sha256(b"".join(entries)).hexdigest()
        note = f"log.example\n{self.size}\n{root}\n\n\N{EM DASH} a-witness {stamp}\n"
        files = {"checkpoint": attacker.Sight(note.encode(), ends + fault.dated(volume))}
        # What came before is not looked at again: the attacker compares what is new.
        name = attacker.bundle(number) if self.size % 256 == 0 else f"{attacker.bundle(number)}.p/{len(entries)}"
        files[name] = sight
        look = attacker.Look(ends + fault.appears(volume), files, {"": ends + fault.dated(volume)}, fault.page(volume))
        return look, [attacker.Shown(first + entries.index(acts[one]), times[one]) for one in own]

    def _ordered(self, acts: list[bytes], covers: list[bytes], chance: random.Random) -> list[bytes]:
        if self.fault.in_time_order:
            places = sorted(chance.sample(range(len(acts) + len(covers)), len(acts)))
            entries = list(covers)
            for place, act in zip(places, acts, strict=True):
                entries.insert(place, act)
            return entries
        if self.fault.sort is not list:
            return self.fault.sort([*acts, *covers])
        if not self.fault.mixed or not self.fault.covers or len({*covers}) < len(covers):
            return [*acts, *covers]
        return list(tlog.plan_batch(acts, covers, order=chance).entries)


def play(log: Any, kinds: tuple[str, ...], rounds: int, attacker: Any) -> dict[tuple[str, str], dict[str, float]]:
    """Deal periods of some kinds, look after each, and try to tell the kinds apart.

    Returns for each pair of kinds the channels that told, and how well. Fewer than 15 rounds could be told apart by
    chance more than once in a million.
    """
    seen: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    before = None
    for kind in deal(kinds, rounds):
        look, shown = log.period(VOLUMES[kind], attacker)
        seen[kind].append(attacker.features(look, before, every=EVERY, shown=shown))
        before = look
    return {(one, two): attacker.apart(seen[one], seen[two], chance=1e-6) for one, two in combinations(kinds, 2)}
