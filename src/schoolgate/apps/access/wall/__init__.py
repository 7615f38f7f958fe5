"""The second wall: what the database itself shows to whom, on PostgreSQL (docs/database-roles.md)."""

from .scope import (
    NOTHING,
    PROGRAM,
    Scope,
    as_program,
    connect_signals,
    nobody_from_here,
    program_from_here,
    scope_of,
    within,
)

__all__ = [
    "NOTHING",
    "PROGRAM",
    "Scope",
    "as_program",
    "connect_signals",
    "nobody_from_here",
    "program_from_here",
    "scope_of",
    "within",
]
