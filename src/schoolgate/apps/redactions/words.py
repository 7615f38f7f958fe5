"""What the bench calls things."""

from types import MappingProxyType
from typing import Final

# A category of the finder: its short label in the text.
CATEGORY_WORDS: Final = MappingProxyType(
    {
        "person_known": "person on record",
        "person_unknown": "another person",
        "dob": "date of birth",
        "address": "address",
        "phone": "telephone",
        "email": "e-mail",
        "student_number": "student number",
        "plate": "license plate",
        "handle": "account name",
        "immigration_status": "immigration status",
        "citizenship": "citizenship",
        "neighborhood": "neighborhood",
        "religion": "religion",
        "national_origin": "national origin",
        "ethnicity": "ethnicity",
        "language": "language",
        "gang": "gang",
        "document": "identity paper",
    }
)

# What no program can read on a page of an attachment.
UNREAD_WORDS: Final = MappingProxyType(
    {"picture": "picture", "strokes": "handwriting or stamp", "unsure": "print not read for sure"}
)

# Why a mark is taken off: a code for the log, and its words. Every one says "this is no such thing".
REASONS: Final = MappingProxyType(
    {
        "ordinary_word": "An ordinary word here, no name and no label",
        "subject": "A subject, a lesson, a food, a team: it tells nothing of anybody",
        "public_place": "A place, a street or a stop that is nobody's home",
        "someone_public": "A public person, an author or a figure in a story",
        "misread": "Two words run together, a typing slip, a number of something else",
        "covered": "Another mark covers these words",
        "nothing_there": "Nothing is there: a smudge, a line, an empty part of the page",
        "by_mistake": "Marked by hand by mistake",
        "other": "Something else, as written below",
    }
)
# Which of them stand for themselves for an identifier; a protected attribute always needs words.
NEEDS_WORDS: Final = frozenset({"other"})


def category_word(category: str) -> str:
    """A category in words."""
    return CATEGORY_WORDS.get(category) or UNREAD_WORDS.get(category, category.replace("_", " "))
