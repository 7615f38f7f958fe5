"""What can be wrong with an attachment, each with words that say what to do."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from schoolgate.engines.redact.errors import RedactError

_TOLD = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
WORDS: Mapping[str, str] = MappingProxyType(_TOLD["refusals"])
NOTES: Mapping[str, str] = MappingProxyType(_TOLD["notes"])


class AttachmentError(RedactError):
    """An attachment could not be opened or rebuilt.

    Attributes:
        code: one of `WORDS`; stable, for programs.
        hand_made: whether counsel may confirm a copy made by hand instead (sound and video only).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{WORDS[code]} ({detail})" if detail else WORDS[code])
        self.code = code

    @property
    def hand_made(self) -> bool:
        """Whether counsel may confirm a copy made by hand instead."""
        return self.code == "audio_video"
