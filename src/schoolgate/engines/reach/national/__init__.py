"""A million agreements in columns: the day sweep, what-if, many schools at once, and backwards from a target.

Import it where it is needed: it compiles to machine code with numba, which takes a while the first time on a machine,
and `schoolgate.engines.reach` does without.
"""

from schoolgate.engines.reach.national.answers import Held, Hop, National, Summary, Way, reach_national
from schoolgate.engines.reach.national.backward import Leading, leading_to
from schoolgate.engines.reach.national.columns import Columns, Vocabulary
from schoolgate.engines.reach.national.files import load, save
from schoolgate.engines.reach.national.index import Index, index
from schoolgate.engines.reach.national.names import Names
from schoolgate.engines.reach.national.schools import Schools, many_schools
from schoolgate.engines.reach.national.what_if import Changes, WhatIf

__all__ = [
    "Changes",
    "Columns",
    "Held",
    "Hop",
    "Index",
    "Leading",
    "Names",
    "National",
    "Schools",
    "Summary",
    "Vocabulary",
    "Way",
    "WhatIf",
    "index",
    "leading_to",
    "load",
    "many_schools",
    "reach_national",
    "save",
]
