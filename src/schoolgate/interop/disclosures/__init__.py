"""The accounting of disclosures of one child, as CSV, JSON and W3C DPV (JSON-LD)."""

from schoolgate.interop.disclosures.dpv import to_dpv
from schoolgate.interop.disclosures.model import Accounting, Disclosure, Recipient, Term, What
from schoolgate.interop.disclosures.tables import COLUMNS, to_csv, to_json

__all__ = ["COLUMNS", "Accounting", "Disclosure", "Recipient", "Term", "What", "to_csv", "to_dpv", "to_json"]
