"""Administrators' power: off until its holder switches it on, with a reason and an end."""
