"""The hard parts: pure Python, no Django, no database, no clock, no network. Each is usable on its own."""
