"""The process that waits for `support.faults`, its copies, what they do, and how they die or fail.

Usage, by `Installation` alone: python -P -m support.faulty NUMBER, of the open socket that tells it what to do.
By `support.real_disk`: python -P -m support.faulty now ACTION ARGUMENT ..., to do one thing in a new process.
"""

import errno
import gc
import io
import json
import os
import secrets
import signal
import socket
import sys
import traceback
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path

from support.commands import LIBRARIES
from support.copies_out import leave_a_copy, say_copies_out
from support.destroying import later, say_destruction, say_emergency, say_keys, sign_destruction, sign_emergency
from support.faults import MATCHED, Fault
from support.imported import say_held


@dataclass
class Watch:
    """What a process does, event by event, until the fault strikes."""

    fault: Fault
    folder: str
    matched: int = 0
    _step: int = 0
    _struck: bool = False

    def saw(self, event: str) -> None:
        """Die or fail here, when this is where."""
        if self._struck and not self.fault.lasting:
            return
        if not event.startswith(self.fault.steps[self._step]):
            return
        if self._step < len(self.fault.steps) - 1:
            self._step += 1
            return
        self.matched += 1
        if self.matched < self.fault.nth:
            return
        self._struck = True
        if self.fault.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, self.fault.how)
        if event.startswith(("sql", "commit")):
            from django.db import OperationalError

            raise OperationalError(f"the database could not write: {os.strerror(number)}")
        raise OSError(number, os.strerror(number), event.partition(" ")[2])

    def begin(self) -> None:
        """Watch from now on."""
        self._watch_files()
        self._watch_database()

    def _below(self, path: object) -> str | None:
        text = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
        return text if text.startswith(self.folder) and ".sqlite3" not in text else None

    def _watch_files(self) -> None:
        names = {"os.rename": ("rename", 1), "os.remove": ("remove", 0), "os.mkdir": ("mkdir", 0)}
        names |= {"os.rmdir": ("rmdir", 0), "open": ("open", 0)}
        sync, fdopen = os.fsync, os.fdopen

        def audited(event: str, arguments: tuple[object, ...]) -> None:
            if event in names and (path := self._below(arguments[names[event][1]])):
                self.saw(f"{names[event][0]} {path}")

        def fsync(descriptor: int) -> None:
            path = self._below(Path(f"/proc/self/fd/{descriptor}").readlink())
            if path:
                self.saw(f"fsync {path}")
            sync(descriptor)
            if path:
                self.saw(f"synced {path}")

        def watched_fdopen(descriptor: int, mode: str = "r", *rest: object, **named: object) -> object:
            path = self._below(Path(f"/proc/self/fd/{descriptor}").readlink())
            return (
                _Written(self, path, descriptor) if path and mode == "wb" else fdopen(descriptor, mode, *rest, **named)
            )

        sys.addaudithook(audited)
        os.fsync = fsync
        os.fdopen = watched_fdopen

    def _watch_database(self) -> None:
        from django.db import connection
        from django.db.backends.base.base import BaseDatabaseWrapper

        commit = BaseDatabaseWrapper._commit

        def watched_commit(wrapper: BaseDatabaseWrapper) -> None:
            self.saw("commit")
            commit(wrapper)
            self.saw("committed")

        def execute(run, sql, parameters, many, context):
            self.saw(f"sql {sql}")
            return run(sql, parameters, many, context)

        BaseDatabaseWrapper._commit = watched_commit
        connection.execute_wrappers.append(execute)


class _Written(io.BufferedWriter):
    """A file of which half of a write has reached the disk when the write is seen."""

    def __init__(self, watch: Watch, path: str, descriptor: int) -> None:
        super().__init__(io.FileIO(descriptor, "wb"))
        self._watch, self._path = watch, path

    def write(self, data: bytes) -> int:
        half = len(data) // 2
        super().write(data[:half])
        self.flush()
        self._watch.saw(f"write {self._path}")
        return half + super().write(data[half:])


def _say(text: object) -> None:
    """Say a line at once: what a process says before it is killed was said."""
    os.write(1, f"{text}\n".encode())


def open_demonstration() -> None:
    """A new installation with the demonstration's people and one sealed period."""
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.cli.doctor import mend_installation
    from schoolgate.demonstration.cast import open_demonstration as act_it

    mend_installation()
    act_it()
    seal_period()
    publish()


def file_acts(count: int) -> None:
    """Do so many acts, one after the other, and say the subject of each when it has returned."""
    from schoolgate.apps.agencies.services import add_agency
    from schoolgate.apps.people.directory import Name
    from schoolgate.apps.people.models import User
    from schoolgate.apps.people.selectors import actor_for
    from schoolgate.apps.people.services import add_student
    from schoolgate.apps.schools.models import School
    from schoolgate.demonstration.cast import powered

    office = actor_for(User.objects.get(username="whitfield"))
    administrator = powered(actor_for(User.objects.get(username="admin")))
    school = School.objects.get()
    for number in range(count):
        word = secrets.token_hex(8)
        if number % 2:
            _say(f"agency:{add_agency(actor=office, name=f'Office {word}', kind='local_police').pk}")
        else:
            name = Name(f"Student {word}", (word,), word, date(2010, 3, 14))
            _say(f"student:{add_student(actor=administrator, school=school, name=name).pk}")


def file_reports(count: int) -> None:
    """Ms. Abreu signs so many reports, one after the other; say the number of each when it has returned."""
    from schoolgate.demonstration import story
    from schoolgate.demonstration.cast import find_cast

    cast = find_cast()
    for _ in range(count):
        _say(story.file_the_report(cast).number)


def say_reports() -> None:
    """Say, as JSON, each report by its number, with what of it is there."""
    from schoolgate.apps.incidents.models import Incident, Report
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.ledger.models import Opening, StagedLeaf

    filed = Opening.objects.filter(kind="report_filed")
    reports = {
        one.number: {
            "narrative": bool(unsealed(one).body.narrative),
            "people": one.incident.participants.count(),
            "entries": filed.filter(subject=f"report:{one.pk}").count(),
        }
        for one in Report.objects.select_related("incident")
    }
    staged = StagedLeaf.objects.filter(commitment__in=filed.values("commitment")).count()
    counts = {"incidents": Incident.objects.count(), "entries": filed.count(), "staged": staged}
    _say(json.dumps({"reports": reports, **counts}))


def command(*arguments: str) -> None:
    """The command `schoolgate`."""
    from schoolgate.cli.main import run

    sys.argv = ["schoolgate", *arguments]
    run()


def limited(octets: int, *arguments: str) -> None:
    """The command, where no file may grow past so many bytes."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))
    command(*arguments)


def cosign(folder: str) -> None:
    """Collect the cosignature of a witness whose memory is that folder; say the problem."""
    from support.watchers import cosigned, witness_of

    _say(cosigned(witness_of(Path(folder)), Path(f"{folder}-policy")))


def submit(folder: str) -> None:
    """Bring the newest checkpoint to that witness by hand; say what it answered."""
    from support.watchers import submitted, witness_of

    _say(submitted(witness_of(Path(folder))))


def examine() -> None:
    """Say, as JSON, what is wrong with the district and its log, and the root of the tree at every whole tile."""
    from support.watchers import examined

    _say(json.dumps(examined()))


ACTIONS = {
    one.__name__: one
    for one in (
        open_demonstration,
        file_acts,
        command,
        limited,
        cosign,
        submit,
        examine,
        sign_destruction,
        say_destruction,
        sign_emergency,
        say_emergency,
        later,
        say_keys,
        file_reports,
        say_reports,
        say_held,
        leave_a_copy,
        say_copies_out,
    )
}


@cache
def load_what_reads_reports() -> None:
    """The lexicons and the forms that the story's texts need, three seconds long; each copy would compile them.

    Not the network: it has threads, which do not live on in a copy.
    """
    from schoolgate.demonstration.story import NARRATIVE, RUMOUR
    from schoolgate.engines import redact
    from schoolgate.engines.redact.finder.lexicons import lexicons
    from schoolgate.engines.redact.normal import fold

    for text in (NARRATIVE, RUMOUR):
        redact.find_quickly(text)
        list(lexicons().hits(text, fold(text)))


def wait_for_a_thing_to_do(line: socket.socket) -> dict[str, object]:
    """Come back as the copy that is to do it; the process that waits ends here."""
    while True:
        asked, streams, _, _ = socket.recv_fds(line, 1 << 20, 1)
        if not asked:
            raise SystemExit
        told: dict[str, object] = json.loads(asked)
        if "wait" in told:
            _, status = os.waitpid(int(str(told["wait"])), 0)
            line.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        if told["action"] in {"file_reports", "sign_destruction", "leave_a_copy"}:
            load_what_reads_reports()
        copy = os.fork()
        if not copy:
            break
        for stream in streams:
            os.close(stream)
        line.send(str(copy).encode())
    line.close()
    os.dup2(streams[0], 1)
    os.dup2(streams[0], 2)
    return told


def perform(action: str, *arguments: object) -> int:
    """Do it; returns the exit code."""
    try:
        ACTIONS[action](*arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - said as Python says it
        traceback.print_exc()
        return 1
    return 0


def now(action: str, *arguments: str) -> int:
    """Do one thing in this process; numbers are given as words."""
    import django

    django.setup()
    return perform(action, *(int(one) if one.isdecimal() else one for one in arguments))


def main(number: int) -> None:
    """Load the product, wait, do what is asked."""
    import django

    django.setup()
    loaded = (
        "schoolgate.apps.people.services",
        "schoolgate.cli.doctor",
        "schoolgate.cli.worker",
        "schoolgate.cli.main",
        "schoolgate.demonstration.cast",
        "schoolgate.apps.releases.watch",
        "support.watchers",
    )
    for name in (*loaded, *(one for one in LIBRARIES if one.startswith(("rich", "typer")))):
        import_module(name)
    make_app = import_module("schoolgate.cli.main").make_app
    make_app(["worker"])
    make_app(["doctor"])
    gc.freeze()
    told = wait_for_a_thing_to_do(socket.socket(fileno=number))
    given = told["fault"]
    watch = None
    if isinstance(given, dict):
        watch = Watch(
            Fault(tuple(given["steps"]), given["nth"], given["how"], given["lasting"]), os.environ["SCHOOLGATE_VAR"]
        )
        watch.begin()
    code = perform(str(told["action"]), *told["arguments"])
    if watch:
        _say(f"{MATCHED}{watch.matched}")
    # What libraries do at an end waits for threads that the copy has not.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "now":
        sys.exit(now(*sys.argv[2:]))
    main(int(sys.argv[1]))
