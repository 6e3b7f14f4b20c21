"""Reads what a server tells Prometheus: the text format 0.0.4."""

import re
from dataclasses import dataclass, field

# Labels that Prometheus gives to every series of a target.
OF_TARGETS = {"job", "instance"}
# What Prometheus makes by itself, with its labels.
OWN = {"up": OF_TARGETS, "ALERTS": OF_TARGETS | {"alertname", "alertstate", "severity"}}

TYPE = re.compile(r"# TYPE (\S+) (\S+)$")
SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


@dataclass
class Scrape:
    """Metrics, by their names as they are asked for: `_bucket`, `_sum` and `_count` are names of their own."""

    types: dict = field(default_factory=dict)
    # For each metric, the values of each label.
    values: dict = field(default_factory=dict)
    # Name, labels as text, and value of every sample.
    samples: list = field(default_factory=list)

    def labels_of(self, name):
        if name in OWN:
            return OWN[name]
        return set(self.values[name]) | OF_TARGETS if name in self.values else None


def read(texts):
    """Reads scrapes of one or several servers as one: a metric or a label that any of them has is there."""
    scrape = Scrape()
    for text in texts:
        for line in text.splitlines():
            read_line(scrape, line)
    return scrape


def read_line(scrape, line):
    told = TYPE.match(line)
    if told:
        name, kind = told.groups()
        for part in PARTS.get(kind, ("",)):
            # A histogram's parts only grow.
            scrape.types[name + part] = "counter" if kind == "histogram" else kind
        return
    if not line or line.startswith("#"):
        return
    sample = SAMPLE.match(line)
    if not sample:
        raise ValueError(f"not a sample: {line}")
    name, labels, value = sample.groups()
    scrape.samples.append((name, labels or "", value))
    values = scrape.values.setdefault(name, {})
    for label, label_value in LABEL.findall(labels or ""):
        values.setdefault(label, set()).add(label_value)
