"""Try to learn how many acts a period of a log held, from everything that is public: `log_attack.py URL-OR-FOLDER`.

It looks at sizes, dates of files and folders, headers, how long answers take, how far bundles compress, the order of
the entries, their bits, repetitions and links, when checkpoints appear and are cosigned, the numbers on the public
page, and the places in receipts that people have shown. It prints what it could tell. Nothing of it needs the
product: the standard library is enough.

    log_attack.py https://log.example.org/log/                  one look
    log_attack.py ./log --receipt a.tlog-proof --receipt b...   with receipts that were shown
    log_attack.py https://... --seen looks.jsonl                each run adds a look, and compares with those before
"""

import argparse
import base64
import gzip
import json
import math
import re
import statistics
import struct
import sys
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path

TILE, ENTRY = 256, 32
PREFIXED = ENTRY + 2
COSIGNATURE_BYTES = 4 + 8 + 64
# How unlikely chance must be before something counts as told.
SURE = 6.0
# Looks that follow each other so closely, in seconds, say when a checkpoint appeared.
OFTEN = 5
# Fewer receipts of one period say nothing of its order.
FEW = 5
# A file of the log, and what a log has beside them. Whatever else lies there tells something.
KNOWN = re.compile(r"checkpoint|rotation/\d+|tile/(\d+|entries)/(x\d{3}/)*\d{3}(\.p/\d+)?")
PARTIAL = re.compile(r"tile/(?:0|entries)/.*\.p/(\d+)")
# Headers that any server sends and that do not depend on the file.
MOMENT_OF_ANSWER = {"date", "age", "expires"}


@dataclass(frozen=True)
class Sight:
    """One file as it was seen. `dated` is a POSIX second; `took` the seconds until the answer came."""

    data: bytes
    dated: float | None = None
    took: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """The whole public log at one moment: files by name, dates of folders, and the text of the public page."""

    at: float
    files: Mapping[str, Sight]
    folders: Mapping[str, float] = field(default_factory=dict)
    page: str = ""

    @property
    def checkpoint(self) -> str:
        """The signed note."""
        return self.files["checkpoint"].data.decode()

    @property
    def size(self) -> int:
        """How many entries the checkpoint says there are."""
        return int(self.checkpoint.split("\n")[1])

    @property
    def cosigned(self) -> list[int]:
        """POSIX seconds at which witnesses signed, in the order of the lines."""
        blobs = [base64.b64decode(line.rsplit(" ", 1)[1]) for line in self.checkpoint.split("\n\n")[1].splitlines()]
        return [struct.unpack(">Q", blob[4:12])[0] for blob in blobs if len(blob) == COSIGNATURE_BYTES]

    def batch(self, number: int) -> list[bytes]:
        """The entries of one bundle; empty when it was not seen."""
        sight = self.files.get(bundle(number))
        data = sight.data if sight else b""
        return [data[start + 2 : start + PREFIXED] for start in range(0, len(data), PREFIXED)]


@dataclass(frozen=True)
class Shown:
    """A receipt that somebody showed: the place of the entry, and when the act happened, if its record says so."""

    index: int
    happened: float | None


@dataclass(frozen=True)
class Told:
    """Something that could be told: by which channel, and what."""

    channel: str
    what: str


def bundle(number: int) -> str:
    """The name of a bundle of entries."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    return "tile/entries/" + "/".join(groups)


def look_at_folder(folder: Path, *, at: float | None = None, page: str = "") -> Look:
    """Everything that a folder shows, hidden files and dates of folders too."""
    files, folders = {}, {}
    for path in (folder, *sorted(folder.rglob("*"))):
        name, dated = path.relative_to(folder).as_posix(), path.stat().st_mtime
        if path.is_dir():
            folders[name] = dated
        else:
            files[name] = Sight(path.read_bytes(), dated)
    return Look(time.time() if at is None else at, files, folders, page)


def look_at_url(address: str, *, last: int | None = None, skip: int = 0) -> Look:
    """Everything that a server shows: the checkpoint, bundles and hash tiles from `skip` on, and the page itself."""
    prefix = address if address.endswith("/") else address + "/"
    if not prefix.startswith(("http://", "https://")):
        raise SystemExit("give a folder, or an address that begins with http:// or https://")
    look = Look(time.time(), {"checkpoint": fetch(prefix + "checkpoint")}, page=page_at(prefix))
    files = dict(look.files)
    for number in range(skip, look.size // TILE if last is None else last):
        for name in (bundle(number), bundle(number).replace("entries", "0")):
            files[name] = fetch(prefix + name)
    return Look(look.at, files, page=look.page)


def fetch(address: str, **headers: str) -> Sight:
    """One answer of a server, with its headers in lower case, and how long it took."""
    asked = urllib.request.Request(address, headers={"Accept-Encoding": "gzip", **headers})  # noqa: S310 - http only
    began = time.perf_counter()
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - the same
        data = answer.read()
        took = time.perf_counter() - began
        told = {name.lower(): value for name, value in answer.headers.items()}
    if told.get("content-encoding") == "gzip":
        data = gzip.decompress(data)
    dated = parsedate_to_datetime(told["last-modified"]).timestamp() if "last-modified" in told else None
    return Sight(data, dated, took, told)


def page_at(prefix: str) -> str:
    """The text of the page about the log; nothing when there is none."""
    try:
        return re.sub(r"<[^>]*>", " ", fetch(prefix).data.decode("utf-8", "replace"))
    except OSError:
        return ""


def read_receipt(text: str) -> Shown:
    """The place in a receipt, and the time in its record."""
    index = int(re.search(r"^index (\d+)$", text, re.MULTILINE)[1])  # type: ignore[index]
    extra = re.search(r"^extra (\S+)$", text, re.MULTILINE)
    record = json.loads(base64.b64decode(extra[1])[ENTRY:]) if extra else {}
    happened = re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)", str(record.get("at", "")))
    return Shown(index, datetime.fromisoformat(happened[0]).timestamp() if happened else None)


def features(look: Look, before: Look | None, *, every: int, shown: Sequence[Shown] = ()) -> dict[str, float]:
    """What can be measured of what came since the look before, as numbers: what an attacker compares periods by."""
    old = before.size if before else 0
    found = {"grown": float(look.size - old), "files": float(len(look.files))}
    found["strange files"] = float(sum(KNOWN.fullmatch(name) is None for name in look.files))
    found["appeared"] = look.at % every
    found |= {f"folder date {name.count('/')}": dated % every for name, dated in look.folders.items()}
    found |= {f"cosigned {place}": float(when % every) for place, when in enumerate(look.cosigned)}
    numbers = [int(one) for one in re.findall(r"\d+", look.page)]
    found |= {f"page {place}": float(one) for place, one in enumerate(numbers) if one != look.size}
    first = old // TILE
    names = {"checkpoint": "checkpoint", "bundle": bundle(first), "hashes": bundle(first).replace("entries", "0")}
    for what, name in names.items():
        if sight := look.files.get(name):
            found |= {f"{what}: {channel}": value for channel, value in _of_file(sight, every).items()}
    found |= _of_entries(look.batch(first), look.batch(first - 1) if first else [])
    places = [one.index - old for one in shown if one.index >= old]
    if places:
        found |= {"receipts: mean place": statistics.fmean(places), "receipts: last place": float(max(places))}
        found["receipts: order"] = _concordance([one for one in shown if one.index >= old])
    return found


def _of_file(sight: Sight, every: int) -> dict[str, float]:
    found = {"length": float(len(sight.data)), "compressed": float(len(zlib.compress(sight.data, 9)))}
    if sight.dated is not None:
        found["date"] = sight.dated % every
    if sight.took is not None:
        found["took"] = sight.took
    for name, value in sight.headers.items():
        if name not in MOMENT_OF_ANSWER:
            found[f"header {name}"] = float(value) if value.isdecimal() else float(zlib.crc32(value.encode()))
    if "last-modified" in sight.headers:
        found["header last-modified"] = parsedate_to_datetime(sight.headers["last-modified"]).timestamp() % every
    return found


def _of_entries(entries: Sequence[bytes], earlier: Sequence[bytes]) -> dict[str, float]:
    if not entries:
        return {}
    joined = b"".join(entries)
    links = [
        (int.from_bytes(one) ^ int.from_bytes(two)).bit_count() for one, two in zip(entries, earlier, strict=False)
    ]
    return {
        "entries: bits": int.from_bytes(joined).bit_count() / (8 * len(joined)),
        "entries: bytes": sum(count * count for count in Counter(joined).values()) / len(joined),
        "entries: repeated": float(len(entries) - len(set(entries)) + len(set(entries) & set(earlier))),
        "entries: rising": sum(one < two for one, two in pairwise(entries)) / len(entries),
        "entries: lowest": float(entries.index(min(entries))),
        "entries: neighbours": min(
            (int.from_bytes(one) ^ int.from_bytes(two)).bit_count() for one, two in pairwise(entries)
        )
        if len(entries) > 1
        else 0.0,
        "entries: links": float(min(links, default=8 * ENTRY)),
    }


def _concordance(shown: Sequence[Shown]) -> float:
    """Kendall's tau between place and time: 1 when entries stand in the order of their acts, 0 when mixed."""
    known = [(one.happened, one.index) for one in shown if one.happened is not None]
    pairs = [(b[0] - a[0]) * (b[1] - a[1]) for i, a in enumerate(known) for b in known[i + 1 :] if a[0] != b[0]]
    return sum(math.copysign(1, one) for one in pairs) / len(pairs) if pairs else 0.0


def apart(one: Sequence[Mapping[str, float]], two: Sequence[Mapping[str, float]], *, chance: float) -> dict[str, float]:
    """The channels by which two kinds of periods can be told apart, and how well: 0 not at all, 1 always.

    For each channel the best single threshold (Kolmogorov-Smirnov). Left out is what chance alone would show in any of
    them with a probability of at most `chance`.
    """
    channels = sorted({name for period in (*one, *two) for name in period})
    noise = math.sqrt(-math.log(chance / len(channels) / 2) / 2) * math.sqrt(1 / len(one) + 1 / len(two))
    found = {}
    for channel in channels:
        a, b = ([period.get(channel, -1.0) for period in periods] for periods in (one, two))
        edges = sorted({*a, *b})
        best = max(abs(sum(x <= edge for x in a) / len(a) - sum(x <= edge for x in b) / len(b)) for edge in edges)
        if best > min(noise, 0.999):
            found[channel] = best
    return found


def findings(
    look: Look, *, every: int, shown: Sequence[Shown] = (), looks: Sequence[Mapping[str, float]] = ()
) -> list[Told]:
    """What one log shows that a log which hides its volume would not."""
    told = [Told("files", f"{name} is no file of a log") for name in sorted(look.files) if not KNOWN.fullmatch(name)]
    widths = {int(found[1]) for name in look.files if (found := PARTIAL.fullmatch(name))}
    if look.size % TILE or widths:
        told.append(
            Told("size", f"the last period held at most {look.size % TILE or max(widths)} acts: it fills no tile")
        )
    dates = {**{name: sight.dated for name, sight in look.files.items()}, **look.folders}
    off = sorted(name for name, dated in dates.items() if dated is not None and dated % every)
    if off:
        told.append(Told("dates", f"{len(off)} dates follow no schedule of {every} seconds, such as that of {off[0]}"))
    told += _headers(look)
    told += _entries(look)
    told += _places(shown, every)
    return told + _schedule(looks, every)


def _headers(look: Look) -> list[Told]:
    """Headers that differ among files of one kind: they say something of each file."""
    told = []
    bundles = [sight.headers for name, sight in look.files.items() if "/entries/" in name]
    for name in sorted({name for headers in bundles for name in headers} - MOMENT_OF_ANSWER):
        values = {headers.get(name) for headers in bundles}
        if name in {"set-cookie", "server-timing", "x-response-time"}:
            told.append(Told("headers", f"{name} is sent: {min(map(str, values))}"))
        elif name in {"content-length", "vary", "cache-control"} and len(values) > 1:
            told.append(Told("headers", f"{name} differs among bundles: {sorted(map(str, values))[:3]}"))
    return told


def _entries(look: Look) -> list[Told]:
    told, earlier = [], set[bytes]()
    for number in range(look.size // TILE):
        entries = look.batch(number)
        if not entries:
            continue
        if repeated := len(entries) - len(set(entries)) + len(set(entries) & earlier):
            told.append(
                Told("repeated", f"period {number}: {repeated} entries stand twice: at most {TILE - repeated} acts")
            )
        earlier |= set(entries)
        joined = b"".join(entries)
        bits = 8 * len(joined)
        if abs(2 * int.from_bytes(joined).bit_count() - bits) > SURE * math.sqrt(bits):
            told.append(Told("bits", f"period {number}: some entries are not random bits"))
        packed = len(zlib.compress(joined, 9))
        if packed < len(joined):
            told.append(Told("compressed", f"period {number}: {len(joined) - packed} bytes fewer when compressed"))
        rising = sum(one < two for one, two in pairwise(entries))
        if abs(rising - (len(entries) - 1) / 2) > SURE * math.sqrt((len(entries) + 1) / 12):
            told.append(Told("order", f"period {number}: the entries are sorted"))
    return told


def _places(shown: Sequence[Shown], every: int) -> list[Told]:
    """What receipts that were shown tell: the period, and more when a period is not mixed or not large enough."""
    told = [Told("receipt", f"an act stands in period {one.index // TILE}") for one in shown]
    groups: dict[int, list[Shown]] = {}
    for one in shown:
        groups.setdefault(one.index // TILE, []).append(one)
    spread = [one.index % TILE for one in shown]
    # Uniform places: their maximum is below m with probability (m/256)^n.
    if spread and len(spread) * math.log((max(spread) + 1) / TILE) < -SURE * SURE / 2:
        told.append(
            Told("places", f"{len(spread)} acts all stand in the first {max(spread) + 1} places: covers follow")
        )
    # Kendall's tau of n mixed places has the variance 2 (2n + 5) / (9n (n - 1)).
    scores = [
        _concordance(group) / math.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)))
        for group in groups.values()
        if (n := len(group)) >= FEW
    ]
    if scores and abs(sum(scores)) / math.sqrt(len(scores)) > SURE:
        told.append(Told("order of acts", "entries stand in the order of their acts: places count the acts between"))
    lags = {one.index // TILE - one.happened // every for one in shown if one.happened is not None}
    if len(lags) > 1:
        late = int(max(lags) - min(lags))
        told.append(
            Told("late", f"acts stand up to {late} periods later than others: the periods between were full, or failed")
        )
    return told


def _schedule(looks: Sequence[Mapping[str, float]], every: int) -> list[Told]:
    """From looks collected over time: growth, gaps, when checkpoints appear and are cosigned."""
    told = []
    grown = [(b["size"] - a["size"], b["at"] - a["at"]) for a, b in pairwise(looks)]
    if odd := [size for size, _ in grown if size % TILE]:
        told.append(Told("growth", f"grew by {int(odd[0])}, which is no whole number of tiles"))
    if rates := Counter(round(size / TILE / max(1, round(took / every))) for size, took in grown if took >= every / 2):
        told.append(Told("capacity", f"tiles a period, and how often seen: {dict(sorted(rates.items()))}"))
    appeared = [b["at"] for a, b in pairwise(looks) if b["size"] > a["size"] and b["at"] - a["at"] < OFTEN]
    cosigned = [one["cosigned"] for one in looks if "cosigned" in one]
    for what, moments in (("appeared", appeared), ("cosigned", cosigned)):
        offsets = [moment % every for moment in moments]
        if offsets and max(offsets) - min(offsets) > OFTEN:
            told.append(Told(what, f"between {min(offsets):.1f} and {max(offsets):.1f} s after the period's end"))
    return told


def main() -> int:
    """Look, compare, print. 0 when nothing was told beyond what any log tells, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="a folder, or the address of a log")
    parser.add_argument("--every", type=int, default=3600, help="seconds in a period")
    parser.add_argument("--receipt", type=Path, action="append", default=[], help="a receipt that somebody showed")
    parser.add_argument("--seen", type=Path, help="a file of looks: read, and this one added")
    given = parser.parse_args()
    folder = Path(given.source)
    look = look_at_folder(folder) if folder.is_dir() else look_at_url(given.source)
    shown = [read_receipt(path.read_text(encoding="utf-8")) for path in given.receipt]
    lines = given.seen.read_text(encoding="utf-8").splitlines() if given.seen and given.seen.is_file() else []
    looks: list[Mapping[str, float]] = [json.loads(line) for line in lines]
    now: dict[str, float] = {"at": look.at, "size": look.size}
    if look.cosigned:
        now["cosigned"] = look.cosigned[0]
    if given.seen:
        with given.seen.open("a", encoding="utf-8") as file:
            file.write(json.dumps(now) + "\n")
    told = findings(look, every=given.every, shown=shown, looks=[*looks, now])
    print(f"{look.size} entries, {look.size // TILE} tiles.")
    for one in told:
        print(f"{one.channel}: {one.what}")
    admitted = {"receipt", "capacity", "late"}
    if all(one.channel in admitted for one in told):
        print(f"Of no period can I tell how many acts it held: anything from 0 to {TILE - 1} looks like this.")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
