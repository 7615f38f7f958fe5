"""The law as text: facts, elements, rulebooks, and packs with one provision a file."""
