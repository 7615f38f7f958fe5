"""The public copy of the log as files."""

from pathlib import Path

from django.conf import settings

from schoolgate.engines import tlog


def public_file(name: str) -> Path | None:
    """The published file of that name, or None. Only names of the tlog-tiles layout reach anything in the folder."""
    if name != "checkpoint":
        try:
            tlog.TileName.parse(name)
        except tlog.TileError:
            return None
    path = settings.LOG_FOLDER / name
    return path if path.is_file() else None
