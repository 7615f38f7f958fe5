"""The people and agencies of the demonstration. All people are invented."""

from dataclasses import dataclass, field
from datetime import date

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.agencies.services import add_agency, add_agreement
from schoolgate.apps.agencies.terms import Terms
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.models import Guardianship, Student, User
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.people.services import SignIn, add_person, add_student
from schoolgate.apps.schools.models import School
from schoolgate.apps.schools.services import open_district

# The demonstration's people all sign in with this. A real district's people choose their own.
PASSWORD = "east-harbor-demonstration"  # noqa: S105 - printed by `make demo`, for invented people only
SINCE = date(2014, 9, 1)

AGENCIES = {
    "east-harbor": ("East Harbor High School", "school"),
    "safety-services": ("District Safety Services", "school"),
    "boston-police": ("Boston Police Department", "local_police"),
    "bric": ("Boston Regional Intelligence Center", "fusion_center"),
    "dhs-analyst": ("Homeland Security analyst at the center", "federal_other"),
    "ice": ("Immigration and Customs Enforcement", "federal_immigration"),
    "state-police": ("Massachusetts State Police", "state_police"),
    "commonwealth-fusion": ("Commonwealth Fusion Center", "fusion_center"),
    "district-attorney": ("Suffolk County District Attorney", "prosecutor"),
    "dcf": ("Department of Children and Families", "child_welfare"),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """One agreement of the demonstration's network."""

    giver: str
    receiver: str
    title: str
    starts: date
    status: str
    source: str
    ends: date | None = None
    onward: str = "yes"

    @property
    def slug(self) -> str:
        """Its short name."""
        return f"{self.giver}-{self.receiver}"


EDGES = (
    Edge(
        "east-harbor",
        "safety-services",
        "All incidents go to Safety Services",
        date(2014, 9, 1),
        "documented",
        "Superintendent's circular SAF-04",
    ),
    Edge(
        "safety-services",
        "boston-police",
        "School police file Boston Police reports",
        date(2014, 9, 1),
        "documented",
        "Circular SAF-04; the post ended with the school police",
        date(2021, 7, 1),
    ),
    Edge(
        "east-harbor",
        "boston-police",
        "Copies of weapon reports to the chief",
        date(1994, 1, 1),
        "required_by_law",
        "M.G.L. c.71 s.37L",
    ),
    Edge(
        "boston-police",
        "bric",
        "The center is a unit of the department",
        date(2005, 1, 1),
        "documented",
        "Department organization; Boston Globe, 6 Jan 2020",
    ),
    Edge(
        "bric",
        "dhs-analyst",
        "At least one federal analyst works in the center",
        date(2007, 1, 1),
        "documented",
        "City of Boston letter, reported 6 Jan 2020",
    ),
    Edge(
        "bric",
        "ice",
        "Reports used in removal cases",
        date(2007, 1, 1),
        "disputed",
        "Court exhibits; the center's director denied access on 23 Jul 2020",
    ),
    Edge(
        "dhs-analyst",
        "ice",
        "Both belong to one department",
        date(2007, 1, 1),
        "documented",
        "Homeland Security Act of 2002",
    ),
    Edge(
        "bric",
        "state-police",
        "Criminal intelligence between agencies that agree to equal rules",
        date(2005, 1, 1),
        "documented",
        "28 CFR 23.20(e)",
    ),
    Edge(
        "bric",
        "commonwealth-fusion",
        "Centers exchange what they hold",
        date(2005, 1, 1),
        "documented",
        "28 CFR 23.20(e)",
    ),
    Edge(
        "district-attorney",
        "boston-police",
        "Prosecutors work with the police",
        date(1990, 1, 1),
        "documented",
        "34 CFR 99.33(c): free of the ban on passing on",
    ),
    Edge(
        "dcf",
        "district-attorney",
        "Serious abuse is referred",
        date(1984, 1, 1),
        "required_by_law",
        "M.G.L. c.119 s.51B(k)",
    ),
)


@dataclass(slots=True)
class Cast:
    """Who is who, once the district is open."""

    school: School
    agencies: dict[str, Agency]
    users: dict[str, User]
    students: dict[str, Student]
    sign_ins: list[tuple[str, str, Role]] = field(default_factory=list)

    def actor(self, username: str) -> Actor:
        """The actor that a person is."""
        return actor_for(self.users[username])


def open_demonstration() -> Cast:
    """Open the district, enter its people, agencies and agreements, each by its own act."""
    open_district(
        actor=SYSTEM,
        name="East Harbor Public Schools (demonstration)",
        rulebook="boston",
        schools={"4030": "East Harbor High School"},
    )
    school = School.objects.get(external_id="4030")
    agencies = {
        slug: add_agency(actor=SYSTEM, slug=slug, name=name, kind=kind) for slug, (name, kind) in AGENCIES.items()
    }
    for edge in EDGES:
        add_agreement(
            actor=SYSTEM,
            slug=edge.slug,
            giver=agencies[edge.giver],
            receiver=agencies[edge.receiver],
            terms=Terms(
                title=edge.title,
                starts=edge.starts,
                ends=edge.ends,
                status=edge.status,
                source=edge.source,
                onward=edge.onward,
            ),
        )
    students = {
        "marisol": add_student(
            actor=SYSTEM,
            school=school,
            name=Name("Marisol Aguilar", ("Marisol",), "8400117", date(2010, 3, 14)),
            notice_language="es",
        ),
        "kevin": add_student(
            actor=SYSTEM, school=school, name=Name("Kevin Chen", ("Kevin",), "8400212", date(2009, 8, 2))
        ),
    }
    cast = Cast(school, agencies, {}, students)
    _sign_in(cast, "abreu", "Ms. Abreu", Role.STAFF, school=school)
    _sign_in(cast, "okafor", "Mr. Okafor", Role.PRINCIPAL, school=school)
    _sign_in(cast, "whitfield", "Dana Whitfield", Role.RECORDS_OFFICER)
    _sign_in(cast, "raman", "Priya Raman", Role.COUNSEL)
    _sign_in(cast, "doyle", "Sgt. Doyle", Role.AGENCY_USER, agency=agencies["boston-police"])
    _sign_in(cast, "kerr", "Analyst Kerr", Role.AGENCY_USER, agency=agencies["bric"])
    _sign_in(cast, "voss", "Agent Voss", Role.AGENCY_USER, agency=agencies["ice"])
    _sign_in(cast, "aguilar", "Mrs. Aguilar", Role.GUARDIAN, children=(students["marisol"],))
    _sign_in(cast, "chen", "Mr. Chen", Role.GUARDIAN, children=(students["kevin"],))
    _sign_in(cast, "park", "Lee Park", Role.AUDITOR)
    _sign_in(cast, "admin", "The administrator", Role.ADMINISTRATOR)
    return cast


def find_cast() -> Cast:
    """The cast of a demonstration that was opened before."""
    users = {user.username: user for user in User.objects.all()}
    named = {
        "marisol": Guardianship.objects.get(guardian__user=users["aguilar"]).student,
        "kevin": Guardianship.objects.get(guardian__user=users["chen"]).student,
    }
    agencies = {agency.slug: agency for agency in Agency.objects.all()}
    cast = Cast(School.objects.get(external_id="4030"), agencies, users, named)
    cast.sign_ins = [(name, user.display_name, actor_for(user).role) for name, user in users.items()]
    return cast


def _sign_in(
    cast: Cast,
    username: str,
    display_name: str,
    role: Role,
    *,
    school: School | None = None,
    agency: Agency | None = None,
    children: tuple[Student, ...] = (),
) -> None:
    user = add_person(
        actor=SYSTEM,
        role=role,
        name=Name(display_name),
        sign_in=SignIn(username, PASSWORD),
        school=school,
        agency=agency,
        children=children,
        starts=SINCE,
    )
    if user is not None:
        cast.users[username] = user
        cast.sign_ins.append((username, display_name, role))
