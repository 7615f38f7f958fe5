"""The rulebooks that can be tried: those of the package, and counsel's own draft of each."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.schools.selectors import district, rulebook_named
from schoolgate.engines import law

from .groups import FOLDER
from .models import Draft

DRAFT = "draft."
# What stands beside the rulebooks and is none.
VOCABULARY = frozenset({"arrangements", "facts", "elements"})


@dataclass(frozen=True, slots=True)
class Book:
    """A rulebook that can be tried.

    Attributes:
        code: its name, after `draft.` for counsel's draft of it. No rulebook's name has a dot.
        base: the rulebook that it is, or that the draft changes.
        own: whether it is the one the district decides by, whose rules have pages.
    """

    code: str
    title: str
    rulebook: law.Rulebook
    base: law.Rulebook
    own: bool = False


class NoBookError(Exception):
    """A rulebook or draft cannot be loaded. The message says why and what to do."""


def book_names() -> list[str]:
    """The rulebooks of the package, the district's own first."""
    own = district().rulebook
    names = {path.stem for path in FOLDER.glob("*.toml")} - VOCABULARY
    return sorted(names, key=lambda name: (name != own, name))


def find_draft(actor: Actor, rulebook: str) -> Draft | None:
    """Counsel's own draft of a rulebook, with its rules. Two queries."""
    return Draft.objects.filter(author=actor.user_id, rulebook=rulebook).prefetch_related("rules").first()


def drafted_names(actor: Actor) -> set[str]:
    """The rulebooks of which counsel has a draft."""
    return set(Draft.objects.filter(author=actor.user_id).values_list("rulebook", flat=True))


def open_book(actor: Actor, code: str) -> Book:
    """The rulebook of a code; of a code that names none, the district's own.

    Raises:
        NoBookError: its files, or the draft's texts, are refused by the engine.
    """
    name, names = code.removeprefix(DRAFT), book_names()
    if name not in names:
        code = name = names[0]
    try:
        base = rulebook_named(name)
        if not code.startswith(DRAFT):
            return Book(name, base.title, base, base, own=name == names[0])
        draft = find_draft(actor, name)
        if draft is None:
            return Book(name, base.title, base, base, own=name == names[0])
        return Book(DRAFT + name, f"Your draft of {base.title}", drafted(base, draft), base)
    except law.LawError as error:
        raise NoBookError(f"This rulebook cannot be used. {error}") from error


def drafted(base: law.Rulebook, draft: Draft) -> law.Rulebook:
    """The rulebook with a draft's changes.

    Raises:
        law.LawError: a text is refused.
    """
    rules = list(draft.rules.all())
    gone = tuple(rule.provision for rule in rules if not rule.text and rule.provision in base.provisions)
    return amended(base.id, base.digest, tuple(rule.text for rule in rules if rule.text), gone)


@lru_cache(maxsize=16)
def amended(name: str, _digest: str, texts: tuple[str, ...], without: tuple[str, ...]) -> law.Rulebook:
    """A draft, checked once for the same texts and kept with its compiled programs."""
    return law.amend(rulebook_named(name), texts, without=without)


def book_choices(actor: Actor) -> list[tuple[str, str]]:
    """Code and title of every book that can be tried: the district's own first, each followed by its draft."""
    drafts = drafted_names(actor)
    choices = []
    for name in book_names():
        choices.append((name, _title(name)))
        if name in drafts:
            choices.append((DRAFT + name, f"Your draft of {name}"))
    return choices


@lru_cache(maxsize=32)
def _title(name: str) -> str:
    """A rulebook's title, read without loading its packs; its name where the file cannot be read."""
    try:
        title = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")).get("title")
    except tomllib.TOMLDecodeError:
        title = None
    return f"{title} ({name})" if title else name
