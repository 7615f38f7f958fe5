"""The case as a form: the questions that this recipient's rules ask, in the groups of the list of facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, get_args

from django.utils.text import slugify

from schoolgate.apps.requests.page import title_of
from schoolgate.engines import law
from schoolgate.engines.law.text import condition as c

from .address import ANSWER, KNOWN, MEMBER, Tried
from .groups import fact_groups
from .wording import value_words

NOT_KNOWN: Final = "Not known"
FOR_COUNSEL: Final = "What counsel answers in each case"
BESIDES: Final = "Said, but no rule for this recipient asks it"
YES_NO: Final = (("yes", "Yes"), ("no", "No"))


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One question with its answer.

    Attributes:
        kind: bool, enum, set, date or number.
        options: of a bool or enum, "not known" last; of a set, its members.
        value: what stands in the field; empty when it is not known.
        known: whether the answer is known.
        open: whether the decision waits for it.
        assumed: why silence answers it, where nothing was said and a default stands.
    """

    name: str
    question: str
    help: str
    who: str
    kind: str
    options: tuple[Option, ...]
    value: str
    known: bool
    open: bool
    assumed: str = ""
    problem: str = ""

    @property
    def shown(self) -> bool:
        """Whether it stands unfolded: it was said, is needed now, or was typed wrongly."""
        return self.open or bool(self.problem) or (self.known and not self.assumed)

    @property
    def member(self) -> str:
        """The field name of a set's members."""
        return self.name + MEMBER


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Questions that belong together, those that the decision waits for first."""

    title: str
    fields: tuple[Field, ...]
    # The group that stands unfolded.
    first: bool = False

    @property
    def slug(self) -> str:
        """Its title as part of an id."""
        return slugify(self.title)

    @property
    def waiting(self) -> int:
        """How many of them the decision waits for."""
        return sum(field.open for field in self.fields)

    @property
    def known(self) -> int:
        """How many are answered."""
        return sum(field.known for field in self.fields)

    @property
    def shown(self) -> tuple[Field, ...]:
        """What was said or is needed now."""
        return tuple(field for field in self.fields if field.shown)

    @property
    def folded(self) -> tuple[Field, ...]:
        """What nobody said and nothing waits for."""
        return tuple(field for field in self.fields if not field.shown)


def spoken_of(rulebook: law.Rulebook, case: law.Case) -> frozenset[str]:
    """The facts, and the provisions whose question counsel answers, that rules for this recipient speak of.

    Only rules in force on the day, about what is asked for, and the duties that follow.
    """
    found: set[str] = set()
    whole = 1 << rulebook.vocabulary.element_bits[law.WHOLE_RECORD]
    for act in get_args(law.Act):
        asked = case.asked if act == "disclose" else whole
        for clause in law.program_for(rulebook, case.date, case.recipient, act).clauses:
            for mask, condition in clause.cases:
                if mask & asked:
                    found.update(_named(condition))
    return frozenset(found)


def _named(condition: c.Condition) -> Iterator[str]:
    for part in c.walk(condition):
        match part:
            case c.Flag(name) | c.OneOf(name) | c.Answer(name):
                yield name
            case c.Within(name, among):
                yield from (name, among)
            case c.Compare() | c.Sets():
                yield from (side.fact for side in (part.left, part.right) if isinstance(side, c.FactValue))
            case c.AboutElement(name):
                yield name
            case _:
                pass


def field_groups(
    rulebook: law.Rulebook, case: law.Case, tried: Tried, open_questions: Iterable[str]
) -> tuple[FieldGroup, ...]:
    """The form: facts by group, then counsel's answers, then what was said beside the point."""
    asked, waiting = spoken_of(rulebook, case), frozenset(open_questions)
    groups = []
    for title, names in fact_groups().items():
        fields = [
            _fact(rulebook.facts[name], rulebook, tried, waiting)
            for name in names
            if name in asked and name in rulebook.facts and name != "disclosure_date"
        ]
        groups.append(FieldGroup(title, _open_first(fields)))
    answers = [_answer(rulebook, name, tried, waiting) for name in rulebook.counsel_ids if name in asked]
    groups.append(FieldGroup(FOR_COUNSEL, _open_first(answers)))
    besides = [_fact(rulebook.facts[name], rulebook, tried, waiting) for name in tried.facts if name not in asked]
    besides += [_answer(rulebook, name, tried, waiting) for name in tried.answers if name not in asked]
    groups.append(FieldGroup(BESIDES, tuple(besides)))
    found = [group for group in groups if group.fields]
    first = next((group for group in found if group.waiting), None)
    return tuple(replace(group, first=group is first) for group in found)


def _open_first(fields: list[Field]) -> tuple[Field, ...]:
    return tuple(sorted(fields, key=lambda field: not field.open))


def _fact(fact: law.Fact, rulebook: law.Rulebook, tried: Tried, waiting: frozenset[str]) -> Field:
    value = tried.facts.get(fact.name, fact.default)
    options: tuple[Option, ...] = ()
    text = ""
    match fact.type:
        case "bool":
            text = "" if value is None else "yes" if value else "no"
            options = _options(YES_NO, text)
        case "enum":
            text = value or ""
            options = _options([(code, value_words(fact.name, code)) for code in fact.values], text)
        case "set":
            text = "" if value is None else KNOWN
            chosen = frozenset(value or ())
            members = [name for name in fact.values if name in chosen or name in tried.elements]
            # A set of anything but elements offers all its members.
            members = members if set(fact.values) & set(rulebook.elements) else list(fact.values)
            options = tuple(Option(name, title_of(rulebook, name), name in chosen) for name in members)
        case _:
            text = "" if value is None else str(value)
    return Field(
        name=fact.name,
        question=fact.question,
        help=fact.help,
        who=fact.answered_by.replace("_", " "),
        kind=fact.type,
        options=options,
        value=text,
        known=value is not None,
        open=fact.name in waiting,
        assumed=fact.default_because if fact.name not in tried.facts and fact.default is not None else "",
        problem=tried.problems.get(fact.name, ""),
    )


def _answer(rulebook: law.Rulebook, name: str, tried: Tried, waiting: frozenset[str]) -> Field:
    provision = rulebook.provisions[name]
    value = tried.answers.get(name)
    text = "" if value is None else "yes" if value else "no"
    return Field(
        name=ANSWER + name,
        question=provision.counsel_question or "",
        help=f"{provision.citation}: {provision.title}",
        who="counsel",
        kind="bool",
        options=_options(YES_NO, text),
        value=text,
        known=value is not None,
        open=name in waiting,
    )


def _options(choices: Iterable[tuple[str, str]], chosen: str) -> tuple[Option, ...]:
    return tuple(Option(value, text, value == chosen) for value, text in [*choices, ("", NOT_KNOWN)])
