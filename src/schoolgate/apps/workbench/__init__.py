"""Counsel's workbench: cases tried, rules drafted, claims run. Nothing here decides about a real record."""
