"""Schoolgate: what may leave a school record, to whom, under which law, and who could read it next."""

__version__ = "0.1.0"
