"""What may never enter by any table: told by a column's name, and by the words in a cell.

An allow-list decides what is read. What is here decides two things more: that nobody can map such a column on a
field of ours by hand, and that a cell of an allowed field which says it all the same is refused. The words err
towards refusing: a person may rename or retype, but cannot take back what was stored.

The names are those of Ed-Fi 5 and 6, OneRoster 1.2 and CEDS, and what spreadsheets of schools call the same things.
"""

from __future__ import annotations

import re
import unicodedata

from schoolgate.interop.tables.origins import WHOLE_VALUES

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")

# Parts of a name, any of which refuses the column; matched inside the name without its spaces.
_NAME_PARTS = (
    "alien",
    "ancestry",
    "arrivaldate",
    "asylee",
    "asylum",
    "birthcert",
    "birthcity",
    "birthcountry",
    "birthinternational",
    "birthplace",
    "birthprovince",
    "birthstate",
    "bornin",
    "cityofbirth",
    "citizen",
    "ciudadan",
    "countryofbirth",
    "countryoforigin",
    "daca",
    "dateenteredus",
    "deport",
    "documentstatus",
    "ellstatus",
    "englishlearner",
    "englishproficien",
    "enteredus",
    "entrydateus",
    "ethnic",
    "foreign",
    "greencard",
    "hispanic",
    "homelanguage",
    "homeless",
    "homecountry",
    "identificationdocument",
    "immigra",
    "inmigra",
    "internationaladdress",
    "latino",
    "latinx",
    "lengthofresidence",
    "migrant",
    "migrato",
    "nacimientolugar",
    "lugardenacimiento",
    "nationalid",
    "nationality",
    "nacionalidad",
    "nativelanguage",
    "nativecountry",
    "naturaliz",
    "newcomer",
    "origincountry",
    "passport",
    "pasaporte",
    "permanentresident",
    "placeofbirth",
    "pobcity",
    "primarylanguage",
    "publicschoolresidence",
    "raceethnicity",
    "refugee",
    "residencystatus",
    "residencestatus",
    "sevis",
    "socialsecurity",
    "stateofbirth",
    "studentcharacteristic",
    "studentidentification",
    "studentindicator",
    "taxpayerid",
    "tribal",
    "undocumented",
    "unaccompanied",
    "usentry",
    "visadate",
    "visatype",
    "visastatus",
    "yearsinus",
)
# Whole words of a name, any of which refuses the column: too short or too common inside other words.
_NAME_WORD_LIST = """
asian black white caucasian gender sex sexo race raza races language languages lang idioma ell lep esl eld
slife visa visas ssn itin pob cob i9 i94 i20 uscis origin religion pronouns password userids country countries
demographics demographic hawaiian indian nationalities
"""
_NAME_WORDS = frozenset(_NAME_WORD_LIST.split())
_ALLOWED_NAMES = frozenset({"noticelanguage", "correspondencelanguage", "languageofnotices"})

# In a cell: told without case and marks, at the bounds of words.
_STATUS_WORDS = re.compile(
    r"\b(?:"
    r"non ?citizens?|noncitizenship|citizenship status|us citizens?|u s citizens?|(?:non ?)?resident aliens?|"
    r"illegal aliens?|undocumented|indocumentad[oa]s?|immigrants?|immigration|inmigrantes?|inmigracion|migrants?|"
    r"migrantes?|refugees?|refugiad[oa]s?|asylees?|asylum|asilo|green ?cards?|permanent residents?|lawful permanent|"
    r"naturali[sz]ed|naturali[sz]ation|deport(?:ed|ation|able|ad[oa])|daca|sevis|i 94|i94|i 551|i551|"
    r"visas?|passports?|pasaportes?|birth ?place|place of birth|lugar de nacimiento|born (?:in|abroad|outside)|"
    r"countr(?:y|ies) of (?:birth|origin)|pais de (?:origen|nacimiento)|foreign ?born|"
    r"unaccompanied (?:minor|youth|child|alien)\w*|nationality|nacionalidad"
    r")\b"
)
_ORIGIN_WORDS = re.compile(
    r"\b(?:"
    r"citizens?|citizenship|aliens?|newcomers?|hispanic|latin[oax]s?|latinx|african american|asian|caucasian|"
    r"native american|alaska native|pacific islander|two or more races|ethnicity|english learners?|limited english|"
    r"ell|lep|non binary|transgender"
    r")\b"
)
# Shapes that are numbers of such papers: an A-number, a SEVIS number, a social security number.
_CELL_NUMBERS = re.compile(r"\b(?:A[- ]?\d{8,9}|N00\d{8}|\d{3}-\d{2}-\d{4}|9\d{2}-[5-9]\d-\d{4})\b", re.ASCII)


def folded(text: str) -> str:
    """Lower case without marks, words parted by one space; camel case counts as words."""
    plain = _CAMEL.sub(" ", text)
    if not plain.isascii():
        plain = "".join(one for one in unicodedata.normalize("NFKD", plain) if not _is_mark(one))
    return _NOT_LETTERS.sub(" ", plain.casefold()).strip()


def is_refused_name(name: str) -> bool:
    """Tell whether a column of this name may reveal immigration status, origin, race, sex or a secret."""
    words = folded(name)
    joined = words.replace(" ", "")
    if joined in _ALLOWED_NAMES:
        return False
    return any(part in joined for part in _NAME_PARTS) or not _NAME_WORDS.isdisjoint({joined, *words.split()})


def tells_status(text: str) -> bool:
    """Tell whether words speak of immigration status or birthplace, or hold the number of such a paper.

    Meant for sentences. Errs towards yes: a passport that was stolen counts.
    """
    return bool(_CELL_NUMBERS.search(text) or _STATUS_WORDS.search(folded(text)))


def is_refused_cell(text: str) -> bool:
    """Tell whether a code or a short text says something of status, origin, race or a learner of English.

    Not meant for names: `Blanco` and `Asia` are names of people. See `is_refused_value` for those.
    """
    return tells_status(text) or bool(_ORIGIN_WORDS.search(folded(text)))


def is_refused_value(text: str) -> bool:
    """Tell whether a whole cell is what only a refused column holds: a country, a language, a race, a status."""
    if text.isdigit() and text.isascii():
        return False  # none of the words and numbers that are looked for has digits alone
    words = folded(text)
    told = words in WHOLE_VALUES or _STATUS_WORDS.search(words) or _ORIGIN_WORDS.search(words)
    return bool(told or _CELL_NUMBERS.search(text))


def _is_mark(one: str) -> bool:
    return unicodedata.category(one) in {"Mn", "Cf"}
