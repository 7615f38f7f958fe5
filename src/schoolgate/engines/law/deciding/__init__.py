"""A case decided under a rulebook, with three values and what the open ones wait for."""
