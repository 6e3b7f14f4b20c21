"""Checks of alerts: that each has a test both ways, a section in the book, and what a person needs who is woken by it."""

import re

import promql
import live

SEVERITIES = {"page": "Page", "ticket": "Ticket"}
ANNOTATIONS = {"summary", "description", "runbook_url"}
SUMMARY_MAX = 60
UNITS = {"s": "second", "m": "minute", "h": "hour"}
CODES = set(
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED "
    "FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED".split()
)


def complete(project):
    """Each alert has a severity, a summary, a description and a link, and is named once."""
    seen = set()
    for alert in project.alerts():
        name = alert["alert"]
        if name in seen:
            yield f"{name} is there twice"
        seen.add(name)
        if set(alert.get("labels", {})) != {"severity"} or alert["labels"]["severity"] not in SEVERITIES:
            yield f"{name} needs the label severity and no other: page or ticket"
        annotations = alert.get("annotations", {})
        if set(annotations) != ANNOTATIONS:
            yield f"{name} needs the annotations {sorted(ANNOTATIONS)}"
        elif len(annotations["summary"]) > SUMMARY_MAX or "{{" in annotations["summary"]:
            yield f"{name}: the summary is a title: at most {SUMMARY_MAX} characters, the same each time"
    if not seen:
        yield "there is no alert"


def tested(project):
    """Each alert is seen to fire, and not to fire; a test names no other."""
    fires, quiet = set(), set()
    for file in project.tests:
        for test in file["tests"]:
            for expected in test.get("alert_rule_test", []):
                (fires if expected.get("exp_alerts") else quiet).add(expected["alertname"])
    names = {alert["alert"] for alert in project.alerts()}
    for name in sorted(names - fires):
        yield f"{name}: no test sees it fire"
    for name in sorted(names - quiet):
        yield f"{name}: no test sees it quiet"
    for name in sorted((fires | quiet) - names):
        yield f"{name}: a test names it, and there is no such alert"


def documented(project):
    """Each alert has a section that says how it is told and after how long, with its threshold; and the other way round."""
    names = {alert["alert"] for alert in project.alerts()}
    for name in sorted(set(project.sections) - names):
        yield f"{name}: a section of the book, and there is no such alert"
    for alert in project.alerts():
        name = alert["alert"]
        section = project.sections.get(name)
        if section is None:
            yield f"{name}: no section in the book"
            continue
        told = f"*{SEVERITIES.get(alert['labels']['severity'])}, {after(alert.get('for'))}.*"
        if not section.startswith(told):
            yield f"{name}: its section must begin with {told}"
        for part in ("- **Look:** ", "- **Do:** "):
            if f"\n{part}" not in section:
                yield f"{name}: its section has no {part.strip()}"
        number = promql.threshold(alert["expr"])
        if number not in (None, 0, 1) and not named(number, section):
            yield f"{name}: its section does not name the threshold {number:g}"
        if not alert["annotations"].get("runbook_url", "").endswith(f"docs/operate/alerts.md#{name.lower()}"):
            yield f"{name}: its link does not lead to its section"


def after(duration):
    if not duration:
        return "at once"
    number, unit = re.fullmatch(r"(\d+)([smh])", duration).groups()
    return f"after {number} {UNITS[unit]}{'' if number == '1' else 's'}"


def named(number, section):
    """True when a section names a threshold, in one of the ways in which a page may write it."""
    forms = [
        f"{number:g}",
        f"{number:,.0f}" if number == int(number) else "",
        f"{number * 100:g} %",
        f"{number / 3600:g} hours",
    ]
    return any(re.search(rf"(?<![\d.,]){re.escape(form)}(?![\d,])", section) for form in forms if form)


def expressions(project):
    """Yields every expression: where it stands, and what labels a text beside it uses."""
    for rule in project.all_rules():
        used = set(re.findall(r"\$labels\.(\w+)", " ".join(rule.get("annotations", {}).values())))
        yield rule.get("alert") or rule["record"], rule["expr"], used - set(rule.get("labels", {}))
    for panel in project.panels():
        for target in panel["targets"]:
            yield f"panel {panel['title']!r}", target["expr"], set(
                re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))
            )
    for variable in project.dashboard["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"]).groups()
            yield f"variable {variable['name']}", selector, {label}


def readings(project, scrape):
    """Reads every expression, with the metrics of a scrape and those that rules record."""
    recorded = {}

    def labels_of(name):
        return recorded[name] if name in recorded else scrape.labels_of(name)

    for rule in project.records():
        found = promql.read(rule["expr"], labels_of)
        if not found.problems:
            recorded[rule["record"]] = found.labels
    return [(where, promql.read(expression, labels_of), used) for where, expression, used in expressions(project)]


def live_names(project, scrape):
    """Every metric and every label is in a scrape of a live server."""
    for where, found, used in readings(project, scrape):
        for problem in dict.fromkeys(found.problems):
            yield f"{where}: {problem}"
        for label in sorted(used - found.labels) if not found.problems else ():
            yield f"{where}: a text names the label {label}, and the result has {sorted(found.labels)}"


def live_values(project, scrape):
    """Every value of a label that is asked for by name is one that the server tells of."""
    for where, found, _ in readings(project, scrape):
        for name, _, asked in found.metrics:
            known = scrape.values.get(name, {})
            for label, value, op in asked:
                may = may_be(known, label)
                for each in promql.alternatives(value, op):
                    if may is not None and each not in may:
                        yield f"{where}: {name} has no {label}={each!r}"


def may_be(known, label):
    """Returns the values that a label may have; `None` where anything may come."""
    if label in live.OF_TARGETS or label in ("alertname", "alertstate", "le"):
        return None
    # Codes come with the first call that ends so. Reasons must be there from the start: a count that appears with its
    # first event has no increase.
    return CODES if label == "rpc_response_status_code" else known.get(label, set())


def counters(project, scrape):
    """Rates are of what only grows, and what only grows is not looked at as it stands."""
    for where, found, _ in readings(project, scrape):
        for name, within, _ in found.metrics:
            kind = scrape.types.get(name)
            if within in promql.OF_COUNTERS and kind not in ("counter", None):
                yield f"{where}: {within} of {name}, which is a {kind}"
            if within not in promql.OF_COUNTERS and kind == "counter" and name not in LOOKED_AT:
                yield f"{where}: {name} only grows: ask for its rate or its increase"


# Whether it was ever refused since the start is what the alert and its panel ask.
LOOKED_AT = {"goodturn_refused_total"}
