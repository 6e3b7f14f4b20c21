"""What `promtool` of Prometheus says of rules, of their tests, of expressions, and of what a server tells."""

import json
import pathlib
import subprocess
import tempfile

import promql
import project as files

HELD_FOR = "1h"


def run(arguments, stdin=None):
    """Returns what promtool has against something; nothing when it has not."""
    done = subprocess.run(
        ["promtool", *map(str, arguments)], input=stdin, capture_output=True, encoding="utf-8", check=False
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"exits with {done.returncode}"


def problems(told):
    return [told] if told else []


def rules(project):
    """promtool accepts the rules."""
    yield from problems(run(["check", "rules", project.root / files.RULES]))


def rule_tests(project):
    """promtool runs the tests of the rules, and they pass."""
    for path in project.test_files():
        yield from problems(run(["test", "rules", path]))


def scrapes(texts):
    """promtool finds nothing wrong with the names, types and helps of what servers tell."""
    for text in texts:
        yield from problems(run(["check", "metrics"], stdin=text))


def dashboard(project):
    """Each expression of the dashboard parses: promtool takes it as a rule."""
    shown = [(panel, target["expr"]) for panel in project.panels() for target in panel["targets"]]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "dashboard.yml"

        def told(expressions):
            rules = [{"record": f"shown:{n}", "expr": promql.with_values(each)} for n, each in enumerate(expressions)]
            path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
            return problems(run(["check", "rules", path]))

        if told([expression for _, expression in shown]):
            for panel, expression in shown:
                yield from (f"panel {panel['title']!r}: {problem}" for problem in told([expression]))


def quiet(project, scrape):
    """A server that stands for an hour as in the scrape makes no alert fire."""
    series = [{"series": 'up{job="goodturn", instance="one"}', "values": "1x240"}]
    for name, labels, value in scrape.samples:
        target = ", ".join(filter(None, ['job="goodturn"', 'instance="one"', labels]))
        series.append({"series": f"{name}{{{target}}}", "values": f"{value}x240"})
    names = [alert["alert"] for alert in project.alerts()]
    test = {"name": "a well server", "interval": "15s", "input_series": series}
    test["alert_rule_test"] = [{"alertname": name, "eval_time": HELD_FOR} for name in names]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "quiet.yml"
        content = {"rule_files": [str(project.root / files.RULES)], "evaluation_interval": "1m", "tests": [test]}
        path.write_text(json.dumps(content), encoding="utf-8")
        yield from problems(run(["test", "rules", path]))
