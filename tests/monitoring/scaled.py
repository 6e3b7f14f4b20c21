"""The rules, with minutes made into seconds, so that a test can wait for them."""

import re

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# A minute becomes three seconds, and nothing becomes longer than can be waited for.
FACTOR = 20
RANGE_MIN_S, RANGE_MAX_S = 4, 20
PATIENCE_MAX_S = 20
# Of a week, as much as one test lasts: what was recorded in it must have been recorded before its fault began.
WEEK = ("[7d]", "[5m]")
# Thresholds that are times. Others are what a server counts, and stay.
THRESHOLDS = {
    "min by (job) (goodturn_head_age_seconds) > 86400": "min by (job) (goodturn_head_age_seconds) > 15",
    "goodturn_sweeper_age_seconds > 300": "goodturn_sweeper_age_seconds > 25",
}


def scaled(rules):
    """Returns the text of rules with shorter ranges, patience and thresholds."""
    for old, new in THRESHOLDS.items():
        if old not in rules:
            raise ValueError(f"no rule has {old!r} any more")
        rules = rules.replace(old, new)
    rules = rules.replace(WEEK[0], "WEEK")
    rules = re.sub(r"\[(\d+)([smhd])\]", lambda found: f"[{of_range(found)}s]", rules)
    rules = re.sub(r"(?m)^( +for: )(\d+)([smh])$", lambda found: f"{found[1]}{patience(found)}s", rules)
    return rules.replace("WEEK", WEEK[1])


def of_range(found):
    return min(max(int(found[1]) * UNITS_S[found[2]] // FACTOR, RANGE_MIN_S), RANGE_MAX_S)


def patience(found):
    return min(max(int(found[2]) * UNITS_S[found[3]] // FACTOR, 1), PATIENCE_MAX_S)
