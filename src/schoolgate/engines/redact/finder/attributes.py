"""Protected attributes (M.G.L. c.71 s.37L) and what tells them without naming them."""

import re
from collections.abc import Iterator

from schoolgate.engines.redact.finder.lexicon import Lexicon, Rule, attributes
from schoolgate.engines.redact.finder.text import Text
from schoolgate.engines.redact.model import Span
from schoolgate.engines.redact.normal import Folded

_NEAR_WORDS = 8
_SAID_OF_SOMEONE = re.compile(
    r"\b(?:is|are|was|were|es|son|era|eran|e|sao|se|being|because|im|i'm|soy|sou|just|all)(?: (?:a|an|un|una|um|uma|yon|both|not|no|nao|pa|the))? $"
)
_FOLLOWED = re.compile(r" (?:[^\W\d_])")
_CLAUSE_EDGE = re.compile(r"[.;!?\n]|, (?=(?:so|but|and|he|she|they|which|pero|y|mas|e|men|epi|ok)\b)")
# A lesson on deportation says so anywhere in its sentence; a language is a subject only beside the word.
_WHOLE_SENTENCE = frozenset(("immigration_status", "document", "citizenship"))
_CAME_FROM = re.compile(
    r"\b(?:from|back to|born in|tounen|soti(?: nan)?|soti an|vien[ea]n? de|vem de|veio d[aoe]|llego de|es de|e d[aoe]|natural de)(?: the| la| el| o| a)? $"
)
_CLAUSE_START = re.compile(r"\b(?:whether|that) ")
_FREE_OF_NAMES = frozenset(("gang", "immigration_status", "document", "citizenship"))


def find_attributes(text: Text) -> Iterator[Span]:
    """Marks of attributes. One Hyperscan pass, then the few patterns that can match."""
    lexicon = attributes()
    seen: set[tuple[int, int, str]] = set()
    views = [text.folded]
    joined = text.joined()
    views += [joined] if joined.text != text.folded.text else []
    repaired = text.repaired(joined, lexicon.vocabulary)
    views += [repaired] if repaired.text != joined.text else []
    for view in views:
        for rule in lexicon.possible(view.text):
            for m in rule.pattern.finditer(view.text):
                span = _judge(text, view, lexicon, rule, m)
                if span and (span.start, span.end, span.category) not in seen:
                    seen.add((span.start, span.end, span.category))
                    yield span


def _judge(  # noqa: PLR0911 - one condition a line, the first that clears the words
    text: Text, view: Folded, lexicon: Lexicon, rule: Rule, m: re.Match[str]
) -> Span | None:
    group = "mark" if m.groupdict().get("mark") else 0
    start, end = m.span(group)
    while end > start and view.text[end - 1] in " ,.-":
        end -= 1
    if start == end:
        return None
    original_start, original_end = view.original(start, end)
    if rule.shout and not text.original[original_start:original_end].split(" ")[0].isupper():
        return None
    if rule.capital and not _names_something(text.original[original_start:original_end]):
        return None
    sentence = text.sentence_of(original_start)
    low = next((i for i in range(start, -1, -1) if view.starts[i] < sentence[0]), -1) + 1
    high = next((i for i in range(end, len(view.text)) if view.starts[i] >= sentence[1]), len(view.text))
    before, after = view.text[low:start], view.text[end:high]
    family = lexicon.cues["family"].search(before + " " + after)
    if not _needed(lexicon, rule, before, after, family=bool(family)):
        return None
    if rule.topic and _only_a_topic(lexicon, rule, before, after, family=bool(family)):
        return None
    if rule.topic and rule.category not in _FREE_OF_NAMES and _in_a_proper_name(text, original_end):
        return None
    if rule.clause:
        edges = [*_CLAUSE_EDGE.finditer(before), *_CLAUSE_START.finditer(before)]
        start = low + max((e.end() for e in edges), default=0)
        edge = _CLAUSE_EDGE.search(after)
        end = end + (edge.start() if edge else len(after))
        while start < end and view.text[start] in " -":
            start += 1
        original_start, original_end = view.original(start, end)
    return Span(original_start, original_end, rule.category, None, 0.7, rule.reason)


def _needed(lexicon: Lexicon, rule: Rule, before: str, after: str, *, family: bool) -> bool:
    match rule.need:
        case "":
            return True
        case "family":
            return family
        case "person":
            return family or bool(lexicon.cues["person"].search(before + " \0 " + after))
        case "origin":
            return bool(lexicon.cues["origin"].search(before))
        case cue:
            return bool(lexicon.cues[cue].search(before + " \0 " + after))


def _only_a_topic(lexicon: Lexicon, rule: Rule, before: str, after: str, *, family: bool) -> bool:
    """Whether the words are a school subject, a food, a song, and not said of a person or a family."""
    follows = after.lstrip(" \"'")
    if lexicon.cues["thing"].match(follows):
        return True
    if family or lexicon.cues["someone"].match(follows) or _CAME_FROM.search(before) or _SAID_OF_SOMEONE.search(before):
        return False
    if rule.category in _WHOLE_SENTENCE and lexicon.cues["lesson"].search(f"{before} \0 {after}"):
        return True
    near = " ".join(before.split()[-_NEAR_WORDS:]) + " \0 " + " ".join(after.split()[:_NEAR_WORDS])
    return bool(lexicon.cues["topic"].search(near))


def _names_something(written: str) -> bool:
    """Whether a capital begins the last word of the mark, articles aside: `the Ave`, not `the long`."""
    return any(word[:1].isupper() or word[:1].isdigit() for word in written.split() if word.lower() != "the")


def _in_a_proper_name(text: Text, end: int) -> bool:
    """Whether a capitalised word follows at once: `Christian Science Plaza`."""
    following = re.match(r" ([^\W\d_]+)", text.original[end:])
    return bool(following) and following.group(1)[0].isupper() and len(following.group(1)) > 1 if following else False
