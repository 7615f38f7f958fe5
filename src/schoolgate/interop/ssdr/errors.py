"""What keeps a pair of files from being made, and what they leave to others."""

from dataclasses import dataclass


class SsdrError(Exception):
    """A code table cannot be used: says what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that keeps the files from being made.

    Attributes:
        where: the incident by its number, or the code table.
        column: of the state's layout; empty when a code is meant.
        wrong: what is wrong. Never a name or a student's number.
        remedy: what to do.
    """

    where: str
    column: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.where}, {self.column}" if self.column else self.where
        return f"{place}: {self.wrong}. {self.remedy}"


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A cell that is empty because it is not known here: whoever sends the files fills it in.

    Attributes:
        file: "offense" or "discipline".
        line: of the file, the header being 1; 0 when the whole column is meant.
        column: of the state's layout.
        why: why it is empty, and who knows.
    """

    file: str
    line: int
    column: str
    why: str


class SsdrProblems(SsdrError):  # noqa: N818 - it is the list of them, not one error
    """The files were not made. All problems, in order; at least one."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(one) for one in problems))
        self.problems = problems
