"""docs/operating.md: how much one may do is what the code says."""

import re
from pathlib import Path

from django.conf import settings

from schoolgate.apps.exports.models import FILE_DAYS
from schoolgate.apps.exports.services import LONGEST_PERIOD
from schoolgate.apps.ledger.subscribers import MOST_A_DAY, MOST_AN_HOUR
from schoolgate.apps.people.glass.services import LONGEST_HOLD
from schoolgate.apps.people.models import ROLE_WAITS
from schoolgate.apps.people.power.models import LENGTHS
from schoolgate.apps.people.signing_in.limits import AT_ONCE
from schoolgate.apps.people.unusual.services import MOST_MORE
from schoolgate.apps.spreadsheets.running import FORGOTTEN
from schoolgate.settings import ACCOUNT_RATE_LIMITS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
ROW = re.compile(r"^\| [^|]+ \| (?P<most>[^|]+) \| (?P<names>`[^|]+`) \|$", re.MULTILINE)


def test_each_limit_is_that_of_the_code():
    part = PAGE.read_text(encoding="utf-8").split("## How much one may do")[1]
    said = {row["names"]: [int(one) for one in re.findall(r"\b\d+\b", row["most"])] for row in ROW.finditer(part)}
    by_name = [int(one) for one in re.findall(r"(\d+)/(?:5)m/key", ACCOUNT_RATE_LIMITS["login_failed"])]
    by_address = [int(one) for one in re.findall(r"(\d+)/m/ip", ACCOUNT_RATE_LIMITS["login_failed"])]
    assert said == {
        "`ACCOUNT_RATE_LIMITS`": [*by_name, 5, *by_address],
        "`AT_ONCE`": [AT_ONCE],
        "`FIRST_PASSWORD_DAYS`": [settings.FIRST_PASSWORD_DAYS],
        "`ROLE_WAITS`": [ROLE_WAITS.days],
        "`LENGTHS`": [max(LENGTHS)],
        "`READING_BUDGET`": [settings.READING_BUDGET],
        "`MOST_MORE`": [MOST_MORE],
        "`LONGEST_HOLD`": [LONGEST_HOLD.days],
        "`COPY_DAYS`": [settings.COPY_DAYS],
        "`MOST_AN_HOUR`, `MOST_A_DAY`": [MOST_AN_HOUR, MOST_A_DAY],
        "`LONGEST_PERIOD`, `FILE_DAYS`": [LONGEST_PERIOD.days, FILE_DAYS],
        "`FORGOTTEN`": [FORGOTTEN.days],
    }
