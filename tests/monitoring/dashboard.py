"""Checks of the dashboard: that any Grafana can show it, that a person can read it, and that it says what the alerts say."""

import re

import promql

# Panels that come with Grafana; any other is a plugin that has to be installed.
PANELS = {"row", "stat", "gauge", "bargauge", "timeseries", "state-timeline", "table", "text", "heatmap"}
# As of Grafana 12 and 13.
SCHEMA = 42
COLUMNS = 24


def sound(project):
    """Rows first, no panel over another, each with a title, a description, a unit and the datasource that is chosen."""
    board = project.dashboard
    if board["schemaVersion"] != SCHEMA:
        yield f"the version of the schema is {board['schemaVersion']}, not {SCHEMA}"
    if [variable["name"] for variable in board["templating"]["list"]] != ["datasource", "job", "instance"]:
        yield "the variables are datasource, job and instance"
    ids, titles, taken = set(), set(), {}
    for panel in board["panels"]:
        name = f"panel {panel.get('title')!r}"
        if panel["id"] in ids or panel["title"] in titles:
            yield f"{name}: its number or its title is another's"
        ids.add(panel["id"])
        titles.add(panel["title"])
        if panel["type"] not in PANELS:
            yield f"{name}: {panel['type']} is a plugin"
        yield from overlaps(name, panel["gridPos"], taken)
    if board["panels"][0]["type"] != "row":
        yield "the first panel is a row"
    for panel in project.panels():
        yield from legible(panel)


def overlaps(name, place, taken):
    if place["x"] + place["w"] > COLUMNS:
        yield f"{name}: it leaves the page"
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            other = taken.setdefault((x, y), name)
            if other != name:
                yield f"{name}: it lies over {other}"
                return


def legible(panel):
    name = f"panel {panel['title']!r}"
    if not panel.get("description"):
        yield f"{name}: no description"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield f"{name}: no unit"
    if not panel["targets"]:
        yield f"{name}: it shows nothing"
    for part in [panel, *panel["targets"]]:
        if part.get("datasource", {}).get("uid") != "${datasource}":
            yield f"{name}: it does not ask the datasource that is chosen"
    for target in panel["targets"]:
        selectors = re.findall(r"\{[^{}]*\}", target["expr"])
        if not selectors or any('job=~"$job' not in selector for selector in selectors):
            yield f"{name}: it shows other stores too: {target['expr']}"


def thresholds(project):
    """Each alert is named by a panel. The colours of a panel change where the alerts that it names fire."""
    alerts = {alert["alert"]: alert for alert in project.alerts()}
    shown = set()
    for panel in project.panels():
        named = re.findall(r"\bGoodturn[A-Z]\w+", panel["description"])
        shown |= set(named)
        defaults = panel["fieldConfig"]["defaults"]
        # A yes or a no has no threshold.
        if not named or "mappings" in defaults:
            continue
        known = [name for name in named if name in alerts]
        expected = {at_least(promql.threshold(alerts[name]["expr"])) for name in known}
        steps = {abs(step["value"]) for step in defaults["thresholds"]["steps"] if step["value"] is not None}
        if steps != expected:
            alerts_fire = f"{' and '.join(known)} at {sorted(expected)}"
            yield f"panel {panel['title']!r}: its colours change at {sorted(steps)}, {alerts_fire}"
    for name in sorted(set(alerts) - shown):
        yield f"{name}: no panel names it"
    for name in sorted(shown - set(alerts)):
        yield f"{name}: a panel names it, and there is no such alert"


def at_least(number):
    """A colour begins with its number, so what fires above nothing begins with one."""
    return number or 1
