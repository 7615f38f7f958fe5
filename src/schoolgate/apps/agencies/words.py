"""What pages say of agencies and agreements, in plain words."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from schoolgate.engines.reach import KIND
from schoolgate.web.dates import day_text

from .models import RECIPIENT_KINDS, Agreement

AGENCY_KINDS: Final[Mapping[str, str]] = {
    "school": "Our own schools and offices",
    "school_official": "District office that acts for schools",
    **RECIPIENT_KINDS,
}
FORMS: Final[Mapping[str, str]] = {
    "agency": "An agency",
    "unit": "A unit of an agency",
    "system": "A system in which data lies",
}
BASES: Final[Mapping[str, str]] = {
    "agreement": "An agreement",
    "membership": "A membership",
    "log_in": "A log-in to a system",
    "statute": "A duty under a statute",
    "grant": "A grant with conditions",
    "vendor_contract": "A contract with a vendor",
    "transfer": "A transfer that was seen",
}
STATUSES: Final[Mapping[str, str]] = {
    "documented": "Documented: a paper or a published practice says so",
    "required_by_law": "Required by law",
    "disputed": "Disputed: somebody says so, the parties deny it",
    "prohibited": "Prohibited: a rule forbids it",
}
ONWARD: Final[Mapping[str, str]] = {
    "unknown": "Nobody has read what it says about passing on",
    "no": "No, they must keep it",
    "only": "Only to some",
    "yes": "Yes, as they like",
}
KINDS: Final[Mapping[str, str]] = {
    "incident_report": "Incident reports",
    "weapon_report": "Reports about weapons",
    "bullying_notice": "Notices of bullying",
    "abuse_report": "Reports of abuse or neglect",
    "protected_attributes": "What the law protects: immigration status, gang talk and the like",
    "directory_information": "Names, addresses and other directory information",
}
PURPOSES: Final[Mapping[str, str]] = {
    "school_safety": "Safety of the school",
    "school_service": "Services to the school",
    "law_enforcement": "Police work",
    "criminal_intelligence": "Criminal intelligence",
    "immigration_enforcement": "Immigration enforcement",
    "prosecution": "Prosecution",
    "child_protection": "Protection of children",
}
READINGS: Final[Mapping[str, str]] = {
    "worst_case": "Worst case: what nobody has read may permit it",
    "strict": "Strict: only what somebody has read",
}
LEVELS: Final[Mapping[str, str]] = {
    "documented": "Papers and laws",
    "disputed": "And what is disputed",
    "observed": "And what was seen to happen",
}


def spoken(code: str) -> str:
    """A code of nobody's vocabulary as words."""
    return code.replace("_", " ").capitalize()


def agency_kind(code: str) -> str:
    """A kind of agency in words."""
    return AGENCY_KINDS.get(code) or spoken(code)


def listed(codes: Iterable[str] | None, words: Mapping[str, str]) -> str:
    """Kinds or purposes in words; None is said as what it is."""
    if codes is None:
        return "Nobody has read the terms: not known"
    return "; ".join(words.get(code) or spoken(code) for code in sorted(codes)) or "None"


def onward(agreement: Agreement, names: Mapping[str, str]) -> str:
    """Whether the receiver may pass it on. `names` gives agencies' names by slug."""
    if agreement.onward != "only":
        return ONWARD[agreement.onward]
    to = (
        f"every agency of the kind “{agency_kind(word.removeprefix(KIND)).lower()}”"
        if word.startswith(KIND)
        else names.get(word, word)
        for word in agreement.onward_to
    )
    return f"Only to: {'; '.join(to)}"


def since(agreement: Agreement) -> str:
    """When it holds, in words."""
    first = f"from {day_text(agreement.starts)}" if agreement.starts else "first day not known"
    last = f"to {day_text(agreement.ends)}" if agreement.ends else "no last day"
    return f"{first}, {last}"


def in_force(agreement: Agreement, on: date) -> bool:
    """Whether it holds on a day; an unknown first day counts as always."""
    return (agreement.starts is None or agreement.starts <= on) and (agreement.ends is None or on <= agreement.ends)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def status(code: str) -> str:
    """How well an agreement is known, in a word or two."""
    return "seen to happen" if code == "observed" else code.replace("_", " ")
