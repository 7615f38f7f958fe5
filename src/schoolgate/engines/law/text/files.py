"""Reading TOML that people write: every error names the file and the line."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

from schoolgate.engines.law.errors import LawError, suggestion

__all__ = ["TomlFile", "read_text"]

TableOf = dict[str, Any]


def read_text(path: Path) -> str:
    """Read a UTF-8 file with its line ends made equal; raise `LawError` if it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise LawError(str(path), f"cannot be read ({type(error).__name__})", "Check that the file exists") from error
    except UnicodeDecodeError as error:
        raise LawError(str(path), "is not UTF-8 text", "Save it as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A parsed TOML text that knows where it stands.

    Attributes:
        first_line: the line of the file on which the TOML text begins.
    """

    name: str
    text: str
    data: TableOf = field(repr=False)
    first_line: int = 1

    @classmethod
    def read(cls, path: Path) -> "TomlFile":
        """Read a file; raise `LawError` with its line when it is no TOML."""
        return cls.parse(str(path), read_text(path))

    @classmethod
    def parse(cls, name: str, text: str, first_line: int = 1) -> "TomlFile":
        """Parse a text that begins on `first_line` of the file `name`."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = first_line + (int(found[1]) if found else text.count("\n") + 1) - 1
            reason = re.sub(r" \(at .*\)$", "", str(error))
            raise LawError(f"{name}:{line}", f"is not TOML: {reason}", "Correct the line") from error
        return cls(name, text, data, first_line)

    def line_of(self, path: tuple[str, ...]) -> int:
        """Return the line that best shows a key: its own, or that of the table around it."""
        lines = self.text.split("\n")
        start = 0
        for length in range(len(path), 0, -1):
            header = re.compile(r"\s*\[" + r"\.".join(f'"?{re.escape(part)}"?' for part in path[:length]) + r"\]")
            found = next((n for n, line in enumerate(lines) if header.match(line)), None)
            if found is not None:
                start = found
                break
        else:
            length = 0
        for key in path[length:]:
            pattern = re.compile(rf'\s*"?{re.escape(key)}"?\s*[=.]')
            found = next((n for n in range(start, len(lines)) if pattern.match(lines[n])), None)
            if found is not None:
                start = found
                break
        return self.first_line + start

    def error(self, path: tuple[str, ...], what: str, remedy: str) -> LawError:
        """Return (not raise) the error for a key."""
        label = ".".join(path)
        return LawError(f"{self.name}:{self.line_of(path)}", f"{label}: {what}" if label else what, remedy)

    def table(self, path: tuple[str, ...]) -> TableOf:
        """Return the table at a path; a missing one is empty."""
        here: Any = self.data
        for depth, key in enumerate(path):
            here = here.get(key, {})
            if not isinstance(here, dict):
                raise self.error(path[: depth + 1], "a table is expected", "Write it as [name]")
        return dict(here)

    def only_keys(self, path: tuple[str, ...], known: set[str]) -> None:
        """Refuse a key that nobody reads."""
        for key in self.table(path):
            if key not in known:
                raise self.error((*path, key), "this key is unknown", suggestion(key, known))

    @overload
    def text_or_none(self, path: tuple[str, ...], key: str) -> str | None: ...
    @overload
    def text_or_none(self, path: tuple[str, ...], key: str, default: str) -> str: ...
    def text_or_none(self, path: tuple[str, ...], key: str, default: str | None = None) -> str | None:
        """Return a string, or the default when the key is absent."""
        value = self.table(path).get(key, default)
        if value is default:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.error((*path, key), "a text is expected", 'Write it between quotes: "..."')
        return value

    def text_of(self, path: tuple[str, ...], key: str) -> str:
        """Return a string that must be there."""
        value = self.text_or_none(path, key)
        if value is None:
            raise self.error(path, f"{key} is missing", f'Add the line {key} = "..."')
        return value

    def strings(self, path: tuple[str, ...], key: str) -> tuple[str, ...]:
        """Return a list of strings; a missing one is empty."""
        value = self.table(path).get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error((*path, key), "a list of texts is expected", 'Write ["...", "..."]')
        return tuple(value)

    def flag(self, path: tuple[str, ...], key: str) -> bool:
        """Return a truth value; a missing one is false."""
        value = self.table(path).get(key, False)
        if not isinstance(value, bool):
            raise self.error((*path, key), "true or false is expected", f"Write {key} = true")
        return value

    def choice[Word: str](self, path: tuple[str, ...], key: str, words: tuple[Word, ...]) -> Word:
        """Return one of the words; raise `LawError` for any other."""
        value = self.text_of(path, key)
        for word in words:
            if word == value:
                return word
        raise self.error((*path, key), "this word is unknown", suggestion(value, words))
