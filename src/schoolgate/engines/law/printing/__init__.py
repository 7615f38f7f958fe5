"""A rulebook as a book, and the case format described."""
