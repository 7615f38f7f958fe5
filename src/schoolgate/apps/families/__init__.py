"""A family's list of who asked, got and read."""
