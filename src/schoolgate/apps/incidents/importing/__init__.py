"""What a student information system holds comes in: schools, people, incidents and what followed from them."""

from .act import import_edfi, try_edfi
from .api import feed_name, import_edfi_api, try_edfi_api
from .roster_act import (
    RosterSource,
    import_roster,
    roster_files,
    roster_server,
    server_feed_name,
    since,
    try_roster,
)
from .run import Imported, Tally

__all__ = [
    "Imported",
    "RosterSource",
    "Tally",
    "feed_name",
    "import_edfi",
    "import_edfi_api",
    "import_roster",
    "roster_files",
    "roster_server",
    "server_feed_name",
    "since",
    "try_edfi",
    "try_edfi_api",
    "try_roster",
]
