"""The description of the case format for people, made from the vocabulary so that it cannot fall behind it.

`case_format.toml` holds what the vocabulary does not: the groups in which facts are read, what each value, recipient,
element and obligation covers, and the worked examples. `case_format.md` is the text around them, with marks
`{{facts}}` where a part goes.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schoolgate.engines.law.deciding.case import parse_case
from schoolgate.engines.law.deciding.decide import decide
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.text.files import TomlFile, read_text
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import Fact, Vocabulary

__all__ = ["CaseFormat", "Example", "FactGroup", "describe_cases", "load_case_format", "value_meanings"]

MARK: Final = re.compile(r"\{\{([a-z]+)\}\}")
KINDS: Final = {
    "bool": "`true` or `false`",
    "number": "a whole number",
    "date": "a date, `YYYY-MM-DD`",
    "enum": "one of the values below",
    "set": "a list, also empty",
}


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts that are read together, and when a reader has to look at them."""

    title: str
    when: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A story, how one reads it, and the case that comes of it as JSON text."""

    title: str
    story: str
    reasoning: tuple[str, ...]
    case: str


@dataclass(frozen=True, slots=True)
class CaseFormat:
    """What the vocabulary does not say by itself.

    Attributes:
        values: by enum fact, what each value covers where the fact's help does not say it.
    """

    groups: tuple[FactGroup, ...]
    values: Mapping[str, Mapping[str, str]]
    recipients: Mapping[str, str]
    elements: Mapping[str, str]
    obligations: Mapping[str, str]
    examples: tuple[Example, ...]
    frame: str


def load_case_format(folder: Path) -> CaseFormat:
    """Read `case_format.toml` and `case_format.md` from a folder.

    Raises:
        LawError: a file is missing or malformed.
    """
    file = TomlFile.read(folder / "case_format.toml")
    file.only_keys((), {"groups", "values", "recipients", "elements", "obligations", "examples"})
    return CaseFormat(
        groups=tuple(
            FactGroup(one.text_of((), "title"), one.text_of((), "when"), one.strings((), "facts"))
            for one in _parts(file, "groups")
        ),
        values={name: _meanings(file, ("values", name)) for name in file.table(("values",))},
        recipients=_meanings(file, ("recipients",)),
        elements=_meanings(file, ("elements",)),
        obligations=_meanings(file, ("obligations",)),
        examples=tuple(
            Example(
                one.text_of((), "title"),
                one.text_of((), "story"),
                one.strings((), "reasoning"),
                one.text_of((), "case").strip(),
            )
            for one in _parts(file, "examples")
        ),
        frame=read_text(folder / "case_format.md"),
    )


def _parts(file: TomlFile, key: str) -> list[TomlFile]:
    tables = file.table(()).get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise file.error((key,), "a list of tables is expected", f"Write [[{key}]]")
    return [TomlFile(f"{file.name} [[{key}]] {number}", "", table) for number, table in enumerate(tables, 1)]


def _meanings(file: TomlFile, path: tuple[str, ...]) -> dict[str, str]:
    return {name: file.text_of(path, name) for name in file.table(path)}


def value_meanings(fact: Fact, words: CaseFormat) -> tuple[str, dict[str, str]]:
    """Split a fact's help into its note and what each value covers; the words fill in the values it leaves out.

    The help explains values as `value: what it covers.`, or `one, other: what they cover.`. O(length of the help).
    """
    if fact.type not in {"enum", "set"} or fact.entity_type == "Element":
        return fact.help, {}
    one = "|".join(re.escape(value) for value in fact.values)
    starts = list(re.finditer(rf"(?:^|(?<=[.;] ))((?:{one})(?:, (?:{one}))*): ", fact.help))
    note = fact.help[: starts[0].start()].strip() if starts else fact.help
    meanings: dict[str, str] = {}
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(fact.help)
        for value in start[1].split(", "):
            meanings[value] = fact.help[start.end() : end].strip().rstrip(";.")
    given = words.values.get(fact.name, {})
    return note, {value: meanings.get(value) or given.get(value, "") for value in fact.values}


def describe_cases(rulebook: Rulebook, words: CaseFormat, others: Iterable[str] = ()) -> str:
    """Return the description of the case format as Markdown.

    Args:
        rulebook: whose questions for counsel and obligations are listed, and by which the examples are decided.
        words: what the vocabulary does not say.
        others: ids of further rulebooks that use the same vocabulary.

    Raises:
        LawError: an example is no case of this rulebook, or the frame asks for a part that there is none of.
    """
    vocabulary = rulebook.vocabulary
    parts = {
        "rulebooks": ", ".join(f"`{name}`" for name in dict.fromkeys([rulebook.id, *others])),
        "examples": "\n\n".join(_example(rulebook, example) for example in words.examples),
        "recipients": _recipients(vocabulary, words),
        "elements": _elements(vocabulary, words),
        "derived": _derived(vocabulary),
        "facts": _facts(vocabulary, words),
        "counsel": _counsel(rulebook),
        "obligations": _obligations(rulebook, words),
    }

    def part(mark: re.Match[str]) -> str:
        if mark[1] not in parts:
            raise LawError("case_format.md", "a mark names no part", f"Use one of {', '.join(parts)}")
        return parts[mark[1]]

    return MARK.sub(part, words.frame)


def _example(rulebook: Rulebook, example: Example) -> str:
    try:
        case = parse_case(json.loads(example.case), rulebook)
    except json.JSONDecodeError as error:
        raise LawError("case_format.toml", f"an example is not JSON: {error.msg}", "Correct it") from error
    decision = decide(rulebook, case)
    withheld = ", ".join(f"`{name}`" for name in decision.withheld) or "nothing"
    duties = ", ".join(f"`{name}`" for name in dict.fromkeys(duty.name for duty in decision.obligations))
    lines = [
        f"### {example.title}",
        f"> {example.story}",
        "\n".join(f"* {step}" for step in example.reasoning),
        f"```json\n{example.case}\n```",
        f"The answer: `{decision.outcome}`, withheld {withheld}, to be done: {duties or 'nothing'}.",
    ]
    return "\n\n".join(lines)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _recipients(vocabulary: Vocabulary, words: CaseFormat) -> str:
    rows = [(f"`{name}`", kind.title, words.recipients.get(name, "")) for name, kind in vocabulary.recipients.items()]
    return _table(("kind", "who", "who falls under it, and who does not"), rows)


def _elements(vocabulary: Vocabulary, words: CaseFormat) -> str:
    listed = vocabulary.element_groups.get("listed_37l", frozenset())
    proxies = vocabulary.element_groups.get("proxy_37l", frozenset())
    rows = [
        (
            f"`{name}`",
            element.title,
            words.elements.get(name, ""),
            "protected" if name in listed else "gives a protected kind away" if name in proxies else "",
        )
        for name, element in vocabulary.elements.items()
        if not element.hides_in
    ]
    return _table(("element", "what", "what falls under it", "for `germane_elements`"), rows)


def _derived(vocabulary: Vocabulary) -> str:
    rows = [
        (f"`{element.name}`", element.title, ", ".join(f"`{name}`" for name in element.hides_in))
        for element in vocabulary.derived
    ]
    return _table(("derived element", "what", "comes with"), rows)


def _facts(vocabulary: Vocabulary, words: CaseFormat) -> str:
    grouped = {name for group in words.groups for name in group.facts}
    rest = tuple(name for name in vocabulary.facts if name not in grouped)
    groups = [*words.groups]
    if rest:
        groups.append(FactGroup("Other facts", "Where a question fits the story.", rest))
    sections = []
    for group in groups:
        known = [vocabulary.facts[name] for name in group.facts if name in vocabulary.facts]
        if known:
            told = "\n\n".join(_fact(fact, words) for fact in known)
            sections.append(f"### {group.title}\n\n*When to read this group.* {group.when}\n\n{told}")
    return "\n\n".join(sections)


def _fact(fact: Fact, words: CaseFormat) -> str:
    note, meanings = value_meanings(fact, words)
    kind = KINDS[fact.type]
    if fact.type == "set":
        kind += " of elements" if fact.entity_type == "Element" else " of the values below"
    lines = [f"#### `{fact.name}`", f"**{fact.question}**" + (f" {note}" if note else "")]
    said = f"{kind[0].upper()}{kind[1:]}. Can be answered by: {fact.answered_by.replace('_', ' ')}."
    if fact.default is None:
        left_out = "Left out or `null`: unknown."
    else:
        left_out = f"Left out: `{json.dumps(fact.default)}`. {fact.default_because} `null`: unknown."
    lines.append(f"{said} {left_out}")
    if meanings:
        lines.append(_table(("value", "when"), ((f"`{value}`", text) for value, text in meanings.items())))
    return "\n\n".join(lines)


def _counsel(rulebook: Rulebook) -> str:
    rows = [
        (f"`{name}`", rulebook.provisions[name].citation, rulebook.provisions[name].counsel_question or "")
        for name in rulebook.counsel_ids
    ]
    return _table(("id", "provision", "question"), rows) if rows else "This rulebook has none."


def _obligations(rulebook: Rulebook, words: CaseFormat) -> str:
    by_name: dict[str, dict[str, None]] = {}
    for provision in rulebook.provisions.values():
        if provision.obligation:
            by_name.setdefault(provision.obligation, {})[provision.citation] = None
    rows = [(f"`{name}`", words.obligations.get(name, ""), "; ".join(by_name[name])) for name in sorted(by_name)]
    return _table(("obligation", "what must be done", "because of"), rows)
