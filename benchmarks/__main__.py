"""`make bench`: every measurement beside what a user would pick instead, in one run.

Prints a Markdown table, which is the one README shows. Nothing here is a test: figures depend on the machine.
"""

import os
import platform

from benchmarks import (
    law_compare,
    law_load,
    law_prove,
    law_replay,
    law_settle,
    law_single,
    law_unknown,
    reach_district,
    reach_national,
    records_filing,
    records_import,
    records_pages,
    redact_find,
    redact_release,
    redact_trace,
    tlog_append,
    tlog_proofs,
    tlog_verify,
)

MODULES = (
    law_single,
    law_unknown,
    law_replay,
    law_prove,
    law_compare,
    law_settle,
    law_load,
    reach_district,
    reach_national,
    redact_find,
    redact_release,
    redact_trace,
    records_import,
    records_pages,
    records_filing,
    tlog_append,
    tlog_proofs,
    tlog_verify,
)


def main() -> None:
    """Run every benchmark and print the table."""
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, one process\n")
    print("| what | figure | unit |\n| --- | ---: | --- |")
    for module in MODULES:
        for label, figure, unit in module.run():
            print(f"| {label} | {shown(figure)} | {unit} |")


def shown(figure: float) -> str:
    """Small figures with a decimal."""
    return f"{figure:,.0f}" if figure >= 10 or figure == round(figure) else f"{figure:,.1f}"


if __name__ == "__main__":
    main()
