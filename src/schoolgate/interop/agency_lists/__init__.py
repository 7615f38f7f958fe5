"""Public lists of agencies: who shares with whom, who has an agreement with ICE, and which names are the same agency.

    read_sharing(agencies, access) -> reach.Network          a published sharing list
    read_287g(path) -> Listed[Participant]                   `.rows`, and `.notes` on what was odd in them
    read_pending_287g, read_ori, read_field_offices          the same for the other lists
    participants(rows) -> tuple[Listing, ...]                a list's agencies, each once
    edges_to_immigration(rows, offices=...) -> reach.Network
    listings(network.agencies) -> tuple[Listing, ...]
    propose(left, right) -> tuple[Proposal, ...]             what may be the same, with reasons
    write_proposals(path, proposals), read_confirmed(path)   a person's yes and no
    confirmed(proposals) -> tuple[Confirmed, ...]            the certain ones as a class
    join(network, listed, confirmed) -> reach.Network
    steps_to(network, starts, targets, since, kinds=, purposes=) -> tuple[Steps, ...]

A 287(g) agency has the key `287g-<state>-<name>` as a listing, and the same as its id in a network. ICE is `ice`, its
field offices are units of it (`part_of` is `ice`): ask by kind, `federal_immigration`, to find them all.
What is proposed changes nothing; only what a person confirmed, or what is certain and accepted as a class, is joined.
"""

from schoolgate.interop.agency_lists.confirming import Confirmed, confirmed, read_confirmed, write_proposals
from schoolgate.interop.agency_lists.immigration import ICE, edges_to_immigration, participant_id, participants
from schoolgate.interop.agency_lists.joining import join
from schoolgate.interop.agency_lists.kinds import UNKNOWN_KIND, kind_of
from schoolgate.interop.agency_lists.names import AgencyName, parse_name
from schoolgate.interop.agency_lists.proposing import Listing, Proposal, listings, propose
from schoolgate.interop.agency_lists.rows import (
    Applied,
    FieldOffice,
    Listed,
    OriRow,
    Participant,
    day_of,
    read_287g,
    read_field_offices,
    read_ori,
    read_pending_287g,
)
from schoolgate.interop.agency_lists.sharing import LICENSE_PLATE_READS, read_sharing
from schoolgate.interop.agency_lists.survey import Steps, steps_to

__all__ = [
    "ICE",
    "LICENSE_PLATE_READS",
    "UNKNOWN_KIND",
    "AgencyName",
    "Applied",
    "Confirmed",
    "FieldOffice",
    "Listed",
    "Listing",
    "OriRow",
    "Participant",
    "Proposal",
    "Steps",
    "confirmed",
    "day_of",
    "edges_to_immigration",
    "join",
    "kind_of",
    "listings",
    "parse_name",
    "participant_id",
    "participants",
    "propose",
    "read_287g",
    "read_confirmed",
    "read_field_offices",
    "read_ori",
    "read_pending_287g",
    "read_sharing",
    "steps_to",
    "write_proposals",
]
