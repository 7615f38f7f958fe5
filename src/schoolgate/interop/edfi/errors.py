"""What is wrong with a file, where, and what to do; never a person's data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that keeps a folder from being imported.

    Attributes:
        file: The file's name, without its folder.
        line: Counted from 1; 0 when the whole file is meant.
        field: The element and field, as Ed-Fi spells them.
        expected: What should have been there. Quotes field names, school and incident identifiers only.
        remedy: What the person can do about it.
    """

    file: str
    line: int
    field: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.field}: expected {self.expected}. {self.remedy}"


class EdfiError(Exception):
    """An Ed-Fi file cannot be read.

    Attributes:
        problem: What is wrong, where, and what to do.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class ImportProblems(EdfiError):  # noqa: N818 - it is the list of them, not one error
    """A folder holds bad rows, so nothing of it may be stored.

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
        unfamiliar: Uses of each descriptor namespace that is not Ed-Fi's own.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._problems: list[Problem] = []
        self.unfamiliar: Counter[str] = Counter()

    @property
    def problem_count(self) -> int:
        """How many problems so far."""
        return len(self._problems)

    def add(self, problem: Problem) -> None:
        """Remember one more problem.

        Raises:
            ImportProblems: When the limit is reached.
        """
        self._problems.append(problem)
        if len(self._problems) >= self._limit:
            raise ImportProblems(tuple(self._problems), more=True)

    def raise_if_any(self) -> None:
        """Raise what was collected.

        Raises:
            ImportProblems: When there is any.
        """
        if self._problems:
            raise ImportProblems(tuple(self._problems), more=False)
