"""The files that are checked: rules with their tests, the dashboard, and the page of the book."""

import json
import pathlib
import re

import yaml

HERE = pathlib.Path(__file__).resolve().parents[2]
RULES = "monitoring/goodturn.rules.yml"
TESTS = "monitoring/tests"
DASHBOARD = "monitoring/dashboard.json"
PAGE = "docs/operate/alerts.md"


class Project:
    """The files below a folder, which is the project's or a copy."""

    def __init__(self, root=HERE):
        self.root = pathlib.Path(root)
        self.rules = read_yaml(self.text(RULES))
        self.tests = [read_yaml(path.read_text(encoding="utf-8")) for path in self.test_files()]
        self.dashboard = json.loads(self.text(DASHBOARD))
        self.sections = sections(self.text(PAGE))

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8")

    def test_files(self):
        return sorted((self.root / TESTS).glob("*.test.yml"))

    def all_rules(self):
        return [rule for group in self.rules["groups"] for rule in group["rules"]]

    def alerts(self):
        return [rule for rule in self.all_rules() if "alert" in rule]

    def records(self):
        return [rule for rule in self.all_rules() if "record" in rule]

    def panels(self):
        """Returns the panels that show something: not rows."""
        return [panel for panel in self.dashboard["panels"] if panel["type"] != "row"]


def read_yaml(text):
    # The loader in C, which PyYAML's wheels have, is ten times as fast.
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def sections(page):
    """Returns the texts below the titles of a page that are names of alerts, by these names."""
    parts = re.split(r"^## (Goodturn\w+)\n", page, flags=re.MULTILINE)
    found = {}
    for name, text in zip(parts[1::2], parts[2::2]):
        # A section that stands there twice would hide one.
        found[name] = "" if name in found else re.split(r"^#", text, flags=re.MULTILINE)[0].strip()
    return found
