"""Following a log: what a monitor checks at each look, and when it cries out.

Everything that was published since the last look is read and hashed anew, so a log can neither take back, change nor
hide what it showed; and of what was read before, one bundle drawn at each look, so that later damage is found in time.
What is remembered is saved only after it was checked: killed at any moment, the next look begins where the last one
that finished ended.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from schoolgate.engines.tlog.checkpoint import Checkpoint, OpenedCheckpoint
from schoolgate.engines.tlog.errors import MonitorError, TileError, TlogError
from schoolgate.engines.tlog.folder import CHECKPOINT, ROTATIONS
from schoolgate.engines.tlog.frontier import Frontier
from schoolgate.engines.tlog.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, leaf_level
from schoolgate.engines.tlog.keys import VerifyingKey
from schoolgate.engines.tlog.monitor_memory import Alarm, Awaited, Cry, Followed, MonitorMemory
from schoolgate.engines.tlog.nodes import TileNodes, range_root
from schoolgate.engines.tlog.promise import Promise, open_promise
from schoolgate.engines.tlog.proofs import consistency_proof, inclusion_proof, verify_inclusion
from schoolgate.engines.tlog.rotation import KeyChain, open_with_chain
from schoolgate.engines.tlog.tiles import ENTRIES, TILE_WIDTH, Tile, TileName, parse_bundle, start_of_tile, width_of
from schoolgate.engines.tlog.tower import TileTower
from schoolgate.engines.tlog.witness import Submission, origin_hash

type Fetch = Callable[[str], bytes | None]
"""Gives the bytes of a path below the log's prefix; None when the log says that there is no such file.

Raises OSError when the log cannot be reached.
"""

FUTURE_SECONDS: Final = 300
"""How far a cosignature may lie ahead of the monitor's clock, and how far that may go back."""
MAX_ROTATIONS: Final = 1000
_TILES_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the log said of itself, and whom to compare it with.

    Args:
        every: Seconds between two checkpoints.
        grace: Seconds that a checkpoint may be late.
        witnesses: Keys of witnesses whose cosignatures are looked at.
    """

    every: int = 3600
    grace: int = 900
    witnesses: tuple[VerifyingKey, ...] = ()


class Monitor:
    """Follows one log.

    Args:
        key: The log's key, from a source other than the log.
        fetch: Reads a path of the log.
        memory: What it remembers.
        expectations: When a checkpoint is late, and whose cosignatures to look at.
        fetch_witness: For each witness that shows what it cosigned: its key, and how to read a path of it.
    """

    def __init__(
        self,
        key: VerifyingKey,
        fetch: Fetch,
        memory: MonitorMemory,
        expectations: Expectations,
        fetch_witness: Sequence[tuple[VerifyingKey, Fetch]] = (),
    ) -> None:
        self._key = key
        self._fetch = fetch
        self._memory = memory
        self._expected = expectations
        self._witnesses = tuple(fetch_witness)
        self._chain = KeyChain.trusting(key)

    def promised(self, note: str) -> Promise:
        """Hold the log to a promise from now on. What was read before is searched once, by the next look.

        Raises:
            TlogError: When this log did not sign it.
        """
        try:
            chain = KeyChain.trusting(self._key, self._rotations())
        except OSError:
            chain = self._chain
        promise = open_promise(note, [key for _, key in chain.links])
        followed = self._load()
        if note not in [one.note for one in followed.awaited]:
            self._memory.save(replace(followed, awaited=(*followed.awaited, Awaited(note))))
        return promise

    def look(self, now: int) -> list[Alarm]:
        """Look once: fetch what is new, check it, remember it. O(new entries), memory for some tiles.

        Args:
            now: The POSIX second by the monitor's clock.

        Raises:
            MonitorError: When what was remembered is damaged or of another log.
        """
        followed = self._load()
        alarms = []
        if followed.looked_at is not None and now < followed.looked_at - FUTURE_SECONDS:
            alarms.append(Alarm(Cry.WRONG_CLOCK, "the monitor's clock went back since its last look"))
        # Before the log, which may grow meanwhile: what a witness has cosigned was public before it did.
        shown, unasked = self._ask_witnesses()
        alarms += unasked
        alarms += self._look_at_log(followed, shown, now)
        return alarms + self._late(self._load(), now)

    def _load(self) -> Followed:
        followed = self._memory.load()
        if followed.origin not in ("", self._key.name):
            raise MonitorError(f"this folder remembers {followed.origin}: give each log a folder of its own")
        return followed

    def _look_at_log(self, followed: Followed, shown: list[tuple[VerifyingKey, str]], now: int) -> list[Alarm]:
        note = None
        try:
            data = self._fetch(CHECKPOINT)
            if data is None:
                return [Alarm(Cry.MISSING, "the log serves no checkpoint")]
            note = _text(data)
            self._chain = KeyChain.trusting(self._key, self._rotations())
            opened = open_with_chain(note, self._chain, witnesses=self._expected.witnesses)
        except OSError as problem:
            return [Alarm(Cry.MISSING, f"the log cannot be reached: {problem}")]
        except TlogError as problem:
            return [Alarm(Cry.UNSIGNED, str(problem), (note,) if note else ())]
        self._memory.keep_note(opened.checkpoint, note)
        alarms = _future(opened, now)
        if contradiction := _contradiction(followed, opened):
            return [*alarms, contradiction]
        tree = _Tree(self._fetch, opened.checkpoint)
        try:
            alarms += self._read_on(followed, opened, tree, now)
            alarms += self._compare_witnesses(shown, opened, tree, now)
        except OSError as problem:
            alarms.append(Alarm(Cry.MISSING, f"a file of the log cannot be had: {problem}"))
        except TlogError as problem:
            alarms.append(Alarm(Cry.DAMAGED, str(problem), (note,)))
        return alarms

    def _rotations(self) -> Iterator[str]:
        for number in range(1, MAX_ROTATIONS):
            data = self._fetch(f"{ROTATIONS}/{number}")
            if data is None:
                return
            yield _text(data)

    def _late(self, followed: Followed, now: int) -> list[Alarm]:
        """The newest checkpoint that was checked is too old, or an entry that was promised is not in it."""
        if followed.grown_at is None or followed.note is None:
            return []
        alarms = []
        waited = now - followed.grown_at
        if waited > self._expected.every + self._expected.grace:
            alarms.append(Alarm(Cry.LATE, f"no new checkpoint for {waited} seconds", (followed.note,)))
        for one in followed.awaited:
            due = one.promise.due
            if one.searched and now > due + self._expected.grace:
                problem = f"an entry that was promised by second {due} is not in what the log shows"
                alarms.append(Alarm(Cry.PROMISE_BROKEN, problem, (one.note, followed.note)))
        return alarms

    def _read_on(self, followed: Followed, opened: OpenedCheckpoint, tree: "_Tree", now: int) -> list[Alarm]:
        """Hash what is new, compare every new tile, and remember where this ended."""
        new, old = opened.checkpoint, followed.frontier
        if new.size > old.size and not tree.begins_with(old.size, old.root):
            problem = f"the tree of {new.size} entries does not begin with the {old.size} that were shown before"
            notes = (*((followed.note,) if followed.note else ()), opened.note)
            return [Alarm(Cry.FORK, problem, (*notes, *tree.refutation(old.size, opened.note)))]
        wanted = {one.promise.entry for one in followed.awaited if not one.searched}
        found = tree.search(wanted, old.size)
        if full := old.size // TILE_WIDTH:
            tree.look_again(_drawn(now, full))
        grown = old
        if new.size > old.size:
            grown, more = tree.read(old, {one.promise.entry for one in followed.awaited})
            found |= more
        kept = [one.note for one in followed.awaited if one.promise.entry not in found]
        awaited = tuple(Awaited(each, searched=True) for each in kept)
        first = now if new.size > old.size or followed.grown_at is None else followed.grown_at
        cosigned = [each.time for each in opened.witnesses if each.time is not None]
        self._memory.save(Followed(new.origin, grown, opened.note, min(first, *cosigned, now), now, awaited))
        return []

    def _ask_witnesses(self) -> tuple[list[tuple[VerifyingKey, str]], list[Alarm]]:
        """What each witness shows, and the alarms of those that show nothing that can be read."""
        shown, alarms = [], []
        for key, fetch in self._witnesses:
            try:
                data = fetch(f"{origin_hash(self._key.name)}/{CHECKPOINT}")
                if data is not None:
                    shown.append((key, _text(data)))
            except (OSError, MonitorError) as problem:
                said = f"{key.name} could not be asked what it cosigned: {problem}"
                alarms.append(Alarm(Cry.WITNESS, said, about=key.text))
        return shown, alarms

    def _compare_witnesses(
        self, shown: list[tuple[VerifyingKey, str]], opened: OpenedCheckpoint, tree: "_Tree", now: int
    ) -> list[Alarm]:
        """What witnesses cosigned must be what is shown here: another view for others is a fork."""
        alarms, here = [], opened.checkpoint
        for key, note in shown:
            try:
                found = open_with_chain(note, self._chain, witnesses=(key,))
            except TlogError as problem:
                said = f"{key.name} shows a checkpoint that this log did not sign, or it not rightly: {problem}"
                alarms.append(Alarm(Cry.WITNESS, said, (note,), key.text))
                continue
            theirs = found.checkpoint
            self._memory.keep_note(theirs, note)
            alarms += _future(found, now)
            if not found.witnesses:
                said = f"{key.name} shows a checkpoint without its own cosignature"
                alarms.append(Alarm(Cry.WITNESS, said, (note,), key.text))
            if theirs.size > here.size:
                said = f"{key.name} shows {theirs.size} signed entries, the log shows only {here.size}"
                alarms.append(Alarm(Cry.WITHHELD, said, (note, opened.note), key.text))
            elif not tree.begins_with(theirs.size, theirs.root):
                said = f"{key.name} shows another signed tree of {theirs.size} entries than the log does"
                refutation = tree.refutation(theirs.size, opened.note)
                alarms.append(Alarm(Cry.FORK, said, (note, opened.note, *refutation), key.text))
        return alarms


class _Tree:
    """The tree that a log serves under one signed checkpoint."""

    def __init__(self, fetch: Fetch, signed: Checkpoint) -> None:
        self._fetch = fetch
        self._signed = signed
        self._hashes = lru_cache(_TILES_KEPT)(self._read_hashes)
        self._nodes = TileNodes(signed.size, self._hashes)
        self._fits = False

    def begins_with(self, size: int, root: bytes) -> bool:
        """Whether the signed tree begins with that one, by its own tiles. O(log size) tiles.

        Raises:
            TileError: When the tiles do not make the signed root: they prove nothing.
        """
        if size == self._signed.size:
            return root == self._signed.root
        if size == 0:
            return True
        if not self._fits and range_root(0, self._signed.size, self._nodes) != self._signed.root:
            raise TileError(f"the tiles do not make the signed root of {self._signed.size} entries")
        self._fits = True
        return range_root(0, size, self._nodes) == root

    def refutation(self, size: int, note: str) -> tuple[str, str]:
        """What shows to everybody that the signed tree does not begin with another one of that size.

        With which tree it begins instead, as the text of a checkpoint, and the way from there to its root, as a
        submission (C2SP tlog-witness) that no witness who saw the other can accept.
        """
        begins = Checkpoint(self._signed.origin, size, range_root(0, size, self._nodes) if size else EMPTY_ROOT)
        return begins.text, Submission(
            size, consistency_proof(size, self._signed.size, self._nodes), note
        ).body.decode()

    def read(self, old: Frontier, wanted: set[bytes]) -> tuple[Frontier, set[bytes]]:
        """Hash every entry after the old tree, compare every tile they make; the new tree, and which wanted it holds.

        Raises:
            TileError: When a tile or the signed root is not what the entries make.
        """
        found = set()
        tower = TileTower.resume(old.size, lambda name: self._hashes(name.level, name.index)[: name.width * HASH_BYTES])
        if tower.frontier() != old:
            raise TileError(f"the tiles no longer make the root of {old.size} entries")
        for index in range(old.size // TILE_WIDTH, (self._signed.size + TILE_WIDTH - 1) // TILE_WIDTH):
            fresh = self._bundle(index)[max(0, old.size - index * TILE_WIDTH) :]
            found |= wanted.intersection(fresh)
            self._compare(tower.append_level(leaf_level(fresh)))
        self._compare(tower.partial_tiles())
        grown = tower.frontier()
        if grown.root != self._signed.root:
            raise TileError(f"the entries do not make the signed root of {self._signed.size} entries")
        return grown, found

    def look_again(self, index: int) -> None:
        """Hash a full bundle that was read before, and prove it anew: what was damaged since is found so.

        Raises:
            TlogError: When its entries do not make its tile, or its tile not the signed root.
        """
        level = leaf_level(self._bundle(index))
        if level != self._hashes(0, index):
            raise TileError(f"{TileName(0, index).path} no longer holds the hashes of the entries that are served")
        # The way from one leaf to the root is made of all the others of its tile.
        first = index * TILE_WIDTH
        proof = inclusion_proof(first, self._signed.size, self._nodes)
        verify_inclusion(level[:HASH_BYTES], first, self._signed.size, proof, self._signed.root)

    def search(self, wanted: set[bytes], size: int) -> set[bytes]:
        """Which of these entries stand among the first `size`, newest looked at first. Each found is proven.

        Raises:
            TlogError: When a bundle holds one that the tree does not.
        """
        found: set[bytes] = set()
        for index in reversed(range((size + TILE_WIDTH - 1) // TILE_WIDTH)):
            if found == wanted:
                break
            entries = self._bundle(index)
            for entry in wanted.intersection(entries[: size - index * TILE_WIDTH]):
                place = index * TILE_WIDTH + entries.index(entry)
                proof = inclusion_proof(place, self._signed.size, self._nodes)
                verify_inclusion(leaf_hash(entry), place, self._signed.size, proof, self._signed.root)
                found.add(entry)
        return found

    def _bundle(self, index: int) -> tuple[bytes, ...]:
        width = width_of(self._signed.size, ENTRIES, index)
        return parse_bundle(self._tile(TileName(ENTRIES, index, width)), width)

    def _compare(self, tiles: Sequence[Tile]) -> None:
        for tile in tiles:
            if self._tile(tile.name) != tile.data:
                raise TileError(f"{tile.name.path} does not hold the hashes of the entries that are served")

    def _read_hashes(self, level: int, index: int) -> bytes:
        return self._tile(TileName(level, index, width_of(self._signed.size, level, index)))

    def _tile(self, name: TileName) -> bytes:
        """A tile; of a partial one that is gone, the start of the full one."""
        served, data = name, self._fetch(name.path)
        if data is None and name.width < TILE_WIDTH:
            served = TileName(name.level, name.index)
            data = self._fetch(served.path)
        if data is None:
            raise TileError(f"the log does not serve {name.path}")
        return start_of_tile(data, served, name.width)


def _drawn(now: int, count: int) -> int:
    """One of the tiles, at each moment another, all of them in the long run."""
    return int.from_bytes(hashlib.sha256(str(now).encode()).digest()) % count


def _future(opened: OpenedCheckpoint, now: int) -> list[Alarm]:
    return [
        Alarm(
            Cry.WRONG_CLOCK,
            f"{one.key.name} cosigned in the future: its clock or ours is wrong",
            (opened.note,),
            one.key.text,
        )
        for one in opened.witnesses
        if one.time is not None and one.time > now + FUTURE_SECONDS
    ]


def _contradiction(followed: Followed, opened: OpenedCheckpoint) -> Alarm | None:
    """Whether the new checkpoint alone contradicts what was seen."""
    old, new = followed.frontier, opened.checkpoint
    evidence = tuple(note for note in (followed.note, opened.note) if note)
    if new.size < old.size:
        return Alarm(Cry.REWIND, f"the log showed {old.size} entries and now shows {new.size}", evidence)
    if new.size == old.size and new.root != old.root:
        return Alarm(Cry.FORK, f"the log shows another root for the same {new.size} entries", evidence)
    return None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        raise MonitorError("what is served is not UTF-8 text") from problem
