"""The rulebooks' words in a language: what a fact, a value, a change or a duty is called in a sentence.

They stand in `words/en.toml` and `words/es.toml` next to the vocabulary, are read on first use, and never bear
on a decision. A noun that has no words yet is said by its question or its title, in English if need be.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from schoolgate.engines.kept import Kept
from schoolgate.engines.law.deciding.decision import Answered
from schoolgate.engines.law.explaining.arrange import shipped_folder
from schoolgate.engines.law.text.files import TomlFile
from schoolgate.engines.law.text.provision import Provision
from schoolgate.engines.law.text.vocabulary import Fact, Vocabulary

__all__ = ["LANGUAGES", "Language", "Words", "load_words", "words_for"]

Language = Literal["en", "es"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "es")
MONTHS: Final[Mapping[Language, str]] = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
ENGLISH: Final = "en"
SHORTEST_LIST: Final = 2

_kept: Kept[tuple[str, Language], Mapping[str, Any]] = Kept(8)


def load_words(folder: Path, language: Language, vocabulary: Vocabulary) -> "Words":
    """Read `words/LANGUAGE.toml` of a folder of rulebooks, once.

    Raises:
        LawError: the file is missing or malformed.
    """
    table = _kept.get((str(folder), language), lambda: TomlFile.read(folder / "words" / f"{language}.toml").data)
    return Words(language, table, vocabulary)


def words_for(language: Language, vocabulary: Vocabulary) -> "Words":
    """Return the words that come with the program."""
    return load_words(shipped_folder(), language, vocabulary)


@dataclass(frozen=True, slots=True)
class Words:
    """Phrases by noun. What `clause` methods return has no capital and no full stop; `sentence` adds both."""

    language: Language
    table: Mapping[str, Any]
    vocabulary: Vocabulary

    def sentence(self, name: str, **parts: object) -> str:
        """Return a sentence with its parts put in, a capital first."""
        return _capital(self.table["sentences"][name].format(**parts))

    def said(self, name: str, **parts: object) -> str:
        """Return one of the small joining phrases."""
        text: str = self.table["words"][name].format(**parts)
        return text

    def heading(self, kind: str) -> str:
        """Return the heading of a part of an explanation; empty if it has none."""
        text: str = self.table["headings"].get(kind, "")
        return text

    def listed(self, items: Iterable[str], word: Literal["and", "or"] = "and") -> str:
        """Join: `a, b and c`."""
        names = list(dict.fromkeys(items))
        if len(names) < SHORTEST_LIST:
            return "".join(names)
        joint = self.table["words"][word]
        if self.language == "es" and word == "and" and names[-1].lower().startswith(("i", "hi")):
            joint = "e"
        if self.language == "es" and word == "or" and names[-1].lower().startswith(("o", "ho")):
            joint = "u"
        return f"{', '.join(names[:-1])} {joint} {names[-1]}"

    def day(self, iso: str) -> str:
        """Return a date in words."""
        day = dt.date.fromisoformat(iso)
        month = MONTHS[self.language].split()[day.month - 1]
        return f"{month} {day.day}, {day.year}" if self.language == ENGLISH else f"{day.day} de {month} de {day.year}"

    # --- Nouns ---------------------------------------------------------------------------------------------------

    def element(self, name: str) -> str:
        """Return an element as it stands inside a sentence."""
        title = self.vocabulary.elements[name].title or name.replace("_", " ")
        return str(self.table["elements"].get(name) or _small(title))

    def elements(self, names: Iterable[str]) -> str:
        """Return several elements, joined."""
        return self.listed(map(self.element, names))

    def recipient(self, name: str) -> str:
        """Return a kind of recipient as a title."""
        title = self.vocabulary.recipients[name].title or name.replace("_", " ")
        return str(self.table.get("recipients", {}).get(name) or title)

    def group(self, name: str) -> str:
        """Return a group of elements or of recipients as a noun."""
        return str(self.table["groups"].get(name) or name.replace("_", " "))

    def question(self, fact: str) -> str:
        """Return the question that a fact answers."""
        return str(self._of(fact).get("question") or self.vocabulary.facts[fact].question)

    def counsel_question(self, provision: Provision) -> str:
        """Return what counsel is asked about a provision."""
        return str(self.table.get("counsel", {}).get(provision.id) or provision.counsel_question or "")

    def answerer(self, name: str) -> str:
        """Return who may answer."""
        return str(self.table["answerers"].get(name, name))

    def title(self, provision: Provision) -> str:
        """Return a provision's citation with its title."""
        title = provision.title if self.language == ENGLISH else provision.title_es
        return f"{provision.citation} ({title})"

    def obligation(self, name: str) -> str:
        """Return what an obligation asks somebody to do."""
        return str(self.table["obligations"].get(name) or _capital(name.replace("_", " ")))

    def due(self, clock: str, starts: str) -> tuple[str, str]:
        """Return how long a clock runs and what it counts from; empty where there are no words for it."""
        clocks = {name.upper(): text for name, text in self.table["clocks"].items()}
        return clocks.get(clock.upper(), ""), self.table["due"].get(starts, "")

    # --- Facts ---------------------------------------------------------------------------------------------------

    def _of(self, fact: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.table["facts"].get(fact, {})
        return found

    def asked(self, fact: str, answer: str) -> str:
        """Return a fact by its question and an answer."""
        return self.said("answer", question=self.question(fact), answer=answer)

    def truth(self, fact: str, *, value: bool) -> str:
        """Return a bool fact as a clause."""
        own = self._of(fact).get("yes" if value else "no")
        return str(own or self.asked(fact, self.said("yes_answer" if value else "no_answer")))

    def value(self, fact: str, value: str) -> str:
        """Return a value of an enum, or a member of a set, as a noun."""
        if self.vocabulary.facts[fact].entity_type == "Element":
            return self.element(value)
        owner = self._of(fact) or self._of(self._owner(fact))
        return str(owner.get(value) or value.replace("_", " "))

    def _owner(self, fact: str) -> str:
        kind = self.vocabulary.facts[fact].entity_type
        return next((n for n, f in self.vocabulary.facts.items() if f.type == "enum" and f.entity_type == kind), fact)

    def one_of(self, fact: str, values: Iterable[str], *, holds: bool = True) -> str:
        """Return that an enum has one of these values, or none of them."""
        names = list(values)
        own = self._of(fact)
        subject = own.get("subject")
        if len(names) == 1 and names[0] in own.get("clause" if holds else "not_clause", {}):
            return str(own["clause" if holds else "not_clause"][names[0]])
        nouns = [self.value(fact, name) for name in names]
        if not subject and "is" not in own:
            answer = self.listed(nouns, "or")
            return self.asked(fact, answer if holds else f"{self.said('no_answer')}: {answer}")
        if holds:
            template = own.get("is") or self.table["words"]["is"]
            return str(template.format(subject=subject, value=self.listed(nouns, "or")))
        if len(nouns) == 1:
            return str((own.get("is_not") or self.table["words"]["is_not"]).format(subject=subject, value=nouns[0]))
        template = own.get("none_of") or self.table["words"]["none_of"]
        return str(template.format(subject=subject, values=", ".join(nouns)))

    def members(self, fact: str, items: Iterable[str], *, holds: bool = True) -> str:
        """Return that a set has these members, or that it has not; `items` are nouns."""
        template = self._of(fact).get("has" if holds else "has_not")
        if holds:
            names = self.listed(items)
            return (
                str(template.format(items=names)) if template else self.asked(fact, self.said("includes", items=names))
            )
        if template:  # one clause each: "not a or b" could be read two ways
            return self.listed([str(template.format(items=item)) for item in items])
        return self.asked(fact, self.listed([self.said("excludes", items=item) for item in items]))

    def empty(self, fact: str) -> str:
        """Return that a set has no member."""
        return str(self._of(fact).get("none") or self.asked(fact, self.said("no_answer")))

    def between(self, fact: str, low: int | str | None, high: int | str | None) -> str:
        """Return that a date or a number lies between two ends; None is no end."""
        own = self._of(fact)
        first, last = (self.day(end) if isinstance(end, str) else end for end in (low, high))
        if low == high:
            return str(own["on"].format(day=first)) if "on" in own else self.asked(fact, str(first))
        parts = []
        if low is not None:
            parts.append(own["after"].format(day=first) if "after" in own else self.said("from", day=first))
        if high is not None:
            parts.append(own["before"].format(day=last) if "before" in own else self.said("until", day=last))
        text = self.listed(parts)
        return text if "on" in own else self.asked(fact, text)

    def stated(self, fact: Fact, value: Any) -> str:  # noqa: ANN401 - a plain value of any fact
        """Return what a case states about a fact: a clause for its plain value, or that it is not known."""
        if value is None:
            return self.unknown(fact)
        match fact.type:
            case "bool":
                return self.truth(fact.name, value=bool(value))
            case "enum":
                return self.one_of(fact.name, [value])
            case "set":
                nouns = [self.value(fact.name, member) for member in value]
                return self.members(fact.name, nouns) if nouns else self.empty(fact.name)
            case _:
                return self.between(fact.name, value, value)

    def unknown(self, fact: Fact) -> str:
        """Return that a fact is not known, which is not the same as that it is not so."""
        own = self._of(fact.name)
        if fact.type == "bool" and "yes" in own:
            return self.said("not_known", clause=own["yes"])
        if fact.type == "enum" and "subject" in own:
            return self.said("is_not_known", subject=own["subject"])
        return self.asked(fact.name, "?")

    def answered(self, answer: Answered, provisions: Mapping[str, Provision]) -> str:
        """Return a possible answer to a question as a clause."""
        if answer.kind == "counsel":
            question = self.counsel_question(provisions[answer.id])
            return self.said("counsel_yes" if answer.values == (True,) else "counsel_no", question=question)
        fact = self.vocabulary.facts[answer.id]
        if fact.type == "bool":
            return self.truth(fact.name, value=answer.values == (True,))
        if fact.type == "enum":
            return self._shortest(fact, [str(value) for value in answer.values])
        if fact.type == "set":
            parts = [
                self.members(fact.name, [self.value(fact.name, name) for name in names], holds=holds)
                for names, holds in ((answer.includes, True), (answer.excludes, False))
                if names
            ]
            return self.listed(parts)
        return self.between(fact.name, answer.low, answer.high)

    def _shortest(self, fact: Fact, values: list[str]) -> str:
        others = [value for value in fact.values if value not in values]
        if others and len(others) < len(values):
            return self.one_of(fact.name, others, holds=False)
        return self.one_of(fact.name, values)

    def brought_about(self, fact: Fact, after: Any, members: tuple[str, ...], *, grows: bool) -> str:  # noqa: ANN401
        """Return what somebody would do, as it stands after "if"."""
        arrange = self._of(fact.name).get("arrange", {})
        if members:
            nouns = [self.value(fact.name, name) for name in members]
            template = arrange.get("add" if grows else "remove")
            return (
                str(template.format(items=self.listed(nouns)))
                if template
                else self.members(fact.name, nouns, holds=grows)
            )
        key = ("yes" if after else "no") if fact.type == "bool" else str(after)
        return str(arrange.get(key) or self.stated(fact, after))

    def missing(self) -> list[str]:
        """Return the nouns of the vocabulary that have no words of their own in this language."""
        found: list[str] = []
        for name, fact in self.vocabulary.facts.items():
            needed = [*_PARTS[fact.type], *(fact.values if fact.type == "enum" else ())]
            needed += ["question"] if self.language != ENGLISH else []
            found += [f"facts.{name}.{part}" for part in needed if not self._of(name).get(part)]
        if self.language != ENGLISH:
            found += [f"elements.{n}" for n in self.vocabulary.elements if n not in self.table["elements"]]
            found += [f"recipients.{n}" for n in self.vocabulary.recipients if n not in self.table["recipients"]]
        groups = {**self.vocabulary.element_groups, **self.vocabulary.recipient_groups}
        found += [f"groups.{name}" for name in groups if name not in self.table["groups"]]
        return found


_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "bool": ("yes", "no"),
    "enum": ("subject",),
    "set": ("has", "has_not", "none"),
    "date": ("on", "before", "after"),
    "number": (),
}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(title: str) -> str:
    return title[:1].lower() + title[1:] if title[1:2].islower() or title[1:2] in " -" else title
