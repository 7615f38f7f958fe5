"""The one table from what the finder marks to what the law decides on.

Sources: M.G.L. c.71 s.37L (immigration status, citizenship, neighborhood of residence, religion, national
origin, ethnicity, suspected or confirmed gang affiliation); 34 CFR 99.3 (personally identifiable
information); the proxies are an engineering choice (a home address tells the neighborhood, a passport the
citizenship, a language the origin).
"""

from collections.abc import Mapping
from types import MappingProxyType

IDENTIFIERS = (
    "person_known",
    "person_unknown",
    "dob",
    "address",
    "phone",
    "email",
    "student_number",
    "plate",
    "handle",
)
ATTRIBUTES = (
    "immigration_status",
    "citizenship",
    "neighborhood",
    "religion",
    "national_origin",
    "ethnicity",
    "language",
    "gang",
    "document",
)
CATEGORIES = IDENTIFIERS + ATTRIBUTES

# Every element of a row must be allowed to leave before the words may: an address tells the neighborhood,
# a nationality the place of birth. A known person's row depends on their role (see `name_element`).
ELEMENT_OF_CATEGORY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "person_known": ("student_name",),
        "person_unknown": ("other_student_name", "guardian_name", "staff_name"),
        "dob": ("date_of_birth",),
        "address": ("home_address", "neighborhood"),
        "phone": ("phone",),
        "email": ("email",),
        "student_number": ("student_number",),
        "plate": ("vehicle",),
        "handle": ("social_media_handle",),
        "immigration_status": ("immigration_status",),
        "citizenship": ("citizenship",),
        "neighborhood": ("neighborhood",),
        "religion": ("religion",),
        "national_origin": ("national_origin", "place_of_birth"),
        "ethnicity": ("ethnicity", "race"),
        "language": ("native_language", "national_origin"),
        "gang": ("gang_affiliation",),
        "document": ("passport", "visa", "i94"),
    }
)


def may_leave(category: str, outcome: Mapping[str, bool]) -> bool:
    """Whether every element that a category reveals may leave. A category without a row may not."""
    elements = ELEMENT_OF_CATEGORY.get(category, ())
    return bool(elements) and all(outcome.get(e) is True for e in elements)
