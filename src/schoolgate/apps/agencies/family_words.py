"""Who could read a copy next, in words for a family: short whole sentences in English and Spanish.

Given the public network only, they say nothing of what was seen in another child's case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, get_args

from schoolgate.engines import reach

from .readers import WIDEST, Copy, NextReader, nearest, purposes_of, readers_of

Language = Literal["en", "es"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
LANGUAGE_NAMES: Final[Mapping[str, str]] = {"en": "English", "es": "Español"}
# A longer path is told by its first steps and its last.
MOST_STEPS: Final = 4
MOST_NAMES: Final = 6

_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "title": "Who could see it next",
        "holder": "{holder} has this copy.",
        "bound": "We told them not to pass it on unless a law says they must. They could still break that rule.",
        "free": "The federal rule against passing school records on does not cover this copy.",
        "open": "We did not tell them that they may not pass it on.",
        "membership": "{giver} belongs to {receiver}.",
        "part": "{part} is a part of {whole}.",
        "log_in": "{receiver} can look into what {giver} holds.",
        "agreement": "{giver} shares with {receiver}.",
        "statute": "A law says that {giver} must give this to {receiver}.",
        "grant": "{giver} shares with {receiver} as part of a grant.",
        "vendor_contract": "{giver} lets {receiver}, a company it pays, handle its records.",
        "transfer": "{giver} was seen to pass a record like this to {receiver}.",
        "disputed": "Some say that {giver} shares with {receiver}. Others say that this is not so.",
        "more": "Then it goes on in the same way.",
        "later": "That starts on {day}.",
        "unread": "We have not read the rules for all of these steps, so we count them as allowed.",
        "watched_one": "So {watched} could read it, in one step.",
        "watched_many": "So {watched} could read it, in {steps} steps.",
        "not_watched": "We know of no way for {watched} to read it.",
        "others": "These could read it too: {names}.",
        "only_others": "These could read it next: {names}.",
        "and_more": "{names} and {count} more",
        "nobody": "Nobody else can read it, as far as we know.",
        "rules": "These are rules, not events. They say what may happen. They do not say that it did.",
        "no_transfer": "We know of no transfer of this copy.",
        "short_one": "{watched} could read it next, in one step.",
        "short_many": "{watched} could read it next, in {steps} steps.",
        "short_others": "Others could read it next, but not {watched}, as far as we know.",
        "day": "{month} {day}, {year}",
        "months": "January February March April May June July August September October November December",
    },
    "es": {
        "title": "Quién podría verla después",
        "holder": "{holder} tiene esta copia.",
        "bound": "Les dijimos que no la pasen a nadie, salvo que una ley los obligue. Aun así, podrían no cumplir.",
        "free": "La regla federal que prohíbe pasar registros escolares a otros no se aplica a esta copia.",
        "open": "No les dijimos que no pueden pasarla a otros.",
        "membership": "{giver} pertenece a {receiver}.",
        "part": "{part} es parte de {whole}.",
        "log_in": "{receiver} puede ver lo que guarda {giver}.",
        "agreement": "{giver} comparte con {receiver}.",
        "statute": "Una ley dice que {giver} debe dar esto a {receiver}.",
        "grant": "{giver} comparte con {receiver} porque recibe fondos para eso.",
        "vendor_contract": "{giver} paga a {receiver}, una empresa, para que maneje sus registros.",
        "transfer": "Se vio que {giver} pasó un registro como este a {receiver}.",
        "disputed": "Algunos dicen que {giver} comparte con {receiver}. Otros dicen que no es así.",
        "more": "Después sigue de la misma manera.",
        "later": "Eso empieza el {day}.",
        "unread": "No hemos leído las reglas de todos estos pasos; por eso los contamos como permitidos.",
        "watched_one": "Así, {watched} podría leerla en un paso.",
        "watched_many": "Así, {watched} podría leerla en {steps} pasos.",
        "not_watched": "No sabemos de ningún camino por el que {watched} pueda leerla.",
        "others": "También podrían leerla: {names}.",
        "only_others": "Después podrían leerla: {names}.",
        "and_more": "{names} y {count} más",
        "nobody": "Nadie más puede leerla, hasta donde sabemos.",
        "rules": "Estas son reglas, no hechos. Dicen lo que puede pasar. No dicen que haya pasado.",
        "no_transfer": "No sabemos que esta copia haya pasado a otros.",
        "short_one": "{watched} podría leerla después, en un paso.",
        "short_many": "{watched} podría leerla después, en {steps} pasos.",
        "short_others": "Otros podrían leerla después, pero no {watched}, hasta donde sabemos.",
        "day": "{day} de {month} de {year}",
        "months": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    },
}
# What a kind of agency is, for somebody who has never heard of it. A kind not named here is told by its name alone.
_KINDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "local_police": "the local police",
        "state_police": "the state police",
        "school_resource_officer": "a police officer at a school",
        "fusion_center": "a center where police and federal agencies share what they know",
        "federal_immigration": "immigration enforcement",
        "federal_other": "a federal agency",
        "prosecutor": "the lawyers who bring cases to court",
        "court": "a court",
        "probation": "probation",
        "child_welfare": "the child protection agency",
        "contractor": "a company",
        "service_provider": "a company that works for the schools",
        "foreign_government": "the government of another country",
    },
    "es": {
        "local_police": "la policía local",
        "state_police": "la policía estatal",
        "school_resource_officer": "un policía en una escuela",
        "fusion_center": "un centro donde la policía y agencias federales comparten lo que saben",
        "federal_immigration": "la agencia federal de inmigración",
        "federal_other": "una agencia federal",
        "prosecutor": "la fiscalía",
        "court": "un tribunal",
        "probation": "la oficina de libertad condicional",
        "child_welfare": "la agencia de protección de menores",
        "contractor": "una empresa",
        "service_provider": "una empresa que trabaja para las escuelas",
        "foreign_government": "el gobierno de otro país",
    },
}


@dataclass(frozen=True, slots=True)
class FamilyWords:
    """Who could see a copy next, for a family, in one language.

    Attributes:
        language: Which language.
        title: The heading.
        lines: The sentences, the holder's first.
        no_transfer: That no transfer of this copy is known; empty where somebody knows of one, or may.
        rules: That these are rules and no events.
        summary: All of it in one sentence, for a list; empty where nothing can be said.
    """

    language: Language
    title: str
    lines: tuple[str, ...]
    no_transfer: str
    rules: str
    summary: str


def family_languages(wanted: str) -> tuple[Language, ...]:
    """The languages to say it in: a family's own where we have it, then English."""
    return tuple(dict.fromkeys((*(one for one in LANGUAGES if one == wanted), LANGUAGES[0])))


def family_words(
    copy: Copy, network: reach.Network, watched: frozenset[str], language: Language, *, moved: bool = False
) -> FamilyWords:
    """Tell a family who could read a copy, by the shortest path to somebody watched. Two searches, no database.

    Args:
        copy: Which copy, in whose hands.
        network: The public network: what was seen in one child's case is no other family's to read.
        watched: The kinds of agencies that are told of first.
        language: In which language.
        moved: Whether somebody's case or tip is about this copy. Then nothing says that nobody else can read it, or
            that no transfer is known.
    """
    return _Teller(copy, language, network, watched, moved=moved).tell()


def family_lines(copy: Copy, network: reach.Network, watched: frozenset[str], language: Language) -> tuple[str, ...]:
    """The sentences alone; see `family_words`."""
    return family_words(copy, network, watched, language).lines


@dataclass(frozen=True, slots=True)
class _Teller:
    copy: Copy
    language: Language
    network: reach.Network
    watched: frozenset[str]
    moved: bool = False
    # Whose name was followed by what it is: once is enough.
    explained: set[str] = field(default_factory=set)

    def say(self, name: str, **parts: object) -> str:
        text = _WORDS[self.language][name].format(**parts)
        return text[0].upper() + text[1:]

    def tell(self) -> FamilyWords:
        copy, readers = self.copy, self.readers()
        first = nearest(readers)
        condition = "bound" if copy.bound else "free" if copy.exempt else "open"
        lines = [self.say("holder", holder=self.name(copy.holder)), self.say(condition)]
        if first:
            lines += self.path(first)
            others = [one for one in readers if one.id != first.id and one.name not in first.names]
        else:
            others = list(readers)
            nobody = self.say("not_watched", watched=self.watched_phrase()) if readers else self.say("nobody")
            lines += [] if self.moved else [nobody]
        if others:
            lines.append(self.say("others" if first else "only_others", names=self.names(others)))
        return FamilyWords(
            self.language,
            self.say("title"),
            tuple(lines),
            "" if self.moved else self.say("no_transfer"),
            self.say("rules"),
            self.summary(first, readers),
        )

    def readers(self) -> tuple[NextReader, ...]:
        purposes = purposes_of(self.network, self.copy.purpose)
        worst, strict = (
            reach.reach(
                self.network,
                self.copy.holder,
                self.copy.since,
                self.copy.kinds,
                purposes,
                statuses=reach.LEVELS[WIDEST],
                reading=reading,
            )
            for reading in reversed(reach.READINGS)
        )
        return readers_of(worst, strict, self.copy)

    def path(self, reader: NextReader) -> list[str]:
        steps = reader.shortest.steps
        told = steps if len(steps) <= MOST_STEPS else (*steps[: MOST_STEPS - 1], steps[-1])
        lines = []
        for number, step in enumerate(told):
            if len(told) < len(steps) and number == len(told) - 1:
                lines.append(self.say("more"))
            lines.append(self.step(step))
            if step.agreement.start and step.agreement.start == step.day and step.day > self.copy.since:
                lines.append(self.say("later", day=self.day(step.day)))
        silent = any(step.unknown_onward for step in steps[:-1])
        if reader.shortest.unknown_terms or silent:
            lines.append(self.say("unread"))
        count = "watched_one" if len(steps) == 1 else "watched_many"
        return [*lines, self.say(count, watched=self.phrase(reader.kind, reader.name), steps=len(steps))]

    def step(self, step: reach.Step) -> str:
        agreement = step.agreement
        giver, receiver = self.network.agency(agreement.giver), self.network.agency(agreement.receiver)
        if agreement.status == "disputed":
            return self.say("disputed", giver=self.name(giver.id), receiver=self.name(receiver.id))
        if agreement.status == "observed":
            return self.say("transfer", giver=self.name(giver.id), receiver=self.name(receiver.id))
        if agreement.basis == "membership":
            # The data moves one way; which of the two belongs to the other is a matter of its own.
            for part, whole in ((giver, receiver), (receiver, giver)):
                if part.part_of == whole.id:
                    return self.say("part", part=self.name(part.id), whole=self.name(whole.id))
        return self.say(agreement.basis, giver=self.name(giver.id), receiver=self.name(receiver.id))

    def name(self, agency_id: str) -> str:
        """An agency's name, with what it is where it is named first."""
        agency = self.network.agency(agency_id)
        phrase = _KINDS[self.language].get(agency.kind, "")
        if not phrase or agency_id in self.explained:
            return agency.name
        self.explained.add(agency_id)
        return f"{agency.name} ({phrase})"

    def names(self, readers: list[NextReader]) -> str:
        shown = ", ".join(one.name for one in readers[:MOST_NAMES])
        left = len(readers) - MOST_NAMES
        return _WORDS[self.language]["and_more"].format(names=shown, count=left) if left > 0 else shown

    def phrase(self, kind: str, name: str) -> str:
        return _KINDS[self.language].get(kind, name)

    def watched_phrase(self) -> str:
        return ", ".join(self.phrase(kind, kind.replace("_", " ")) for kind in sorted(self.watched))

    def summary(self, first: NextReader | None, readers: tuple[NextReader, ...]) -> str:
        if first:
            steps = first.shortest.hops
            count = "short_one" if steps == 1 else "short_many"
            return self.say(count, watched=self.phrase(first.kind, first.name), steps=steps)
        if self.moved:
            return ""
        return self.say("short_others", watched=self.watched_phrase()) if readers else self.say("nobody")

    def day(self, day: date) -> str:
        month = _WORDS[self.language]["months"].split()[day.month - 1]
        return _WORDS[self.language]["day"].format(day=day.day, month=month, year=day.year)
