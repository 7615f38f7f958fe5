"""What goes into the redact engine: a report, its people, its allegations, and the marks on its text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from schoolgate.engines.redact.errors import RedactError

NARRATIVE = "narrative"
TITLE = "title"


class Role(StrEnum):
    """What a participant is to the school; it decides which law element their name is."""

    STUDENT = "student"
    STAFF = "staff"
    GUARDIAN = "guardian"
    OUTSIDER = "outsider"


@dataclass(frozen=True, slots=True)
class Participant:
    """A person whom the record knows.

    Attributes:
        token: `P1` for students, `S1` for staff, `O1` for outsiders; letters and digits only.
        names: full name first, then every other name the record lists (nicknames, short forms).
        student_number: as printed, or None.
        birth_date: ISO 8601 (`2009-07-19`), or None.
        role: decides the element under which the name may leave.
    """

    token: str
    names: tuple[str, ...] = field(repr=False)
    student_number: str | None = field(default=None, repr=False)
    birth_date: str | None = field(default=None, repr=False)
    role: Role = Role.STUDENT

    def __post_init__(self) -> None:
        if not (self.token.isascii() and self.token.isalnum()):
            raise RedactError("participant: a token is ASCII letters and digits, such as P1")


@dataclass(frozen=True, slots=True)
class Span:
    """A mark on a text: these code points reveal something of this category.

    Attributes:
        start: first code point of the part's original text.
        end: one past the last.
        category: one of `CATEGORIES`.
        token: whose it is, when known.
        confidence: 0 to 1; how sure the finder is. The view does not look at it: a mark is a mark.
        reason: why, in words a records officer reads. Never quotes the text.
        part: which text of the document: `narrative`, `title`, `field:0`, `allegation:A1:text`, ...
    """

    start: int
    end: int
    category: str
    token: str | None = None
    confidence: float = 1.0
    reason: str = ""
    part: str = NARRATIVE

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise RedactError(f"span: start {self.start} and end {self.end} do not enclose any text")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and whose it is.

    `subjects` is None when nobody has said whom the sentence is about (unknown is not false: such a
    sentence stays out of a family's copy when the report has other students), and empty when someone
    has said that it is about no one in particular.
    """

    text: str = field(repr=False)
    subjects: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences in reading order."""

    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A structured field. `element` is one of the law's elements; `about` a participant's token."""

    element: str
    label: str
    value: str = field(repr=False)
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Allegation:
    """A claim about a person, which never travels without its source, basis and status."""

    id: str
    about: str | None
    text: str = field(repr=False)
    element: str
    source: str = field(repr=False)
    basis: str = field(repr=False)
    status: str


@dataclass(frozen=True, slots=True)
class Document:
    """A report as the engine sees it. People in its texts are written as `@P1`, `@S1`, `@O1`.

    Spans refer to code points of `document.text(part)`; the narrative's text is its sentences joined
    by one space, its paragraphs joined by an empty line.
    """

    number: str
    kind: str
    title: str = field(repr=False)
    date: str
    school: str
    fields: tuple[Field, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    participants: tuple[Participant, ...] = ()
    allegations: tuple[Allegation, ...] = ()

    def parts(self) -> Iterator[tuple[str, str]]:
        """Every text that may hold something to mark, as (part, text), in reading order."""
        yield TITLE, self.title
        for i, entry in enumerate(self.fields):
            yield f"field:{i}", entry.value
        yield NARRATIVE, self.narrative()
        for a in self.allegations:
            yield f"allegation:{a.id}:text", a.text
            yield f"allegation:{a.id}:source", a.source
            yield f"allegation:{a.id}:basis", a.basis

    def narrative(self) -> str:
        """The narrative as one text, to which the spans of the part `narrative` refer."""
        return "\n\n".join(" ".join(s.text for s in p.sentences) for p in self.paragraphs)

    def text(self, part: str) -> str:
        """The text of one part.

        Raises:
            RedactError: if the document has no such part.
        """
        for name, text in self.parts():
            if name == part:
                return text
        raise RedactError("span: it names a part that this document does not have")

    def participant(self, token: str) -> Participant | None:
        """The participant with this token, or None."""
        return next((p for p in self.participants if p.token == token), None)


class AudienceKind(StrEnum):
    """Who will read the copy. A family's copy also leaves out whole sentences about other students."""

    AGENCY = "agency"
    FAMILY = "family"
    STAFF = "staff"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who will read the copy, and which of the report's students the copy is *for*.

    `tokens` are the family's own children, or the students whom the request names. Every other student
    is an "other student" in the law's sense.
    """

    kind: AudienceKind
    tokens: frozenset[str] = frozenset()
