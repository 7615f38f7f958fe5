"""Frames between a sandboxed process and the one that started it: one byte of kind, four of length, the content."""

import json
import os
import struct

HEAD = struct.Struct(">cI")
SIZE = struct.Struct(">II")
READY, TABLE, PIXELS, FILE, WRONG, END = b"R", b"J", b"P", b"B", b"E", b"Z"

INPUT, OUTPUT = 0, 1


class Refusal(Exception):  # noqa: N818 - it is an answer as much as an error
    """The document cannot be opened; `args[0]` is one of the codes of `attachments.errors`."""


def say(kind: bytes, content: bytes = b"") -> None:
    """Writes one frame to the parent."""
    _write(HEAD.pack(kind, len(content)))
    _write(content)


def say_table(table: object) -> None:
    """Writes one JSON frame. What is no Unicode text (lone surrogates) is replaced."""
    say(TABLE, json.dumps(table, ensure_ascii=False).encode("utf-8", "replace"))


def hear(length: int) -> bytes:
    """Exactly this many bytes of the parent's.

    Raises:
        EOFError: if the parent stopped before.
    """
    held = bytearray()
    while len(held) < length:
        more = os.read(INPUT, min(length - len(held), 1 << 20))
        if not more:
            raise EOFError
        held += more
    return bytes(held)


def hear_file() -> bytes:
    """One content of the parent's, after its length."""
    _, length = HEAD.unpack(hear(HEAD.size))
    return hear(length)


def _write(content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(OUTPUT, left) :]
