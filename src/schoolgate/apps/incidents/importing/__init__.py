"""What a student information system holds comes in: schools, people, incidents and what followed from them."""

from .act import import_edfi
from .api import import_edfi_api, try_edfi_api
from .run import Imported, Tally

__all__ = ["Imported", "Tally", "import_edfi", "import_edfi_api", "try_edfi_api"]
