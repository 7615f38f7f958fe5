"""What the program says of itself: a line of JSON for each event, on standard error, in which nobody's words stand."""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any


class JsonLine(logging.Formatter):
    """One event, one line: when (UTC), how grave, by which part of the program, what.

    Of an error its type and the places it came through are told, and not its message: that may repeat what somebody
    wrote about a child. Letters that could end a line, or turn it around on a screen, stand as their numbers.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, ASCII alone; what a record carries as `facts` stands beside the rest."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "by": record.name,
            "what": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = _chain(record.exc_info[1])
            told["where"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(told, ensure_ascii=True, default=str)


def _chain(error: BaseException | None) -> list[str]:
    """The type of an error, and of those that led to it, the last first."""
    found: list[str] = []
    while error is not None and len(found) < 10:  # noqa: PLR2004 - a chain that is longer tells nothing more
        found.append(type(error).__qualname__)
        error = error.__cause__ or error.__context__
    return found
