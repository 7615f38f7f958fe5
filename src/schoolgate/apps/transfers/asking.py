"""The questions of a case: what must be known before a provision may be cited, and who can say it."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Who = Literal["office", "counsel"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question, answered yes, no, or not known.

    Attributes:
        text: the question.
        help: where the answer can be found.
        who: who may answer it here.
    """

    text: str
    help: str
    who: Who


QUESTIONS: Final = MappingProxyType(
    {
        "one_agency": Question(
            "Are the giver and the receiver one agency?",
            "On file one is part of the other. A unit that decides by itself, or that has members of other agencies, "
            "can be another party (34 CFR 99.33(a)(1)). Within one agency only the use is limited (99.33(a)(2)).",
            "counsel",
        ),
        "breach_confirmed": Question(
            "Does counsel confirm that the giver broke the condition under which it held the copy?",
            "Yes: 34 CFR 99.33(a)(1) is cited in the letters, and what the agency asks for is refused from then on.",
            "counsel",
        ),
        "notice_exempt": Question(
            "Is the court's paper one of those under which the family is owed no notice?",
            "34 CFR 99.31(a)(9)(ii)(A) to (C): a grand jury's or another subpoena whose court ordered that nobody is "
            "told, and an ex parte order about terrorism. Else the agency owed the family a notice beforehand.",
            "counsel",
        ),
        "consented": Question(
            "Did the family agree, in writing, that this agency may pass the copy on?",
            "Look at the consent in the request's file, and ask the family. A consent covers the named party only.",
            "office",
        ),
        "for_district": Question(
            "Was it understood from the start that this agency may pass the copy on for the district?",
            "34 CFR 99.33(b): such an understanding stands in the record of the disclosure, with the names.",
            "office",
        ),
        "ordered": Question(
            "Did a court's order or a subpoena oblige this agency to hand the copy on?",
            "Ask the agency; the request for an account asks it. A false yes clears a breach.",
            "counsel",
        ),
        "door_open": Question(
            "Did any exception of 34 CFR 99.31 and 603 CMR 23.07(4), or a consent, let the school hand this over?",
            "No release of ours covers it. Decide the case in the workbench, with the day it moved.",
            "counsel",
        ),
        "listed_kinds": Question(
            "Did what moved say any of these of the student or a relative: immigration status, citizenship, "
            "neighborhood, religion, national origin, ethnicity, gang affiliation?",
            "Read the copy that was seen, or the report itself.",
            "office",
        ),
        "germane": Question(
            "Did that matter to one specific unlawful incident, or to a report that the school had to make?",
            "M.G.L. c.71 s.37L, para 4, lifts its own ban in that case alone.",
            "counsel",
        ),
        "ordinance_allowed": Question(
            "Did Boston Code 16-63.4 allow this report to be made for the police?",
            "Nobody here could read the section's text: look it up before you answer.",
            "counsel",
        ),
        "center_in_breach": Question(
            "Did the intelligence center get this copy in breach of a federal, state or local law?",
            "How the center came by it is not on file. Its own answer, or that of whoever had our copy, may say it.",
            "counsel",
        ),
        "equal_rules": Question(
            "Is the receiver a law-enforcement authority that agreed to the procedures of 28 CFR Part 23?",
            "The center keeps such agreements: ask it for the one with the receiver.",
            "counsel",
        ),
        "imminent_danger": Question(
            "Was this an assessment given out to avoid imminent danger to life or property?",
            "28 CFR 23.20(e) lets a center warn anybody in that case. Ask the center.",
            "counsel",
        ),
    }
)
