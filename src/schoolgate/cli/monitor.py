"""`schoolgate monitor`: follow a log, and cry out when it does what no honest log does."""

import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from schoolgate.engines import tlog

from .fetching import fetch_from
from .terminal import Exit, out, stop, told
from .verify import read_key

_WITNESS: Final = re.compile(r"(?P<key>[^+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)(?:@(?P<url>https?://.+))?")
_SHORTEST, _LONGEST = 1, 300
_PART_OF_A_PERIOD: Final = 10


def monitor(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The log's address, the part before /checkpoint; or a folder.")
    ],
    *,
    key: Annotated[
        str,
        typer.Option(
            metavar="KEY|FILE", help="The log's verifying key, or its file, from another source than the log."
        ),
    ],
    memory: Annotated[
        Path, typer.Option(help="The folder in which it remembers this log, and keeps the evidence of alarms.")
    ] = Path("schoolgate-monitor"),
    every: Annotated[int, typer.Option(min=1, help="Seconds between two checkpoints, as the log announces.")] = 3600,
    grace: Annotated[int, typer.Option(min=0, help="Seconds that a checkpoint or a promise may be late.")] = 900,
    witness: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY[@URL]", help="A witness's key, and where it shows what it cosigned; repeatable."),
    ] = None,
    promise: Annotated[
        list[Path] | None,
        typer.Option(help="A promise to hold the log to; repeatable, and needed once.", exists=True, dir_okay=False),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once; exit code 1 when there is an alarm.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine, one line a look.")] = False,
) -> None:
    """Follow a log: read and hash all that is new, compare it with what was seen before and with what witnesses saw.

    It cries out at a fork, a rewind, a late or missing checkpoint, a wrong signature, a damaged tile, entries withheld
    from you, a broken promise, a wrong clock. Stop it at any moment: the next look goes on where the last one ended.

    Example: schoolgate monitor https://district.example/log --key district-log.key --memory seen
    """
    with told(tlog.TlogError, OSError, UnicodeDecodeError):
        witnesses = [_witness(each) for each in witness or ()]
        expected = tlog.Expectations(every, grace, tuple(one for one, _ in witnesses))
        remembered = tlog.MonitorMemory(memory)
        asked = [(one, fetch_from(place)) for one, place in witnesses if place]
        watching = tlog.Monitor(tlog.VerifyingKey.parse(read_key(key)), fetch_from(url), remembered, expected, asked)
        with remembered.alone():
            for file in promise or ():
                watching.promised(file.read_bytes().decode())
            shown = _Shown(remembered, as_json=as_json)
            try:
                while True:
                    alarms = watching.look(int(time.time()))
                    shown.look(alarms)
                    if once:
                        raise typer.Exit(Exit.NO if alarms else Exit.DONE)
                    time.sleep(min(max(every / _PART_OF_A_PERIOD, _SHORTEST), _LONGEST))
            except KeyboardInterrupt:
                if not as_json:
                    out.print("The monitor has ended.")
                raise typer.Exit(Exit.NO if shown.lasting else Exit.DONE) from None


def _witness(text: str) -> tuple[tlog.VerifyingKey, str | None]:
    found = _WITNESS.fullmatch(text)
    if not found:
        stop("a witness is given as KEY, or as KEY@URL with the address at which it shows what it cosigned.")
    key = tlog.VerifyingKey.parse(found["key"])
    if key.kind is not tlog.KeyKind.COSIGNATURE:
        stop(f"the key of {key.name} is not a witness's: those are of type 04.")
    return key, found["url"]


class _Shown:
    """What was said: each alarm once while it lasts, and when it is over."""

    def __init__(self, memory: tlog.MonitorMemory, *, as_json: bool) -> None:
        self._memory = memory
        self._as_json = as_json
        self._size = -1
        self.lasting: dict[str, tlog.Alarm] = {}

    def look(self, alarms: Sequence[tlog.Alarm]) -> None:
        """Keep the evidence, and say what is new."""
        now = {alarm.identity: alarm for alarm in alarms}
        kept = {identity: self._kept(alarm) for identity, alarm in now.items()}
        followed = self._memory.load()
        if self._as_json:
            said = [
                {"cry": one.cry.value, "problem": one.problem, "about": one.about, "evidence": kept[identity]}
                for identity, one in now.items()
            ]
            line = {"at": int(time.time()), "log": followed.origin, "size": followed.frontier.size, "alarms": said}
            out.print(json.dumps(line, ensure_ascii=False), soft_wrap=True)
        else:
            for identity in [each for each in now if each not in self.lasting]:
                alarm = now[identity]
                out.print(f"ALARM {alarm.cry.value}: {_plain(alarm.problem)}", soft_wrap=True)
                out.print(f"  The evidence is kept: {kept[identity]}", soft_wrap=True)
            for identity in [each for each in self.lasting if each not in now]:
                out.print(f"Over: {self.lasting[identity].cry.value}", soft_wrap=True)
            if not now and followed.frontier.size != self._size:
                out.print(
                    f"{followed.origin}: all {followed.frontier.size} entries fit what was signed.", soft_wrap=True
                )
        self._size = -1 if now else followed.frontier.size
        self.lasting = now
        sys.stdout.flush()

    def _kept(self, alarm: tlog.Alarm) -> str:
        """Where the evidence is; a disk that refuses it must not keep the alarm from being heard."""
        try:
            return str(self._memory.keep_evidence(alarm))
        except OSError as problem:
            return f"nowhere, the disk refuses: {problem.strerror}"


def _plain(text: str) -> str:
    """Without what could steer a terminal: part of it is what a hostile log said."""
    return "".join(each if each.isprintable() else "?" for each in text)
