"""What is wrong with a file, where, and what to do about it."""

from dataclasses import dataclass
from typing import Final

from schoolgate.engines.reach import ReachError

SHOWN: Final = 20


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that keeps a file from being imported.

    Attributes:
        file: The file's name, without its folder.
        line: Counted from 1; 0 when the whole file is meant.
        field: The column or attribute; empty when the whole row is meant.
        wrong: What is wrong, quoting what stands there.
        remedy: What to do.
    """

    file: str
    line: int
    field: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        named = f"{where}, {self.field}" if self.field else where
        return f"{named}: {self.wrong}. {self.remedy}"


class FileProblems(ReachError):  # noqa: N818 - it is the list of them, not one error
    """A file was refused as a whole; nothing of it was taken.

    Attributes:
        problems: The first of them, in the order of the files and lines; at least one, at most `SHOWN`.
        count: How many there are.
    """

    def __init__(self, problems: tuple[Problem, ...], count: int) -> None:
        more = count - len(problems)
        lines = [str(problem) for problem in problems]
        if more:
            lines.append(f"And {more} more problem{'' if more == 1 else 's'}.")
        super().__init__("\n".join(lines))
        self.problems = problems
        self.count = count


class Findings:
    """Problems as they are found: the first are kept, the rest counted.

    Attributes:
        count: How many so far.
        stopped: Whether a file could not be read to its end: then what it lacks says nothing.
    """

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self.count = 0
        self.stopped = False

    def add(self, file: str, line: int, field: str, wrong: str, remedy: str) -> None:
        """Note one more."""
        self.count += 1
        if len(self._kept) < SHOWN:
            self._kept.append(Problem(file, line, field, wrong, remedy))

    def stop(self, file: str, line: int, field: str, wrong: str, remedy: str) -> None:
        """Note one more, after which the file is read no further."""
        self.stopped = True
        self.add(file, line, field, wrong, remedy)

    def raise_if_any(self) -> None:
        """Refuse the files when anything was found.

        Raises:
            FileProblems: With the first problems and the count of all.
        """
        if self.count:
            raise FileProblems(tuple(self._kept), self.count)


def shown(text: str, limit: int = 60) -> str:
    """A cell quoted for a message, cut when long."""
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")
