"""Claims: what must hold for every possible case under a rulebook, written so that counsel can read them.

A claim file looks like a provision: TOML between two lines `+++`, plain words, and a Cedar block::

    id = "no-identity-no-copy"
    title = "..."                       # what is claimed, in a sentence; title_es in Spanish
    citation = "34 CFR 99.31(c)"
    kind = "always"                     # see below; always if left out
    about = ["us.ma.boston"]            # optional: only for rulebooks that hold provisions under each of these

The block is read as a policy that no rulebook may contradict:

`always`        `forbid` with "disclose": whenever it holds, the element does not leave. `permit`: it does.
                With "release" or "refuse" and `owes = "obligation"`: `permit` says that the obligation is owed,
                `forbid` that it never is. `by = [ids]` narrows the claim to what leaves only because one of these
                doors is open.
`adds_nothing`  in the cases of the block a thing opens nothing: what is permitted is still permitted with the facts
                of `[instead]`.
`needs_door`    in the cases of the block nothing leaves without an open door in each of `layers`.
`missing_facts` an answer given while facts are missing (`turns = "permit"`, or "deny") never turns when they
                become known. A fact with a default is known while it is absent; `accepts_defaults` lists those
                whose truth could differ from the default and turn an answer, each one accepted by counsel.
`stricter`      whatever rulebook `rulebook` permits, `than` permitted, save in the cases of the block.
`onward`        no copy of the block reaches a recipient of kind `target`, directly or by agreements it may travel.
                `condition` is the obligation that says a copy may not be passed on: such a copy leaves its first
                holder only where law itself orders it. `free` lists the doors under which copies carry no condition:
                where those may travel is listed, not claimed. `inside` names kinds or groups that are the district
                itself: what they hand on is a disclosure of its own.

`always`, `adds_nothing`, `needs_door` and `onward` may leave something out, which the words must then say:
`besides = [ids]` what leaves only because one of these doors is open; `counsel = [ids]` the cases in which counsel has
opened one of these doors with yes, or lifted one of these prohibitions with no.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from schoolgate.engines.law.errors import LawError, suggestion
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.cedar import CedarRefusedError, Rule, rules_of
from schoolgate.engines.law.text.files import TomlFile, read_text
from schoolgate.engines.law.text.provision import FENCE, PROVISION_ID, LayerName, cedar_block, line_of_word, split_file
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import Vocabulary

__all__ = ["Claim", "Kind", "load_claims", "parse_claim"]

Kind = Literal["always", "adds_nothing", "needs_door", "missing_facts", "stricter", "onward"]
Turns = Literal["permit", "deny"]

COMMON: Final = {"id", "title", "title_es", "citation", "kind", "about"}
LEAVES_OUT: Final = {"besides", "counsel"}
KEYS: Final[dict[Kind, set[str]]] = {
    "always": {"owes", "by"} | LEAVES_OUT,
    "adds_nothing": {"instead"} | LEAVES_OUT,
    "needs_door": {"layers"} | LEAVES_OUT,
    "missing_facts": {"turns", "accepts_defaults"},
    "stricter": {"rulebook", "than"},
    "onward": {"target", "condition", "free", "inside"} | LEAVES_OUT,
}
LAYERS: Final[tuple[LayerName, ...]] = get_args(LayerName)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, checked against a vocabulary.

    Attributes:
        title: what is claimed, in a sentence.
        words: why, and what it leaves out, for people.
        effect: of the block's policies; they all have the same.
        act: the act the block speaks of.
        condition: when some policy of the block holds; false without a block.
        about: prefixes of provision ids; the claim concerns rulebooks that hold provisions under each.
        instead: coded facts by name.
        source: the whole file.
    """

    id: str
    title: str
    title_es: str
    citation: str
    kind: Kind
    words: str
    cedar: str
    effect: Literal["permit", "forbid"]
    act: Literal["disclose", "release", "refuse"]
    condition: c.Condition = field(repr=False)
    about: tuple[str, ...] = ()
    owes: str = ""
    by: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    counsel: tuple[str, ...] = ()
    instead: Mapping[str, int] = field(default_factory=dict)
    layers: tuple[LayerName, ...] = ()
    turns: Turns = "permit"
    accepts_defaults: tuple[str, ...] = ()
    rulebook: str = ""
    than: str = ""
    target: str = ""
    restriction: str = ""
    free: tuple[str, ...] = ()
    inside: frozenset[str] = frozenset()
    source: str = field(default="", repr=False)

    def concerns(self, rulebook: Rulebook) -> bool:
        """Tell whether a rulebook holds the law that the claim is about."""
        ids = rulebook.provisions
        return all(any(name.startswith(f"{prefix}.") for name in ids) for prefix in self.about)


def load_claims(folder: Path, vocabulary: Vocabulary) -> tuple[Claim, ...]:
    """Read every `*.md` of a folder but its README, in the order of their ids.

    Raises:
        LawError: a file is refused, or two have one id; with the file and the line.
    """
    found: dict[str, Claim] = {}
    for path in sorted(folder.glob("*.md")):
        if path.name != "README.md":
            claim = parse_claim(read_text(path), path.name, vocabulary)
            if claim.id in found:
                raise LawError(f"{path.name}:2", "its id stands in another file too", "Give each an id of its own")
            found[claim.id] = claim
    return tuple(found[name] for name in sorted(found))


def parse_claim(text: str, name: str, vocabulary: Vocabulary) -> Claim:
    """Parse the text of a claim file.

    Args:
        text: the file.
        name: what error messages call it.
        vocabulary: the nouns it may use.

    Raises:
        LawError: with file, line and remedy.
    """
    front, body, body_line = split_file(text, name)
    kind: Kind = front.choice((), "kind", get_args(Kind)) if "kind" in front.table(()) else "always"
    front.only_keys((), COMMON | KEYS[kind])
    identifier = front.text_of((), "id")
    if not PROVISION_ID.fullmatch(identifier):
        raise front.error(("id",), "this id cannot be used", "Use parts of letters and digits joined by . or -")
    cedar, line = cedar_block(body, body_line)
    try:
        rules = rules_of(cedar, vocabulary)
    except CedarRefusedError as error:
        raise LawError(f"{name}:{line_of_word(cedar, error.needle, line)}", str(error), error.remedy) from error
    words = FENCE.sub("", body).strip()
    if not words:
        raise LawError(f"{name}:{body_line}", "the plain words are missing", "Say in a sentence what it means")
    if not rules and kind not in ("missing_facts", "stricter"):
        raise LawError(f"{name}:{body_line}", "the Cedar block is missing", "Write the policy that must hold")
    effect, act = _block(rules, f"{name}:{line}")
    title = front.text_of((), "title")
    claim = Claim(
        id=identifier,
        title=title,
        title_es=front.text_or_none((), "title_es", title),
        citation=front.text_of((), "citation"),
        kind=kind,
        words=words,
        cedar=cedar.strip(),
        effect=effect,
        act=act,
        condition=c.simplify(c.Any(tuple(rule.condition for rule in rules)), lambda _: None),
        about=front.strings((), "about"),
        besides=front.strings((), "besides"),
        counsel=front.strings((), "counsel"),
        source=text,
        **_READERS[kind](front, vocabulary),
    )
    _check(claim, front, f"{name}:{line}")
    return claim


def _block(
    rules: tuple[Rule, ...], where: str
) -> tuple[Literal["permit", "forbid"], Literal["disclose", "release", "refuse"]]:
    effects, acts = {rule.effect for rule in rules}, {rule.actions for rule in rules}
    if not rules:
        return "forbid", "disclose"
    for act in ("disclose", "release", "refuse"):
        if acts == {frozenset({act})} and len(effects) == 1:
            return effects.pop(), act
    raise LawError(where, "its policies do not speak of one act", "Write one action, and permit or forbid throughout")


def _check(claim: Claim, front: TomlFile, where: str) -> None:
    if bool(claim.owes) != (claim.act != "disclose"):
        raise front.error(("owes",), "owes and the act disagree", 'Name it with Action::"release" or "refuse" only')
    if claim.kind != "always" and claim.cedar and (claim.effect, claim.act) != ("forbid", "disclose"):
        raise LawError(where, f"a claim of kind {claim.kind} forbids disclosures", 'Write forbid with "disclose"')


def _always(front: TomlFile, vocabulary: Vocabulary) -> dict[str, Any]:
    del vocabulary
    return {"owes": front.text_or_none((), "owes", ""), "by": front.strings((), "by")}


def _adds_nothing(front: TomlFile, vocabulary: Vocabulary) -> dict[str, Any]:
    stated = front.table(("instead",))
    if not stated:
        raise front.error((), "instead is missing", "Say in [instead] what a case without the thing would state")
    coded: dict[str, int] = {}
    for name, value in stated.items():
        fact = vocabulary.facts.get(name)
        if fact is None:
            raise front.error(("instead", name), "it names no fact", suggestion(name, vocabulary.facts))
        try:
            coded[name] = fact.encode(value)
        except ValueError as error:
            raise front.error(("instead", name), str(error), "Correct the value") from error
    return {"instead": MappingProxyType(coded)}


def _needs_door(front: TomlFile, vocabulary: Vocabulary) -> dict[str, Any]:
    del vocabulary
    return {"layers": _known(front, "layers", LAYERS, needed=True)}


def _missing_facts(front: TomlFile, vocabulary: Vocabulary) -> dict[str, Any]:
    defaults = [name for name, fact in vocabulary.facts.items() if fact.default is not None]
    return {
        "turns": front.choice((), "turns", get_args(Turns)),
        "accepts_defaults": _known(front, "accepts_defaults", defaults),
    }


def _stricter(front: TomlFile, vocabulary: Vocabulary) -> dict[str, Any]:
    del vocabulary
    return {"rulebook": front.text_of((), "rulebook"), "than": front.text_of((), "than")}


def _onward(front: TomlFile, vocabulary: Vocabulary) -> dict[str, Any]:
    target = front.text_of((), "target")
    if target not in vocabulary.recipients:
        raise front.error(("target",), "it names no recipient", suggestion(target, vocabulary.recipients))
    groups = vocabulary.recipient_groups
    inside = _known(front, "inside", {*vocabulary.recipients, *groups})
    return {
        "target": target,
        "restriction": front.text_of((), "condition"),
        "free": front.strings((), "free"),
        "inside": frozenset().union(*(groups.get(name, frozenset({name})) for name in inside)),
    }


def _known(front: TomlFile, key: str, known: Any, *, needed: bool = False) -> tuple[Any, ...]:  # noqa: ANN401 - words
    names = front.strings((), key)
    for name in names:
        if name not in known:
            raise front.error((key,), "a name in it is unknown", suggestion(name, known))
    if needed and not names:
        raise front.error((), f"{key} is missing", f"List {', '.join(known)} or some of them")
    return names


_READERS: Final = {
    "always": _always,
    "adds_nothing": _adds_nothing,
    "needs_door": _needs_door,
    "missing_facts": _missing_facts,
    "stricter": _stricter,
    "onward": _onward,
}
