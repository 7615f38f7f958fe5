"""CRDC: referrals to law enforcement and school-related arrests, as a list that the student system breaks down."""

from schoolgate.interop.crdc.listing import (
    COLUMNS,
    Listed,
    ListedStudent,
    SchoolCount,
    count_by_school,
    list_students,
    public_csv,
    public_table,
    to_csv,
    totals_csv,
)
from schoolgate.interop.crdc.model import Answer, Basis, Question, Sign
from schoolgate.interop.crdc.rules import CrdcError, Rules, parse_rules

__all__ = [
    "COLUMNS",
    "Answer",
    "Basis",
    "CrdcError",
    "Listed",
    "ListedStudent",
    "Question",
    "Rules",
    "SchoolCount",
    "Sign",
    "count_by_school",
    "list_students",
    "parse_rules",
    "public_csv",
    "public_table",
    "to_csv",
    "totals_csv",
]
