"""What each test asks the database, so that the second database need not be asked the same again and again.

A question is a place in the program, the statement that it sends without its values, for whom the wall would show rows
meanwhile, and how it went: rows came, none came, or an error. The first run notes the questions of every test; of the
tests that would only repeat questions, the second leaves out those that ask nothing new
(docs/decisions/0019-what-the-tests-cost.md).
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

ROOT = Path(__file__).resolve().parents[2]
PRODUCT, TESTS = str(ROOT / "src" / "schoolgate"), str(ROOT / "tests")
_SEVERAL = re.compile(r"\(%s(?:, %s)+\)")
_ROWS = re.compile(r"(\(%s\))(?:, \(%s\))+")
_VALUE = re.compile(r"'[^']*'|\bs\d+_x\d+\b|\b\d+\b")

type Question = str

# Of the test that runs; None between tests.
_asked: set[Question] | None = None


def _note(question: Question) -> None:
    if _asked is not None:
        _asked.add(question)


@cache
def _shape(statement: str) -> str:
    """A statement without its values, and without their number."""
    return _VALUE.sub("?", _ROWS.sub(r"\1", _SEVERAL.sub("(%s)", statement)))


def _place() -> str:
    """Where the program asks, or "" when a test itself does."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(PRODUCT):
            return f"{file[len(PRODUCT) :]}:{frame.f_lineno}"
        if file.startswith(TESTS) and file != __file__:
            return ""
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def _for_whom() -> str:
    """Which sort of scope the wall's policies would read."""
    from schoolgate.apps.access.wall import scope

    now = scope._scope.get()
    parts = (now.person, now.schools, now.children, now.agency, now.incident)
    return now.reach + "".join("01"[bool(part)] for part in parts)


class _Noting(CursorWrapper):
    """A cursor that notes what it is asked, and whether rows came."""

    _question = ""

    def execute(self, sql: Any, params: Any = None) -> Any:
        return self._ask(sql, lambda: super(_Noting, self).execute(sql, params))

    def executemany(self, sql: Any, param_list: Any) -> Any:
        return self._ask(sql, lambda: super(_Noting, self).executemany(sql, param_list))

    def _ask(self, sql: Any, do: Any) -> Any:
        text = "\n".join((_place(), _shape(str(sql)), _for_whom()))
        self._question = blake2b(text.encode(), digest_size=9).hexdigest()
        try:
            answer = do()
        except Exception as problem:
            _note(f"{self._question} {type(problem).__name__}")
            raise
        _note(self._question)
        return answer

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if name not in {"fetchone", "fetchmany", "fetchall"}:
            return found

        def fetch(*arguments: Any) -> Any:
            rows = found(*arguments)
            if rows:
                _note(f"{self._question} rows")
            return rows

        return fetch

    def __iter__(self) -> Iterator[Any]:
        for row in super().__iter__():
            _note(f"{self._question} rows")
            yield row


class _NotingDebug(_Noting, CursorDebugWrapper):
    """The same where a test counts queries."""


class Notes:
    """Notes of a run, a file for each of its workers, in a folder: by default of pytest's own cache."""

    def __init__(self, config: pytest.Config, folder: Path | None = None) -> None:
        assert config.cache is not None
        self.folder = folder or config.cache.mkdir("questions")
        self._file = self.folder / f"{getattr(config, 'workerinput', {}).get('workerid', 'main')}.jsonl"

    def begin(self) -> None:
        """Forget the notes of other runs: once, before any worker begins."""
        for file in self.folder.iterdir():
            file.unlink()
        (self.folder / "tree").write_text(_tree(), encoding="utf-8")

    @contextmanager
    def of(self, test: str) -> Iterator[None]:
        """Note what a test asks, with its fixtures, in this thread's connections and all others of the process."""
        global _asked  # noqa: PLW0603 - a cursor knows nothing of the test that it serves
        outer, _asked = _asked, set()
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(BaseDatabaseWrapper, "make_cursor", lambda self, cursor: _Noting(cursor, self))
                # PostgreSQL's kind of connection makes its own.
                for kind in {BaseDatabaseWrapper, *map(type, connections.all())}:
                    patch.setattr(kind, "make_debug_cursor", lambda self, cursor: _NotingDebug(cursor, self))
                yield
        finally:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([test, sorted(_asked)]) + "\n")
            _asked = outer

    def read(self) -> dict[str, frozenset[Question]]:
        """The questions of each test; nothing, if the checkout is no longer as it was when they were noted."""
        tree = self.folder / "tree"
        if not tree.exists() or tree.read_text(encoding="utf-8") != _tree():
            return {}
        lines = (line for file in self.folder.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines())
        return {test: frozenset(questions) for test, questions in map(json.loads, lines)}


def repeats(tests: Iterable[str], always: Iterable[str], notes: Mapping[str, frozenset[Question]]) -> set[str]:
    """The tests that ask nothing but what others ask: of those that ask most is kept first.

    Args:
        tests: All that may be left out.
        always: What is run anyway.
        notes: The questions of each test; who has none noted is kept.
    """
    known = {question for test in always for question in notes.get(test, ())}
    left_out = set()
    for test in sorted((one for one in tests if one in notes), key=lambda one: (-len(notes[one]), one)):
        if notes[test] <= known:
            left_out.add(test)
        known |= notes[test]
    return left_out


def _tree() -> str:
    """What the checkout holds, by name, size and time of change."""
    running = blake2b(digest_size=16)
    for folder in ("src/schoolgate", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found = path.stat()
            running.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return running.hexdigest()
