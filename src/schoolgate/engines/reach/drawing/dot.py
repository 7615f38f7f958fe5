"""A picture as Graphviz DOT text; running `dot` is the caller's business."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from html import escape
from itertools import pairwise
from textwrap import wrap
from types import MappingProxyType
from typing import Final

from schoolgate.engines.reach.asking.answers import Reach
from schoolgate.engines.reach.drawing.picture import (
    FOLD_ABOVE,
    WATCHED,
    Line,
    Picture,
    Spot,
    picture_of,
    picture_of_network,
)
from schoolgate.engines.reach.network.nouns import STATUSES, Agency, Agreement, Form, Status
from schoolgate.engines.reach.network.whole import Network

Href = Callable[[Agency | Agreement], str | None]

_NODE_WIDTH: Final = 22
_EDGE_WIDTH: Final = 22
# Line, width and arrow differ, and the word stands beside: nothing is told by colour.
_LINE: Final[Mapping[Status, tuple[str, str]]] = MappingProxyType(
    {
        "required_by_law": ('style="bold", penwidth="2.6"', "normal"),
        "documented": ('style="solid", penwidth="1.2"', "normal"),
        "observed": ('style="dashed", penwidth="1.6"', "vee"),
        "disputed": ('style="dotted", penwidth="1.8"', "onormal"),
        "prohibited": ('style="dashed", penwidth="1.0"', "tee"),
    }
)
_BORDER: Final[Mapping[Status | None, str]] = MappingProxyType(
    {
        None: "rounded",
        "required_by_law": "rounded",
        "documented": "rounded",
        "observed": "rounded,dashed",
        "disputed": "rounded,dotted",
        "prohibited": "rounded",
    }
)
_SHAPE: Final[Mapping[Form, str]] = MappingProxyType({"agency": "box", "unit": "box", "system": "cylinder"})
_LEGEND: Final[Mapping[Status, str]] = MappingProxyType(
    {
        "required_by_law": "thick line: required by law",
        "documented": "thin line: documented",
        "observed": "dashed line, open arrow: observed, it was seen to happen once",
        "disputed": "dotted line, hollow arrow: disputed",
        "prohibited": "dashed line, ends in a bar: prohibited, carries nothing",
    }
)
_LEGEND_UNREAD: Final = "ring at the start: its terms were not read"
_LEGEND_DAY: Final = "question mark: the day is not known"


def drawing(
    answer: Reach,
    *,
    href: Href | None = None,
    fold_above: int = FOLD_ABOVE,
    watched: Collection[str] = WATCHED,
) -> str:
    """Draw the reached agencies in layers by fewest hops, with every agreement that carries something.

    Args:
        answer: What to draw. Agencies that are not reached are left out.
        href: Gives the address an agency or agreement links to, or None.
        fold_above: Above so many agencies, those of one kind in one layer become one spot.
        watched: Kinds of agency that are never folded, nor what is on the way to them.

    Returns:
        DOT source, the same for the same answer; O(agencies + agreements).
    """
    return _source(picture_of(answer, fold_above=fold_above, watched=watched), href)


def drawing_of_network(
    network: Network,
    *,
    on: date,
    href: Href | None = None,
    fold_above: int = FOLD_ABOVE,
    watched: Collection[str] = WATCHED,
    marked: Mapping[str, str] | None = None,
) -> str:
    """Draw all agreements in force on a day, prohibitions too, in layers from the schools on.

    Args:
        network: What to draw. Agencies without an agreement in force are left out.
        on: The day.
        href: As for `drawing`.
        fold_above: As for `drawing`.
        watched: As for `drawing`.
        marked: A word for single agreements by id, such as `choke point`; they are never merged or folded.

    Returns:
        DOT source, the same for the same network; O(agencies + agreements).
    """
    picture = picture_of_network(network, on=on, fold_above=fold_above, watched=watched, marked=marked)
    return _source(picture, href)


def _source(picture: Picture, href: Href | None) -> str:
    columns: dict[int, list[str]] = {}
    for spot in picture.spots:
        columns.setdefault(2 * spot.layer, []).append(_node(spot, href))
    layers = {spot.id: spot.layer for spot in picture.spots}
    for number, line in enumerate(picture.lines):
        columns.setdefault(2 * layers[line.giver] + 1, []).append(_words(number, line, href))
    firsts = [columns[column][0].split(" [", maxsplit=1)[0] for column in sorted(columns)]
    graph = 'rankdir="LR", ranksep="0.25", nodesep="0.16", fontname="sans-serif", fontsize="10", labelloc="b"'
    lines = [
        "digraph reach {",
        f'  graph [{graph}, labeljust="l", label={_legend(picture)}];',
        '  node [fontname="sans-serif", fontsize="12", margin="0.12,0.08"];',
        '  edge [fontname="sans-serif"];',
    ]
    for column in sorted(columns):
        lines += ["  {", '    graph [rank="same"];', *(f"    {node};" for node in columns[column]), "  }"]
    # Keeps each column after the one before, also where no line joins the two.
    lines += [f'  {before} -> {after} [style="invis"];' for before, after in pairwise(firsts)]
    for number, line in enumerate(picture.lines):
        lines += _edges(number, line, href)
    return "\n".join([*lines, "}", ""])


def _node(spot: Spot, href: Href | None) -> str:
    first = spot.agencies[0]
    alone = len(spot.agencies) == 1
    name = "<BR/>".join(f"<B>{escape(part)}</B>" for part in _evenly(_clean(spot.name), _NODE_WIDTH))
    below = _wrapped((*spot.lines, *(["watched"] if spot.watched else [])), _NODE_WIDTH)
    label = "<BR/>".join([name, *(f'<FONT POINT-SIZE="10">{escape(part)}</FONT>' for part in below)])
    shape = _SHAPE[first.form] if alone else "box3d"
    # A cylinder or a stack cannot be rounded.
    style = _BORDER[spot.weakest] if shape == "box" else _BORDER[spot.weakest].removeprefix("rounded").strip(",")
    width = "2.4" if spot.start or spot.watched else "1.1"
    pieces = [f"label=<{label}>", f'shape="{shape}"', f'style="{style or "solid"}"', f'penwidth="{width}"']
    return f"{_quote(spot.id)} [{', '.join(pieces)}{_link(first, href) if alone else ''}]"


def _words(number: int, line: Line, href: Href | None) -> str:
    """The words of a line, in a column of their own so that no two lie on one another."""
    label = _label(_wrapped(line.words, _EDGE_WIDTH))
    return (
        f'"line {number}" [label={label}, shape="plaintext", fontsize="10", margin="0.04,0.02"{_line_link(line, href)}]'
    )


def _edges(number: int, line: Line, href: Href | None) -> list[str]:
    look, head = _LINE[line.status]
    ring = ', dir="both", arrowtail="odot"' if line.unread else ', dir="none"'
    back = "" if line.forward else ', constraint="false"'
    link = _line_link(line, href)
    return [
        f'  {_quote(line.giver)} -> "line {number}" [{look}, arrowhead="none"{ring}{link}];',
        f'  "line {number}" -> {_quote(line.receiver)} [{look}, arrowhead="{head}"{back}{link}];',
    ]


def _line_link(line: Line, href: Href | None) -> str:
    return _link(line.agreements[0], href) if len(line.agreements) == 1 else ""


def _legend(picture: Picture) -> str:
    there = {line.status for line in picture.lines}
    words = [_LEGEND[status] for status in STATUSES if status in there]
    if any(line.unread for line in picture.lines):
        words.append(_LEGEND_UNREAD)
    if any("?" in word for line in picture.lines for word in line.words[1:]):
        words.append(_LEGEND_DAY)
    if picture.left_out:
        words.append(f"not drawn: {picture.left_out} that stay inside a group or lead back; the table has them")
    return '"' + "".join(_escape(word) + r"\l" for word in words) + '"'


def _link(one: Agency | Agreement, href: Href | None) -> str:
    address = href(one) if href else None
    return f", href={_quote(address)}" if address else ""


def _wrapped(lines: tuple[str, ...], width: int) -> list[str]:
    return [part for line in lines for part in _evenly(_clean(line), width)]


def _evenly(text: str, width: int) -> list[str]:
    """Wrapped to as few lines as the width allows, and no wider than these need."""
    lines = wrap(text, width)
    while len(narrower := wrap(text, width - 1)) == len(lines) and width > 2:  # noqa: PLR2004 - less than a letter
        lines, width = narrower, width - 1
    return lines


def _label(lines: list[str]) -> str:
    return '"' + r"\n".join(_escape(line) for line in lines) + '"'


def _quote(text: str) -> str:
    return f'"{_escape(_clean(text))}"'


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _clean(text: str) -> str:
    """Control characters would end a line or a string in the source."""
    return "".join(char if char.isprintable() else " " for char in text)
