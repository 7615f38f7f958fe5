"""A student information system's export comes in: schools, people, incidents and what followed from them."""

from .act import import_edfi
from .run import Imported, Tally

__all__ = ["Imported", "Tally", "import_edfi"]
