"""What may not be written into a report, and what needs a reason (M.G.L. c.71 s.37L).

Two readers look for it: the finder of `engines/redact`, which has learnt how people write, and a short list of fixed
phrases, which cannot be out of form. What either sees counts.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import cast

from schoolgate.apps.access.once import note, noted
from schoolgate.engines import redact

from .body import Body

TOKEN = re.compile(r"@([PSO][0-9]{1,2})\b")

# The district holds none of these, whatever the reason: what is not there cannot leave.
NEVER = frozenset({"immigration_status", "citizenship", "place_of_birth", "passport", "visa", "i94"})
# May be recorded only where it matters to what happened, with the reason written down.
NEEDS_REASON = frozenset({"neighborhood", "religion", "national_origin", "ethnicity", "gang_affiliation"})
NEVER_LAW = "Plyler v. Doe, 457 U.S. 202; M.G.L. c.71 s.37L"
# In the languages that staff write (English, Spanish, Portuguese, Haitian Creole), without accents.
PHRASES = {
    "immigration_status": re.compile(
        r"\b(immigration status|legal status|undocumented|green ?card|asylum seeker|illegal (alien|immigrant)s?|"
        r"(no|without|not have) papers|daca|indocumentad[oa]s?|sin papeles|estatus migratorio|estado migratorio|"
        r"sem documentos|situacao migratoria|imigrante ilegal|san papye)\b"
    ),
    "citizenship": re.compile(
        r"\b(citizenship|(not|non)[- ]?(an? )?(u\.?s\.? |american )?citizens?|ciudadania|cidadania|sitwayente)\b"
    ),
    "place_of_birth": re.compile(
        r"\b(was|were|is) born in (?!(19|20)\d\d)|\b(place of birth|birthplace|born abroad|lugar de nacimiento|"
        r"nacio en (?!(19|20)\d\d)|nasceu (em|no|na) (?!(19|20)\d\d)|local de nascimento|fet an (?!(19|20)\d\d))"
    ),
}
WORDS = {
    "immigration_status": "immigration status",
    "citizenship": "citizenship",
    "passport": "a passport",
    "visa": "a visa",
    "i94": "an arrival record",
    "neighborhood": "where the student lives",
    "religion": "religion",
    "national_origin": "national origin",
    "ethnicity": "ethnicity",
    "gang_affiliation": "a gang",
    "place_of_birth": "a place of birth",
}
# Not the points of "U.S.".
SENTENCE_END = re.compile(r"(?<![A-Z])[.!?]+(?=\s|$)|\n")
ROLE_OF_LETTER = {"P": redact.Role.STUDENT, "S": redact.Role.STAFF, "O": redact.Role.OUTSIDER}


# That somebody was harmed says nothing of whom they belong to: a police database once gave eight points for it
# (Diaz Ortiz v. Garland, 23 F.4th 1 (1st Cir. 2022)).
AS_A_VICTIM = re.compile(
    r"\b(victims?|targets?|targeted|victimas?|vitimas?|viktim)\b|"
    r"\b(was|were|got|being) (attacked|assaulted|beaten|hit|jumped|robbed|shot|stabbed|threatened)\b"
)


@dataclass(frozen=True, slots=True)
class Remark:
    """A protected attribute in what the author wrote, as the author is shown it.

    `sentence` is the whole sentence that `excerpt` stands in.
    """

    element: str
    excerpt: str
    never: bool
    sentence: str = ""

    @property
    def words(self) -> str:
        """The attribute in plain words."""
        return WORDS[self.element]


def texts_of(body: Body) -> tuple[str, ...]:
    """Every free text of a report, in the order in which the form asks for it."""
    claims = (text for claim in body.claims for text in (claim.text, claim.source, claim.basis))
    said = (body.narrative, *body.accounts.values(), body.weapon, body.injury, body.response, body.correction)
    outsiders = (person.outsider_name for person in body.people)
    return (*said, *claims, *outsiders)


def remarks(body: Body, names: dict[str, tuple[str, ...]]) -> list[Remark]:
    """Every protected attribute in what was written, once each with the words that show it."""
    found: dict[str, Remark] = {}
    participants = tuple(
        redact.Participant(token=token, names=known, role=ROLE_OF_LETTER[token[0]]) for token, known in names.items()
    )
    texts = texts_of(body)
    for text, spans in zip(texts, _read_once(texts, participants), strict=True):
        for element, start, end in _phrases(text):
            found.setdefault(element, _remark(element, text, start, end))
        for span in spans:
            elements = redact.ELEMENT_OF_CATEGORY.get(span.category, ())
            for known in [one for one in elements if one in WORDS][:1]:
                found.setdefault(known, _remark(known, text, span.start, span.end))
    for claim in body.claims:
        if claim.element in WORDS:
            found.setdefault(claim.element, _remark(claim.element, claim.text, 0, len(claim.text)))
    return list(found.values())


def _read_once(texts: tuple[str, ...], participants: tuple[redact.Participant, ...]) -> list[tuple[redact.Span, ...]]:
    """What the finder says of texts; signing asks it four times, and until the request ends it is asked once."""
    asked = ("finder", texts, participants)
    found = cast("list[tuple[redact.Span, ...]] | None", noted(asked))
    if found is None:
        found = redact.find_each(texts, participants)
        note(asked, found)
    return found


def _phrases(text: str) -> list[tuple[str, int, int]]:
    plain = plain_letters(text)
    return [(name, one.start(), one.end()) for name, pattern in PHRASES.items() for one in pattern.finditer(plain)]


def plain_letters(text: str) -> str:
    """The text in small letters without accents, letter for letter, so that places in it stay the same."""
    return "".join(unicodedata.normalize("NFD", letter)[0].lower()[:1] or letter for letter in text)


def _remark(element: str, text: str, start: int, end: int) -> Remark:
    ends = [0, *(one.end() for one in SENTENCE_END.finditer(text)), len(text)]
    before, after = max(one for one in ends if one <= start), min(one for one in ends if one >= end)
    return Remark(element, text[start:end].strip(), element in NEVER, text[before:after].strip())


def must_not_record(body: Body, names: dict[str, tuple[str, ...]]) -> list[str]:
    """Sentences that tell the author what to take out, and why."""
    return [
        f"“{one.sentence}” records {one.words}. The district never keeps this, whatever the reason ({NEVER_LAW}): "
        "take it out."
        for one in remarks(body, names)
        if one.never
    ]


def unexplained(body: Body, names: dict[str, tuple[str, ...]]) -> list[str]:
    """Sentences that ask the author for a reason, or to leave the words out."""
    return [
        f"“{one.excerpt}” records {one.words}, which may not be told to police (M.G.L. c.71 s.37L). "
        "Leave it out, or say why it matters to what happened."
        for one in remarks(body, names)
        if one.element in NEEDS_REASON and not body.germane.get(one.element, "").strip()
    ]


def belongs_by_being_harmed(body: Body) -> list[str]:
    """Claims that a person belongs to a gang which rest on their having been harmed: these are never kept."""
    harmed = {person.token for person in body.people if person.role == "harmed"}
    return [
        f"@{claim.about} was harmed, and that says nothing about whom they belong to. A report never counts it as a "
        "tie to a gang (Diaz Ortiz v. Garland, 23 F.4th 1): take the allegation out."
        for claim in body.claims
        if claim.element == "gang_affiliation"
        and (claim.about in harmed or AS_A_VICTIM.search(plain_letters(f"{claim.text} {claim.basis}")))
    ]
