"""A font as a page uses it: what its codes mean and how wide they are. Source: ISO 32000-1, 9.7 and 9.10."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pikepdf

_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")


@dataclass
class Font:
    """A font whose codes have two bytes, which are all that a release copy has."""

    source: pikepdf.Object = field(repr=False)
    usable: bool = True

    @cached_property
    def meanings(self) -> Mapping[int, str]:
        """Code -> text, from the font's ToUnicode table."""
        table = self.source.ToUnicode.read_bytes()
        found: dict[int, str] = {}
        for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
            found.update((int(code, 16), _unicode(meant)) for code, meant in _PAIR.findall(block))
        for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
            for first, last, start, listed in _RANGE.findall(block):
                codes = range(int(first, 16), min(int(last, 16), 0xFFFF) + 1)
                if start:
                    found.update(
                        (c, _unicode(f"{int(start, 16) + c - codes[0]:0{len(start)}X}".encode())) for c in codes
                    )
                else:
                    found.update(zip(codes, map(_unicode, re.findall(rb"<([0-9A-Fa-f]*)>", listed)), strict=False))
        return found

    @cached_property
    def widths(self) -> Mapping[int, float]:
        """Code -> width in thousandths of the size; a code that is not there has `default`."""
        found: dict[int, float] = {}
        listed = list(self.source.DescendantFonts[0].get("/W", pikepdf.Array()))
        while listed:
            first, second = int(listed[0]), listed[1]
            if isinstance(second, pikepdf.Array):
                found.update({first + n: float(width) for n, width in enumerate(second)})
                listed = listed[2:]
            else:
                found.update(dict.fromkeys(range(first, min(int(second), 0xFFFF) + 1), float(listed[2])))
                listed = listed[3:]
        return found

    @cached_property
    def default(self) -> float:
        """The width of a code that the list of widths leaves out."""
        return float(self.source.DescendantFonts[0].get("/DW", 1000))


def _unicode(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace") if len(digits) % 2 == 0 else "\ufffd"
