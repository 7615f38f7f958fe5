"""A decision in plain words, and the nearest changes that would turn it."""
