"""Acts about the district itself."""

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind

from .models import District, School


@act(Kind.DISTRICT_OPENED, roles=frozenset({Role.ADMINISTRATOR}))
def open_district(
    *,
    actor: Actor,
    name: str,
    rulebook: str,
    schools: dict[str, str],
    jurisdiction: str = "US-MA",
    county: str = "Suffolk",
) -> District:
    """Open the district of this installation with its schools (external id -> name).

    Deadlines count by the legal holidays of `jurisdiction` and `county`, as `engines.clock` knows them.

    Raises:
        Impossible: A district exists already.
    """
    if District.objects.exists():
        raise Impossible("this installation has its district already")
    district = District.objects.create(name=name, rulebook=rulebook, jurisdiction=jurisdiction, county=county)
    School.objects.bulk_create(School(external_id=number, name=title) for number, title in schools.items())
    record(actor=actor, subject=f"district:{district.id}", facts={"rulebook": rulebook, "schools": len(schools)})
    return district
