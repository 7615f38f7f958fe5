"""A reach as Graphviz DOT text; running `dot` is the caller's business."""

from collections.abc import Callable, Mapping
from textwrap import wrap
from types import MappingProxyType
from typing import Final

from schoolgate.engines.reach.asking.answers import Reach
from schoolgate.engines.reach.asking.certificate import carrying
from schoolgate.engines.reach.network.nouns import Agency, Agreement, Status

_NODE_WIDTH: Final = 22
_EDGE_WIDTH: Final = 26
# Line, width and arrow differ, and the word stands beside: nothing is told by colour.
_STYLE: Final[Mapping[Status, str]] = MappingProxyType(
    {
        "required_by_law": 'style="bold", penwidth="2.5", arrowhead="normal"',
        "documented": 'style="solid", penwidth="1.2", arrowhead="normal"',
        "observed": 'style="dashed", penwidth="1.6", arrowhead="vee"',
        "disputed": 'style="dotted", penwidth="1.8", arrowhead="onormal"',
        "prohibited": 'style="dashed", penwidth="1.2", arrowhead="tee"',
    }
)
_WORD: Final[Mapping[Status, str]] = MappingProxyType(
    {
        "required_by_law": "required by law",
        "documented": "documented",
        "observed": "observed",
        "disputed": "disputed",
        "prohibited": "prohibited",
    }
)


def drawing(
    answer: Reach,
    *,
    href: Callable[[Agency | Agreement], str | None] | None = None,
) -> str:
    """Draw the reached agencies from left to right with every agreement that carries something.

    Args:
        answer: What to draw. Agencies that are not reached are left out.
        href: Gives the address an agency or agreement links to, or None.

    Returns:
        DOT source, the same for the same answer; O(agencies + agreements).
    """
    start = answer.network.agency(answer.question.start)
    lines = [
        "digraph reach {",
        '  graph [rankdir="LR", ranksep="0.9", nodesep="0.35", fontname="sans-serif"];',
        '  node [shape="box", style="rounded", fontname="sans-serif", fontsize="11", margin="0.15,0.08"];',
        '  edge [fontname="sans-serif", fontsize="9"];',
        _node(start, [f"since {answer.question.since}"], href, 'penwidth="2.5"'),
    ]
    lines += [
        _node(one.agency, [f"from {one.day}", f"evidence: {_WORD[one.weakest_status]}"], href, 'penwidth="1"')
        for one in answer.reached.values()
    ]
    lines += [_edge(agreement, href) for agreement in carrying(answer)]
    return "\n".join([*lines, "}", ""])


def _node(agency: Agency, below: list[str], href: Callable[[Agency | Agreement], str | None] | None, style: str) -> str:
    label = _label([*wrap(_clean(agency.name), _NODE_WIDTH), *below])
    return f"  {_quote(agency.id)} [label={label}, {style}{_link(agency, href)}];"


def _edge(agreement: Agreement, href: Callable[[Agency | Agreement], str | None] | None) -> str:
    lines = [*wrap(_clean(agreement.title), _EDGE_WIDTH), f"({_WORD[agreement.status]})"]
    if agreement.end is not None:
        lines.append(f"to {agreement.end}")
    ends = f"{_quote(agreement.giver)} -> {_quote(agreement.receiver)}"
    return f"  {ends} [label={_label(lines)}, {_STYLE[agreement.status]}{_link(agreement, href)}];"


def _link(one: Agency | Agreement, href: Callable[[Agency | Agreement], str | None] | None) -> str:
    address = href(one) if href else None
    return f", href={_quote(address)}" if address else ""


def _label(lines: list[str]) -> str:
    return '"' + r"\n".join(_escape(line) for line in lines) + '"'


def _quote(text: str) -> str:
    return f'"{_escape(_clean(text))}"'


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _clean(text: str) -> str:
    """Control characters would end a line or a string in the source."""
    return "".join(char if char.isprintable() else " " for char in text)
