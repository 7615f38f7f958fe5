"""The stack of packs that applies to a district, checked as a whole when it is loaded.

A rulebook file, next to the vocabulary::

    id = "boston"
    title = "Boston Public Schools"
    packs = ["us/federal", "us/ma", "us/ma/boston"]
    [layers.federal]
    recipients = "all"                          # or a list of kinds and groups
    [layers.local]
    recipients = ["local_police"]
    [hold]                                      # optional: a pack as it stood on a day, held on every day
    "us/ma/boston/policy-2018" = 2019-06-01
    [settings]
    either_way = true                           # optional: decide where every completion of the facts agrees
"""

import datetime as dt
import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_args

import cedarpy

from schoolgate.engines.kept import Kept
from schoolgate.engines.law.errors import LawError, suggestion
from schoolgate.engines.law.text.files import TomlFile, read_text
from schoolgate.engines.law.text.provision import LayerName, Provision, parse_provision
from schoolgate.engines.law.text.vocabulary import Element, Fact, Vocabulary, load_vocabulary

__all__ = ["Layer", "Rulebook", "amend", "load_rulebook"]

RULEBOOK_NAME: Final = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
PACK_PATH: Final = re.compile(r"[a-z0-9_-]+(?:/[a-z0-9_-]+)*")
LAYERS: Final[tuple[LayerName, ...]] = get_args(LayerName)
FIRST_DAY: Final = dt.date(1900, 1, 1)

_parsed: Kept[tuple[str, str, str], Provision] = Kept(4096)  # by file, text and nouns: packs are shared and reloaded
_valid: Kept[str, bool] = Kept(4096)  # digests of rulebooks that Cedar has checked


@dataclass(frozen=True, slots=True)
class Layer:
    """A level of law that must open a door for these kinds of recipient."""

    name: LayerName
    recipients: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A checked rulebook.

    Attributes:
        digest: sha256 in hex over the vocabulary, the layers and every provision's file, ordered by id.
        layers: from federal to local.
        provisions: by id, in the order of the ids; of all dates.
        programs: what was compiled from it, kept by whoever compiles.
        either_way: whether an element is decided where facts are missing but every completion of them agrees.
    """

    id: str
    title: str
    digest: str
    vocabulary: Vocabulary
    layers: tuple[Layer, ...]
    provisions: Mapping[str, Provision]
    cutovers: tuple[dt.date, ...] = field(repr=False)
    counsel_ids: tuple[str, ...] = field(repr=False)
    either_way: bool = True
    programs: dict[tuple[int, str, str], Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The facts a case may state."""
        return self.vocabulary.facts

    @property
    def elements(self) -> Mapping[str, Element]:
        """The elements a case may ask for, and the derived ones."""
        return self.vocabulary.elements

    @property
    def questions(self) -> Mapping[str, str]:
        """Every question that a decision may ask, by fact name or provision id."""
        asked = {name: fact.question for name, fact in self.facts.items()}
        return asked | {name: self.provisions[name].counsel_question or "" for name in self.counsel_ids}

    def in_force(self, day: dt.date) -> tuple[Provision, ...]:
        """Return the provisions in force on a day, in the order of their ids."""
        return tuple(provision for provision in self.provisions.values() if provision.applies_on(day))

    def era(self, day: dt.date) -> int:
        """Return the number of the span between two changes of law in which a day lies."""
        return bisect_right(self.cutovers, day)

    def layers_for(self, recipient: str) -> tuple[LayerName, ...]:
        """Return the layers that must open a door for a kind of recipient."""
        return tuple(layer.name for layer in self.layers if recipient in layer.recipients)


def load_rulebook(folder: Path, name: str) -> Rulebook:
    """Load `NAME.toml`, its packs and the vocabulary from a folder, and check everything.

    Raises:
        LawError: with the file, the line or field, and the remedy.
    """
    if not RULEBOOK_NAME.fullmatch(name):
        raise LawError("rulebook", "this name cannot be used", "Use small letters, digits, - and _")
    vocabulary = load_vocabulary(folder)
    file = TomlFile.read(folder / f"{name}.toml")
    file.only_keys((), {"id", "title", "packs", "layers", "hold", "settings"})
    file.only_keys(("settings",), {"either_way"})
    identifier = file.text_of((), "id")
    if identifier != name:
        raise file.error(("id",), "id and file name differ", f'Write id = "{name}"')
    layers = _layers(file, vocabulary)
    provisions = _provisions(file, folder, vocabulary)
    either_way = file.flag(("settings",), "either_way") if "either_way" in file.table(("settings",)) else True
    return _checked(identifier, file.text_of((), "title"), vocabulary, layers, provisions, either_way=either_way)


def amend(rulebook: Rulebook, texts: Iterable[str] = (), *, without: Collection[str] = ()) -> Rulebook:
    """Return a draft: the rulebook with some provisions removed, replaced or added, checked as a whole.

    Args:
        rulebook: what the draft starts from; it is left as it is.
        texts: provision files; one whose id is there already replaces it.
        without: ids of provisions that the draft leaves out.

    Raises:
        LawError: a text is refused, or an id to leave out is unknown.
    """
    for name in without:
        if name not in rulebook.provisions:
            raise LawError(
                "draft", "it leaves out a provision that is not there", suggestion(name, rulebook.provisions)
            )
    provisions = {name: one for name, one in rulebook.provisions.items() if name not in without}
    for number, text in enumerate(texts, 1):
        provision = parse_provision(text, f"draft text {number}", rulebook.vocabulary)
        provisions[provision.id] = provision
    return _checked(
        rulebook.id,
        rulebook.title,
        rulebook.vocabulary,
        rulebook.layers,
        tuple(provisions[name] for name in sorted(provisions)),
        either_way=rulebook.either_way,
    )


def _checked(
    identifier: str,
    title: str,
    vocabulary: Vocabulary,
    layers: tuple[Layer, ...],
    provisions: tuple[Provision, ...],
    *,
    either_way: bool,
) -> Rulebook:
    _check_layers(provisions, layers)
    digest = _digest(identifier, title, vocabulary, layers, provisions, either_way=either_way)
    _valid.get(digest, lambda: _check_cedar(provisions, vocabulary))
    changes = {p.in_force_from for p in provisions} | {p.in_force_until for p in provisions if p.in_force_until}
    return Rulebook(
        id=identifier,
        title=title,
        digest=digest,
        vocabulary=vocabulary,
        layers=layers,
        provisions=MappingProxyType({provision.id: provision for provision in provisions}),
        cutovers=tuple(sorted(changes)),
        counsel_ids=tuple(provision.id for provision in provisions if provision.counsel_question is not None),
        either_way=either_way,
    )


def _layers(file: TomlFile, vocabulary: Vocabulary) -> tuple[Layer, ...]:
    file_layers = file.table(("layers",))
    layers = []
    for name in file_layers:
        if name not in LAYERS:
            raise file.error(("layers", name), "this layer is unknown", suggestion(name, LAYERS))
    for name in LAYERS:
        if name not in file_layers:
            continue
        path = ("layers", name)
        file.only_keys(path, {"recipients"})
        layers.append(Layer(name, _kinds(file, path, vocabulary)))
    closed = frozenset(vocabulary.recipients).difference(*(layer.recipients for layer in layers))
    if closed:
        raise file.error(
            ("layers",),
            f"no layer decides for {', '.join(sorted(closed))}",
            'Declare a layer with recipients = "all"; without one everything would be open',
        )
    return tuple(layers)


def _kinds(file: TomlFile, path: tuple[str, ...], vocabulary: Vocabulary) -> frozenset[str]:
    if file.table(path).get("recipients") == "all":
        return frozenset(vocabulary.recipients)
    kinds: set[str] = set()
    for kind in file.strings(path, "recipients"):
        if kind not in vocabulary.recipients and kind not in vocabulary.recipient_groups:
            known = {*vocabulary.recipients, *vocabulary.recipient_groups}
            raise file.error((*path, "recipients"), "it names no recipient", suggestion(kind, known))
        kinds |= vocabulary.recipient_groups.get(kind, frozenset({kind}))
    if not kinds:
        raise file.error(path, "recipients is missing", 'Write recipients = "all" or list kinds')
    return frozenset(kinds)


def _provisions(file: TomlFile, folder: Path, vocabulary: Vocabulary) -> tuple[Provision, ...]:
    packs = file.strings((), "packs")
    if not packs:
        raise file.error((), "packs is missing", 'Write packs = ["us/federal", ...]')
    held = _held(file, packs)
    found: dict[str, Provision] = {}
    for pack in packs:
        if not PACK_PATH.fullmatch(pack) or not (folder / pack).is_dir():
            raise file.error(("packs",), "a pack is no folder here", "Name folders next to this file")
        for provision in _pack(folder / pack, vocabulary, held.get(pack)):
            twin = found.setdefault(provision.id, provision)
            if twin is not provision:
                raise LawError(f"{provision.file}:2", f"its id stands in {twin.file} too", "Give each an id of its own")
    if not found:
        raise file.error(("packs",), "the packs hold no provision", "Add a file to a pack")
    return tuple(found[name] for name in sorted(found))


def _held(file: TomlFile, packs: tuple[str, ...]) -> Mapping[str, dt.date]:
    held = file.table(("hold",))
    for pack, day in held.items():
        if pack not in packs or not isinstance(day, dt.date) or isinstance(day, dt.datetime):
            raise file.error(("hold", pack), "it names no pack and day", "Write a pack of this rulebook = 2019-06-01")
    return held


def _pack(folder: Path, vocabulary: Vocabulary, held_on: dt.date | None) -> Iterable[Provision]:
    for path in sorted(folder.glob("*.md")):
        if path.name == "README.md":
            continue
        provision = _parse(read_text(path), str(path), vocabulary)
        if held_on is None:
            yield provision
        elif provision.applies_on(held_on):
            yield replace(provision, in_force_from=FIRST_DAY, in_force_until=None)


def _parse(text: str, name: str, vocabulary: Vocabulary) -> Provision:
    return _parsed.get((name, text, vocabulary.digest), lambda: parse_provision(text, name, vocabulary))


def _check_layers(provisions: tuple[Provision, ...], layers: tuple[Layer, ...]) -> None:
    declared = {layer.name for layer in layers}
    for provision in provisions:
        if provision.effect == "door" and provision.layer not in declared:
            raise LawError(
                f"{provision.file}:2",
                f"its layer {provision.layer} is not declared, so this door would open nothing",
                f"Declare [layers.{provision.layer}] or leave out the pack",
            )


def _check_cedar(provisions: tuple[Provision, ...], vocabulary: Vocabulary) -> bool:
    """Validate strictly against the schema: everything at once, and one by one only to find the culprit."""
    schema = cedarpy.Schema.from_str(vocabulary.cedar_schema)
    everything = "\n".join(provision.cedar for provision in provisions)
    if cedarpy.validate_policies(everything, schema).validation_passed:
        return True
    for provision in provisions:
        result = cedarpy.validate_policies(provision.cedar, schema)
        if not result.validation_passed:
            reasons = "; ".join(dict.fromkeys(re.sub(r"^\[\w+\] ", "", str(error)) for error in result.errors))
            raise LawError(f"{provision.file}:{provision.line}", reasons, "Correct the condition")
    raise LawError("rulebook", "Cedar refuses the provisions together", "Report this as a defect of the engine")


def _digest(
    identifier: str,
    title: str,
    vocabulary: Vocabulary,
    layers: tuple[Layer, ...],
    provisions: tuple[Provision, ...],
    *,
    either_way: bool,
) -> str:
    content = {
        "format": "schoolgate-rulebook/1",
        "id": identifier,
        "title": title,
        "vocabulary": vocabulary.to_json(),
        "layers": {layer.name: sorted(layer.recipients) for layer in layers},
        "either_way": either_way,
        "provisions": [
            [
                p.id,
                p.in_force_from.isoformat(),
                p.in_force_until.isoformat() if p.in_force_until else None,
                "\n".join(line.rstrip() for line in p.source.split("\n")).rstrip(),
            ]
            for p in provisions
        ],
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
