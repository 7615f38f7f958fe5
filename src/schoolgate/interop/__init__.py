"""Formats in and out: each room reads or writes one of them and knows no database."""
