"""`make bench`: every measurement beside what a user would pick instead, in one run.

Prints a Markdown table, which is the one README shows. Nothing here is a test: figures depend on the machine.
"""

import os
import platform

from benchmarks import law_decide, tlog_append


def main() -> None:
    """Run every benchmark and print the table."""
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, one process\n")
    print("| what | per second | unit |\n| --- | ---: | --- |")
    for module in (law_decide, tlog_append):
        for label, per_second, unit in module.run():
            print(f"| {label} | {per_second:,.0f} | {unit} |")


if __name__ == "__main__":
    main()
