"""The people and agencies of the demonstration. All people are invented."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from hashlib import sha256
from itertools import product

from django.contrib.auth.hashers import make_password

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.agencies.importing import import_network
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.models import Guardianship, Student, User
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.people.services import SignIn, add_person, add_student, open_student_account
from schoolgate.apps.schools.models import School
from schoolgate.apps.schools.services import open_district
from schoolgate.engines import reach

# The demonstration's people all sign in with this. A real district's people choose their own.
PASSWORD = "east-harbor-demonstration"  # noqa: S105 - printed by `make demo`, for invented people only
SINCE = date(2014, 9, 1)


# Whom the starter network of Massachusetts calls otherwise than the people of East Harbor do: slug, name, its own kind
# and form where they differ.
HERE: Mapping[str, Sequence[reach.Agency]] = {
    "school": (reach.Agency("east-harbor", "East Harbor High School", "school"),),
    "bps_safety": (reach.Agency("safety-services", "District Safety Services", "school_official", form="unit"),),
    "bpd": (reach.Agency("boston-police", "Boston Police Department", "local_police"),),
    "da": (reach.Agency("district-attorney", "Suffolk County District Attorney", "prosecutor"),),
    # The starter has one name for these two.
    "state_police": (
        reach.Agency("state-police", "Massachusetts State Police", "state_police"),
        reach.Agency("commonwealth-fusion", "Commonwealth Fusion Center", "fusion_center"),
    ),
}

# What the starter does not hold: that one department is one. What may pass inside it nobody has read.
ONE_DEPARTMENT = reach.Agreement(
    id="dhs-analyst-ice",
    giver="dhs-analyst",
    receiver="ice",
    title="Both belong to one department",
    start=None,
    end=None,
    kinds=None,
    purposes=None,
    onward="unknown",
    status="documented",
    source="Homeland Security Act of 2002",
    basis="membership",
    notes="The law that made the department. What its analyst at the center may tell the rest of it was not read.",
)


def demonstration_network() -> reach.Network:
    """The starter network of Massachusetts, with East Harbor in it and the names that are used there.

    An agreement is called after its two agencies; further ones between the same two keep the starter's own name.
    What a law orders comes first, so that it has the plainest address.
    """
    starter = reach.starter_network()
    here = {one.id: HERE.get(one.id) or (replace(one, id=_slug(one.id)),) for one in starter.agencies}
    agencies = [replace(one, part_of=_part(one.part_of, here)) for some in here.values() for one in some]
    agreements: dict[str, reach.Agreement] = {}
    for one in sorted(starter.agreements, key=lambda one: one.status != "required_by_law"):
        for giver, receiver in product(here[one.giver], here[one.receiver]):
            plain = f"{giver.id}-{receiver.id}"
            slug = _slug(one.id) if plain in agreements else plain
            onward_to = frozenset(_part(word, here) for word in one.onward_to)
            agreements[slug] = replace(one, id=slug, giver=giver.id, receiver=receiver.id, onward_to=onward_to)
    return reach.Network(tuple(agencies), (*agreements.values(), ONE_DEPARTMENT))


def _slug(starter: str) -> str:
    return starter.replace("_", "-")


def _part(word: str, here: Mapping[str, Sequence[reach.Agency]]) -> str:
    """Whom the starter names, by the name that is used here; a kind of agency stays what it is."""
    return here[word][0].id if word in here else word


@dataclass(slots=True)
class Cast:
    """Who is who, once the district is open."""

    school: School
    agencies: dict[str, Agency]
    users: dict[str, User]
    students: dict[str, Student]
    sign_ins: list[tuple[str, str, Role]] = field(default_factory=list)

    def actor(self, username: str) -> Actor:
        """The actor that a person is; an administrator with the power on, as after `switch_on`."""
        return powered(actor_for(self.users[username]))


def powered(actor: Actor) -> Actor:
    """An administrator as one is while the power is on; anybody else unchanged."""
    return replace(actor, role=Role.ADMINISTRATOR) if actor.role is Role.IDLE_ADMINISTRATOR else actor


def open_demonstration() -> Cast:
    """Open the district, enter its people, agencies and agreements, each by its own act."""
    open_district(
        actor=SYSTEM,
        name="East Harbor Public Schools (demonstration)",
        rulebook="boston",
        schools={"4030": "East Harbor High School"},
    )
    school = School.objects.get(external_id="4030")
    network = demonstration_network()
    # Its observed transfers stand in court opinions and in the press.
    import_network(actor=SYSTEM, network=network, digest=_digest(network), transfers_published=True)
    agencies = {one.slug: one for one in Agency.objects.all()}
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
    # They share one password, and to hash it takes as long as it should: once is enough.
    hashed = make_password(PASSWORD)
    sign_in = partial(_sign_in, cast, hashed)
    sign_in("abreu", "Ms. Abreu", Role.STAFF, school=school)
    sign_in("okafor", "Mr. Okafor", Role.PRINCIPAL, school=school)
    sign_in("whitfield", "Dana Whitfield", Role.RECORDS_OFFICER)
    sign_in("raman", "Priya Raman", Role.COUNSEL)
    sign_in("doyle", "Sgt. Doyle", Role.AGENCY_USER, agency=agencies["boston-police"])
    sign_in("kerr", "Analyst Kerr", Role.AGENCY_USER, agency=agencies["bric"])
    sign_in("voss", "Agent Voss", Role.AGENCY_USER, agency=agencies["ice"])
    sign_in("aguilar", "Mrs. Aguilar", Role.GUARDIAN, children=(students["marisol"],))
    sign_in("chen", "Mr. Chen", Role.GUARDIAN, children=(students["kevin"],))
    cast.users["marisol"] = open_student_account(
        actor=SYSTEM, student=students["marisol"], sign_in=SignIn("marisol", PASSWORD, hashed), starts=SINCE
    )
    # The act saved a row of its own: whoever saves this one keeps her sign-in.
    students["marisol"].user = cast.users["marisol"]
    cast.sign_ins.append(("marisol", "Marisol Aguilar", Role.STUDENT))
    sign_in("park", "Lee Park", Role.AUDITOR)
    sign_in("admin", "The administrator", Role.ADMINISTRATOR)
    return cast


def _digest(network: reach.Network) -> str:
    """SHA-256 of the network's file, as an import by hand would have it."""
    return sha256(json.dumps(reach.network_to_json(network), ensure_ascii=False).encode()).hexdigest()


def find_cast() -> Cast:
    """The cast of a demonstration that was opened before."""
    users = {user.username: user for user in User.objects.all()}
    named = {
        "marisol": Guardianship.objects.get(guardian__user=users["aguilar"]).student,
        "kevin": Guardianship.objects.get(guardian__user=users["chen"]).student,
    }
    agencies = {agency.slug: agency for agency in Agency.objects.all()}
    cast = Cast(School.objects.get(external_id="4030"), agencies, users, named)
    actors = {name: cast.actor(name) for name in users}
    cast.sign_ins = [(name, actor.display_name, actor.role) for name, actor in actors.items()]
    return cast


def _sign_in(
    cast: Cast,
    hashed: str,
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
        sign_in=SignIn(username, PASSWORD, hashed),
        school=school,
        agency=agency,
        children=children,
        starts=SINCE,
    )
    if user is not None:
        cast.users[username] = user
        cast.sign_ins.append((username, display_name, role))
