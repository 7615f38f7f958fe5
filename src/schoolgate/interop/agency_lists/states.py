"""States and territories, and their postal codes."""

from typing import Final

POSTAL: Final[dict[str, str]] = {
    name.lower(): code
    for code, name in (
        entry.split(" ", 1)
        for entry in """
AL Alabama
AK Alaska
AZ Arizona
AR Arkansas
CA California
CO Colorado
CT Connecticut
DE Delaware
DC District of Columbia
FL Florida
GA Georgia
GU Guam
HI Hawaii
ID Idaho
IL Illinois
IN Indiana
IA Iowa
KS Kansas
KY Kentucky
LA Louisiana
ME Maine
MD Maryland
MA Massachusetts
MI Michigan
MN Minnesota
MP Commonwealth of the Northern Mariana Islands
MS Mississippi
MO Missouri
MT Montana
NE Nebraska
NV Nevada
NH New Hampshire
NJ New Jersey
NM New Mexico
NY New York
NC North Carolina
ND North Dakota
OH Ohio
OK Oklahoma
OR Oregon
PA Pennsylvania
PR Puerto Rico
RI Rhode Island
SC South Carolina
SD South Dakota
TN Tennessee
TX Texas
UT Utah
VT Vermont
VA Virginia
VI United States Virgin Islands
WA Washington
WV West Virginia
WI Wisconsin
WY Wyoming
""".strip().splitlines()
    )
}
NAME_OF: Final = {code: name for name, code in POSTAL.items()}
CODES: Final = frozenset(POSTAL.values())
# Longest first: "west virginia" before "virginia".
NAMES: Final = tuple(sorted(POSTAL, key=lambda name: (-len(name.split()), name)))


def postal(state: str) -> str:
    """The postal code of a state by its name or code; empty when there is none such."""
    code = state.strip().upper()
    return code if code in CODES else POSTAL.get(" ".join(state.lower().split()), "")
