"""The program's own lines: one event a line, whatever somebody put into it."""

import json
import logging
from datetime import datetime

import pytest

from schoolgate.web.lines import JsonLine


def line_of(message, *arguments, **more):
    record = logging.LogRecord("schoolgate.x", logging.WARNING, "x.py", 1, message, arguments, None)
    record.__dict__.update(more)
    return JsonLine().format(record)


@pytest.mark.parametrize(
    "sneaked",
    ["a\r\nb", "a\nERROR forged", "\x1b[2J", "\u2028{}", "\u202eevil", "\x00", '"} {"level": "ERROR"', "\x85"],
)
def test_nothing_that_is_logged_ends_its_line_or_forges_another(sneaked):
    line = line_of("found %s", sneaked, facts={"of": sneaked})
    assert line.isascii()
    assert line.isprintable()
    told = json.loads(line)
    assert told["what"] == f"found {sneaked}"
    assert told["of"] == sneaked
    assert told["level"] == "WARNING"


def test_a_line_says_when_in_utc_by_whom_and_how_grave():
    told = json.loads(line_of("x"))
    assert datetime.fromisoformat(told["at"]).utcoffset().total_seconds() == 0
    assert (told["by"], told["level"], told["what"]) == ("schoolgate.x", "WARNING", "x")


def fail_twice():
    try:
        {}["Marisol Aguilar"]
    except KeyError as inner:
        raise ValueError("lives in Eagle Hill") from inner


def test_of_an_error_its_types_and_places_are_told_and_not_its_words():
    try:
        fail_twice()
    except ValueError as problem:
        line = line_of("failed", exc_info=(type(problem), problem, problem.__traceback__))
    assert json.loads(line)["error"] == ["ValueError", "KeyError"]
    assert "test_lines.py" in json.loads(line)["where"][0]
    for word in ("Marisol", "Aguilar", "Eagle"):
        assert word not in line
