"""A text or a page of HTML in; out comes what a person sees of it."""

from . import shown, wire

_MOST_TEXT = 1_000_000
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<meta", b"<div", b"<p>", b"<table")


def prepare() -> None:
    """Runs once through everything: nothing can be loaded later."""
    shown.visible("<style>.a{display:none}</style><p class=a>x &amp; y")
    for name in ("utf-8-sig", "utf-16", "cp1252", "latin-1"):
        "x".encode(name).decode(name)


def work() -> None:
    """Reads the file and says one table: `plain`, and `notes`.

    Raises:
        wire.Refusal: if it is no text, or too long.
    """
    data = wire.hear_file()
    text = shown.decoded(data)
    notes = []
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(_HTML):
        text, hidden = shown.visible(text)
        notes = ["hidden_text"] if hidden else []
    text = shown.tidy(text)
    if len(text) > _MOST_TEXT:
        raise wire.Refusal("too_many_pages")
    if not text:
        raise wire.Refusal("no_pages")
    wire.say_table({"plain": text, "notes": notes})
