"""Puts each fault into a real server, and sees a real Prometheus fire the alert that is for it, and no other, and that the alert
ends once the fault is mended.

Usage: python3 fire.py BINARY [SCENARIO…]
BINARY is the program `goodturn`. Minutes of the rules are made into seconds (scaled.py). Prints a line for each scenario, then
`N alerts, N fired, N scenarios, N failed`. Exits with 1 unless each alert fired and no scenario failed. Some four minutes,
on a machine that does nothing else: a server that answers no scrape for three seconds is down here.

Needs root, for small disks; from Debian prometheus, postgresql, libfaketime, mount and util-linux; and the Python packages of
scripts/requirements.txt.
"""

import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback

import calls
import faults
import load
from project import RULES, Project
from scaled import scaled
from stage import LOOK_EVERY_S, Cluster, Stage

# Comes first and alone: no server may be known.
FIRST = faults.nothing_is_scraped
SCENARIOS = [
    faults.database_goes_away,
    load.streams_and_connections,
    faults.database_is_read_only,
    load.what_is_due_waits,
    faults.full_disk,
    load.too_much_comes,
    faults.clock,
    load.calls_fail,
    faults.servers_end,
    load.nothing_is_recorded,
    load.commits_are_slow,
    load.boards_wait,
    load.others_are_not_followed,
    load.callers_are_unknown,
    load.log_leaves_lines_out,
    faults.stored_bytes_change,
    faults.reader_of_another_log,
    faults.log_loses_its_end,
    faults.newer_version,
    faults.command_is_refused,
    faults.file_is_replaced,
    load.report_has_no_room,
    faults.settings_cannot_be_used,
    faults.restarts,
]
AT_ONCE = 4
# The longest that an alert takes, from its fault to firing, with minutes as seconds.
PATIENCE_S = 120


def play(stage, scenario):
    """Plays a scenario. Returns the alerts that fired as they should, and a line for each fault; raises what is wrong."""
    job = None if scenario is FIRST else f"goodturn-{scenario.__name__.replace('_', '-')}"
    expected, lines = set(), []
    with contextlib.closing(scenario(stage, job or "goodturn-first")) as steps:
        for step in steps:
            fault, alerts = step or ("mended", set())
            expected |= alerts
            took_s = wait_for(stage.prometheus, job, alerts)
            others = {name for of_job, name in stage.prometheus.fired if of_job == job} - expected
            if took_s is None or others:
                raise AssertionError(told(fault, alerts, stage.prometheus.of(job), others))
            if alerts:
                lines.append(f"{fault}: {', '.join(sorted(alerts))} after {took_s:.0f} s")
    return expected, lines


def wait_for(prometheus, job, alerts):
    """Waits until alerts fire; without any, until none does. Returns how long it took; `None` when it takes too long."""
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE_S:
        firing = prometheus.of(job)
        if firing >= alerts and (alerts or not firing):
            return time.monotonic() - began
        time.sleep(LOOK_EVERY_S)
    return None


def told(fault, alerts, firing, others):
    """Words what is wrong."""
    wrong = [f"{name} does not fire" for name in sorted(alerts - firing)]
    wrong += [] if alerts else [f"{name} still fires" for name in sorted(firing)]
    wrong += [f"{name} fired, and is not for it" for name in sorted(others)]
    return f"{fault}: {'; '.join(wrong)}"


def safely(stage, scenario):
    """Plays a scenario. Whatever goes wrong in it, the others go on."""
    try:
        return scenario, *play(stage, scenario), None
    except AssertionError as error:
        return scenario, set(), [], error
    except Exception as error:
        traceback.print_exc()
        return scenario, set(), [], error


def play_all(binary, rules, first, others):
    """Plays scenarios, some at the same time, and yields what became of each."""
    with tempfile.TemporaryDirectory(prefix="goodturn-alerts-") as folder:
        calls.generate(folder)
        with Stage(binary, folder, rules) as stage:
            stage.cluster = Cluster(stage)
            yield from (safely(stage, each) for each in first)
            pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
            try:
                played = [pool.submit(safely, stage, each) for each in others]
                yield from (each.result() for each in concurrent.futures.as_completed(played))
            finally:
                # Where the test is broken off, those that play end once everything they use has ended.
                pool.shutdown(wait=False, cancel_futures=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="names of some scenarios; else all")
    arguments = parser.parse_args()
    # So that everything is ended and unmounted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("broken off"))
    names, project, failed, fired = arguments.scenarios, Project(), 0, set()
    missing = [program for program in ("prometheus", "mount", "prlimit") if not shutil.which(program)]
    unknown = set(names) - {each.__name__ for each in [FIRST, *SCENARIOS]}
    if missing or unknown or os.geteuid() != 0:
        sys.exit(
            f"programs that are missing: {missing}; scenarios that are unknown: {sorted(unknown)}; must be run as root"
        )
    first, others = ([each for each in some if not names or each.__name__ in names] for some in ([FIRST], SCENARIOS))
    for scenario, alerts, lines, error in play_all(arguments.binary.resolve(), scaled(project.text(RULES)), first, others):
        fired |= alerts
        failed += error is not None
        print(f"FAILED {scenario.__name__}: {error}" if error else f"ok     {scenario.__name__}", flush=True)
        for line in lines:
            print(f"       {line}", flush=True)
    alerts = {alert["alert"] for alert in project.alerts()}
    never = set() if names else alerts - fired
    for name in sorted(never):
        print(f"FAILED {name} never fired")
    print(f"{len(alerts)} alerts, {len(fired)} fired, {len(first) + len(others)} scenarios, {failed} failed")
    sys.exit(1 if failed or never else 0)


if __name__ == "__main__":
    main()
