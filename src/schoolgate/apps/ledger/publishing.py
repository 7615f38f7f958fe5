"""The public copy of the log as files."""

import re
from pathlib import Path

from django.conf import settings

# Only names of the tlog-tiles layout; nothing else in the folder can be reached.
PUBLIC_NAME = re.compile(r"checkpoint|tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/)*[0-9]{3}")


def public_file(name: str) -> Path | None:
    """The published file of that name, or None."""
    if not PUBLIC_NAME.fullmatch(name):
        return None
    path = settings.LOG_FOLDER / name
    return path if path.is_file() else None
