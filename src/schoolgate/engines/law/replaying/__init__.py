"""Many stored cases decided at once, in columns."""
