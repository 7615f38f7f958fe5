"""The design system: base templates, components, error pages, and the form renderer that every app uses."""

from .dates import day_text, deadline_text, moment_text, short_day_text
from .states import STATES, State

__all__ = ["STATES", "State", "day_text", "deadline_text", "moment_text", "short_day_text"]
