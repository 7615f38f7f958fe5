"""Massachusetts' School Safety and Discipline Report: a pair of files, by a code table that the district keeps."""

from schoolgate.interop.ssdr.codes import CodeTable, Offense, Penalty, parse_codes, template
from schoolgate.interop.ssdr.errors import Gap, Problem, SsdrError, SsdrProblems
from schoolgate.interop.ssdr.files import DISCIPLINE_COLUMNS, OFFENSE_COLUMNS, SsdrFiles, build, gaps_csv
from schoolgate.interop.ssdr.model import DisciplineFacts, IncidentFacts, StudentFacts

__all__ = [
    "DISCIPLINE_COLUMNS",
    "OFFENSE_COLUMNS",
    "CodeTable",
    "DisciplineFacts",
    "Gap",
    "IncidentFacts",
    "Offense",
    "Penalty",
    "Problem",
    "SsdrError",
    "SsdrFiles",
    "SsdrProblems",
    "StudentFacts",
    "build",
    "gaps_csv",
    "parse_codes",
    "template",
]
