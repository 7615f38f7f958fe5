"""One command, `schoolgate`, one module a verb."""
