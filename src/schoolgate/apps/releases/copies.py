"""Making the copy that leaves: from the confirmed elements to finished bytes."""

from dataclasses import dataclass

from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.document import document_for
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.requests.models import Confirmation
from schoolgate.apps.schools.selectors import district, rulebook
from schoolgate.engines import redact
