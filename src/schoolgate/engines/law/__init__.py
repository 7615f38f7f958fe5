"""A rulebook and a case in, a decision with citations out.

    rulebook = load_rulebook(Path("src/schoolgate/rulebooks"), "boston")
    decision = decide(rulebook, parse_case(data, rulebook))

Unknown is not false: a missing fact that could change the answer never permits and never silently denies.
"""

from schoolgate.engines.law.deciding.case import CASE_FORMAT, Case, case_schema, load_case, parse_case
from schoolgate.engines.law.deciding.decide import decide
from schoolgate.engines.law.deciding.decision import (
    Answered,
    Citation,
    Considered,
    Decision,
    Defect,
    ElementOutcome,
    Obligation,
    Question,
    Settling,
    Vote,
    WholeOutcome,
)
from schoolgate.engines.law.deciding.program import Act, Outcome, Program, outcomes, program_for
from schoolgate.engines.law.deciding.settle import settled_outcomes
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.explaining.explain import Explanation, Paragraph, explain
from schoolgate.engines.law.explaining.flips import Change, Flip, Flips, flips_of
from schoolgate.engines.law.explaining.words import Words, words_for
from schoolgate.engines.law.text.provision import Due, Effect, Evidence, LayerName, Provision
from schoolgate.engines.law.text.rulebook import Layer, Rulebook, amend, load_rulebook
from schoolgate.engines.law.text.vocabulary import (
    WHOLE_RECORD,
    Element,
    Fact,
    Recipient,
    Vocabulary,
    load_vocabulary,
)

__all__ = [
    "CASE_FORMAT",
    "WHOLE_RECORD",
    "Act",
    "Answered",
    "Case",
    "Change",
    "Citation",
    "Considered",
    "Decision",
    "Defect",
    "Due",
    "Effect",
    "Element",
    "ElementOutcome",
    "Evidence",
    "Explanation",
    "Fact",
    "Flip",
    "Flips",
    "LawError",
    "Layer",
    "LayerName",
    "Obligation",
    "Outcome",
    "Paragraph",
    "Program",
    "Provision",
    "Question",
    "Recipient",
    "Rulebook",
    "Settling",
    "Vocabulary",
    "Vote",
    "WholeOutcome",
    "Words",
    "amend",
    "case_schema",
    "decide",
    "explain",
    "flips_of",
    "load_case",
    "load_rulebook",
    "load_vocabulary",
    "outcomes",
    "parse_case",
    "program_for",
    "settled_outcomes",
    "words_for",
]
