"""Checks the alerts and the dashboard against what live servers tell, with `promtool`, and against the book.

Usage: python3 check.py [--plant] SCRAPE…
Each SCRAPE is a file with what a server answers to GET /metrics; a metric or a label that any of them has is there. The
servers must be well: held for an hour, none of it may make an alert fire.
With --plant, faults are put into copies of the files, and each must be found by the check that is for it.
Prints a line for each check and each fault, then `N checks, N failed`. Exits with 1 unless all passed.

Needs `promtool` (Debian: prometheus), and from PyPI promql-parser and PyYAML.
"""

import argparse
import pathlib
import shutil
import sys

import alerts
import dashboard
import live
import plants
import promtool
from project import Project

SHOWN_MAX = 10


def checks(project, texts):
    """Yields every check: its name, and its problems as they are found."""
    scrape = live.read(texts)
    yield "promtool accepts the rules", promtool.rules(project)
    yield "the tests of the rules pass", promtool.rule_tests(project)
    yield "promtool accepts what servers tell", promtool.scrapes(texts)
    yield "each expression of the dashboard parses", promtool.dashboard(project)
    yield "each metric and each label is live", alerts.live_names(project, scrape)
    yield "each value of a label is live", alerts.live_values(project, scrape)
    yield "rates are of counters", alerts.counters(project, scrape)
    yield "a well server makes no alert fire", promtool.quiet(project, scrape)
    yield "each alert says what and how bad", alerts.complete(project)
    yield "each alert is tested both ways", alerts.tested(project)
    yield "each alert has a section in the book", alerts.documented(project)
    yield "the dashboard is sound", dashboard.sound(project)
    yield "the dashboard says what the alerts say", dashboard.thresholds(project)


class Tally:
    """Counts what passed and what did not."""

    def __init__(self):
        self.count = self.failed = 0

    def note(self, name, problems):
        problems = list(problems)
        self.count += 1
        self.failed += bool(problems)
        print(f"{'FAILED' if problems else 'ok    '} {name}")
        for problem in problems[:SHOWN_MAX]:
            print(f"       {problem}")
        if len(problems) > SHOWN_MAX:
            print(f"       and {len(problems) - SHOWN_MAX} more")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plant", action="store_true", help="check that planted faults are found, too")
    parser.add_argument("scrapes", nargs="+", metavar="SCRAPE", type=pathlib.Path)
    arguments = parser.parse_args()
    if not shutil.which("promtool"):
        sys.exit("promtool is missing (Debian: prometheus)")
    texts = [path.read_text(encoding="utf-8") for path in arguments.scrapes]
    tally = Tally()
    for name, problems in checks(Project(), texts):
        tally.note(name, problems)
    if arguments.plant and not tally.failed:
        for name, problems in plants.results(texts, checks):
            tally.note(name, problems)
    print(f"{tally.count} checks, {tally.failed} failed")
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
