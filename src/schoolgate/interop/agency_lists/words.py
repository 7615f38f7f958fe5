"""The words in which agencies are named: what tells the sort, what is short for what, what says nothing."""

import re
from typing import Final, Literal, get_args

Sort = Literal[
    "police",
    "county_police",
    "sheriff",
    "state_police",
    "state_investigation",
    "campus_police",
    "school_police",
    "airport_police",
    "tribal_police",
    "public_safety",
    "park",
    "wildlife",
    "fire_marshal",
    "fire",
    "marshal",
    "constable",
    "corrections",
    "prosecutor",
    "attorney_general",
    "probation",
    "task_force",
    "fusion_center",
    "dispatch",
    "alcohol_control",
    "national_guard",
    "state_agency",
    "immigration",
    "federal",
    "not_in_use",
    "other",
]
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
Form = Literal["", "city", "town", "village", "borough", "township"]
# Of these a state has one, so the state alone says which it is.
ONE_A_STATE: Final[frozenset[Sort]] = frozenset(
    {"state_police", "state_investigation", "attorney_general", "national_guard", "wildlife"}
)


# Words that neither tell the sort nor the place.
SMALL: Final = frozenset({"of", "the", "at", "and", "for", "in"})
OF_STATE: Final[frozenset[Sort]] = frozenset(
    {"corrections", "state_agency", "fire_marshal", "public_safety", "alcohol_control", "park", "probation"}
)
UNUSED: Final = re.compile(
    r"\b(do not use|don'?t use|dont use|dnu|not in use|duplicate|error|inactive|delete)\b", re.IGNORECASE
)
ABBREVIATIONS: Final = {
    "st": "saint",
    "ste": "sainte",
    "ft": "fort",
    "mt": "mount",
    "mtn": "mountain",
    "twp": "township",
    "boro": "borough",
    "vlg": "village",
    "hts": "heights",
    "spgs": "springs",
    "univ": "university",
    "cmnty": "community",
    "dept": "department",
    "departent": "department",
    "departmant": "department",
    "intl": "international",
    "co": "county",
    "cty": "county",
    "parish": "county",
    "constbales": "constable",
    "constables": "constable",
    "constabless": "constable",
    "const": "constable",
    "pct": "precinct",
    "sheriffs": "sheriff",
    "marshals": "marshal",
    "marshalls": "marshal",
    "marshall's": "marshal",
    "prosecutors": "prosecutor",
    "das": "da",
    "tf": "taskforce",
    "dtf": "taskforce",
    "investigations": "investigation",
}
# Phrases that tell the sort, most telling first; each is taken out of the words. "x" stands for a county's or
# city's own words before it. Plain tuples of words, looked for as they stand in the name.
_PHRASES: Final[tuple[tuple[Sort, tuple[str, ...]], ...]] = (
    ("immigration", ("united states border control",)),
    ("immigration", ("border patrol", "immigration and customs enforcement", "customs and border protection")),
    ("federal", ("national park service", "us postal inspection service", "postal inspection service", "usms", "fbi")),
    ("federal", ("us air force", "us army", "us gsa inspector general", "gsa inspector general", "atf", "dea")),
    ("fusion_center", ("fusion center", "information analysis center", "crime analysis center")),
    ("task_force", ("drug enforcement task force", "drug task force", "task force", "taskforce", "strike force")),
    ("task_force", ("drug enforcement team", "major crimes unit")),
    ("dispatch", ("communications center", "dispatch center", "central dispatch", "dispatch", "911 center")),
    ("fire_marshal", ("office of the state fire marshal", "state fire marshal office", "state fire marshal")),
    ("fire_marshal", ("fire marshal office", "fire marshal")),
    ("prosecutor", ("district attorney office", "district attorneys office", "district attorney", "da office", "da")),
    ("prosecutor", ("prosecutor office", "prosecutor", "state attorney office", "solicitor office")),
    ("prosecutor", ("state attorneys office", "county attorney office", "attorney office")),
    ("attorney_general", ("office of the attorney general", "attorney general office", "attorney general")),
    ("state_police", ("department of highway safety and motor vehicles division of highway patrol",)),
    ("state_police", ("department of state police", "state police department", "state police", "state highway patrol")),
    ("state_police", ("division of highway patrol", "highway patrol", "state patrol")),
    (
        "state_investigation",
        ("state bureau of investigation", "bureau of investigation", "bureau of criminal investigation"),
    ),
    ("state_investigation", ("division of criminal investigation",)),
    ("national_guard", ("national guard",)),
    ("probation", ("office of probation", "probation department", "probation")),
    (
        "corrections",
        ("division of corrections and rehabilitation", "corrections and rehabilitation", "correctional facility"),
    ),
    (
        "corrections",
        (
            "department of corrections",
            "division of corrections",
            "corrections department",
            "corrections",
            "detention center",
        ),
    ),
    ("corrections", ("regional jail authority", "district jail", "jail")),
    ("alcohol_control", ("alcoholic beverage control", "alcohol and tobacco control", "abc board", "abc")),
    ("wildlife", ("wildlife and fisheries", "department of wildlife resources", "wildlife commission")),
    ("wildlife", ("fish and wildlife conservation commission", "parks and wildlife department", "wildlife and parks")),
    (
        "constable",
        ("office of constable", "state constable office", "constable office", "state constable", "constable"),
    ),
    ("sheriff", ("sheriff police department", "sheriff pd", "county sheriff office", "sheriff office")),
    ("sheriff", ("sheriff department", "sheriff", "cso", "so1", "so")),
    (
        "airport_police",
        ("airport authority police department", "airport police department", "airport police", "airport pd"),
    ),
    ("airport_police", ("airport authority", "airport")),
    ("tribal_police", ("tribal police department", "tribal police", "tribal pd", "tribe law enforcement", "tribe pd")),
    ("tribal_police", ("tribal", "tribe")),
    (
        "school_police",
        ("isd police department", "isd pd", "isd", "school police", "schools police department", "school pd"),
    ),
    ("school_police", ("public schools pd", "school district pd", "schools pd", "city schools", "county schools")),
    ("public_safety", ("department of public safety", "public safety department", "public safety services department")),
    ("public_safety", ("public safety", "dps")),
    ("marshal", ("marshal office", "marshall office", "city marshal", "marshal")),
    ("park", ("park district rangers", "park district", "park rangers", "state parks", "state park police", "rangers")),
    (
        "police",
        (
            "metropolitan police department",
            "metropolitan police",
            "police services department",
            "division of police",
            "police authority",
        ),
    ),
    ("police", ("police department", "police dept", "campus police", "police", "pd")),
    ("fire", ("fire department", "fire dept", "fire")),
)
CAMPUS: Final = frozenset({"university", "college", "campus", "polytechnic", "suny", "academy", "csu", "uc", "school"})
# Each phrase as its words, and as text between spaces: looking for text is the faster first look.
TEXT_SORTS: Final = tuple(
    (sort, tuple(phrase.split()), f" {phrase} ") for sort, phrases in _PHRASES for phrase in phrases
)
STATE_OFFICE: Final = frozenset({"department", "division", "bureau", "commission", "office", "agency", "board"})
# Words of a state's own agencies besides their subject.
GENERIC: Final = frozenset({"state", "department", "division", "bureau", "office"})
# Left over beside another sort ("Indiana State Police IN PD"), these say nothing.
POLICE_WORDS: Final = frozenset({"pd", "so", "fd", "police", "department", "dept"})
# "College Park" and the like are towns.
NO_CAMPUS: Final = frozenset({"park", "hill", "station", "place", "corner", "grove", "point"})
# Written together or apart: La Follette, LaFollette.
LEADING: Final = frozenset({"la", "de", "du", "mc"})
