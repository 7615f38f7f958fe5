"""Template tags about reports."""
