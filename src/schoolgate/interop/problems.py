"""What is wrong with what is read, where, and what to do; never what stands there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that keeps something from being imported.

    Attributes:
        file: The file's name, without its folder; of a server's answer, the resource.
        line: Counted from 1; 0 when the whole file is meant. Of a server's answer, the record's number.
        field: The column, element or field, by our own or the format's name for it; empty when the whole row is meant.
        expected: What should have been there. Quotes names of fields, and identifiers of schools, only.
        remedy: What the person can do about it.
    """

    file: str
    line: int
    field: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        named = f"{where}: {self.field}" if self.field else where
        return f"{named}: expected {self.expected}. {self.remedy}"


class ReadingError(Exception):
    """A file, or what a server answers, cannot be read.

    Attributes:
        problem: What is wrong, where, and what to do.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class ReadingProblems(ReadingError):  # noqa: N818 - it is the list of them, not one error
    """There are bad rows, so nothing may be stored.

    Attributes:
        problems: In the order they were found; at least one.
        more: Whether reading stopped at the limit, so that there may be more.
    """

    def __init__(self, problems: tuple[Problem, ...], *, more: bool) -> None:
        super().__init__(problems[0])
        self.problems = problems
        self.more = more

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        if self.more:
            lines.append(f"Stopped after {len(lines)} problems; there may be more.")
        return "\n".join(lines)


class Findings:
    """What reading finds: problems, up to a limit, and vocabularies that nobody has explained yet.

    Attributes:
        unfamiliar: Uses of each vocabulary that is not the standard's own.
    """

    def __init__(self, limit: int = 100) -> None:
        self._limit = limit
        self._problems: list[Problem] = []
        self.unfamiliar: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """How many problems so far."""
        return len(self._problems)

    def add(self, problem: Problem) -> None:
        """Remember one more problem.

        Raises:
            ReadingProblems: When the limit is reached.
        """
        self._problems.append(problem)
        if len(self._problems) >= self._limit:
            raise ReadingProblems(tuple(self._problems), more=True)

    def raise_if_any(self) -> None:
        """Raise what was collected.

        Raises:
            ReadingProblems: When there is any.
        """
        if self._problems:
            raise ReadingProblems(tuple(self._problems), more=False)
