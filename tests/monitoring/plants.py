"""Faults that are put into copies of the files. Each must be found, by the check that is for it."""

import pathlib
import shutil
import tempfile
from dataclasses import dataclass

import project as files
from project import Project


@dataclass
class Plant:
    """A fault: what is replaced in a file, which check finds it, and what that check says."""

    name: str
    check: str
    file: str
    old: str
    new: str
    said: str


WORK_TEST = f"{files.TESTS}/work.test.yml"
SERVING_TEST = f"{files.TESTS}/serving.test.yml"
LIVE = "each metric and each label is live"

PLANTS = [
    Plant(
        "a rule that does not parse",
        "promtool accepts the rules",
        files.RULES,
        "goodturn_lane_queue > 6144",
        "goodturn_lane_queue >",
        "could not parse",
    ),
    Plant(
        "another threshold",
        "the tests of the rules pass",
        files.RULES,
        "goodturn_lane_queue > 6144",
        "goodturn_lane_queue > 6143",
        "GoodturnQueueFills",
    ),
    Plant(
        "another patience",
        "the tests of the rules pass",
        files.RULES,
        "for: 1m\n        labels: {severity: page}\n        annotations:\n          summary: No Goodturn",
        "for: 2m\n        labels: {severity: page}\n        annotations:\n          summary: No Goodturn",
        "GoodturnDown",
    ),
    Plant(
        "another text",
        "the tests of the rules pass",
        files.RULES,
        "Others of {{ $labels.job }} do.",
        "Others of it do.",
        "GoodturnServerDown",
    ),
    Plant(
        "a misspelt metric in a rule",
        LIVE,
        files.RULES,
        "goodturn_connections >= 690",
        "goodturn_conections >= 690",
        "no metric goodturn_conections",
    ),
    Plant(
        "a misspelt metric in the dashboard",
        LIVE,
        files.DASHBOARD,
        '"expr": "goodturn_connections{',
        '"expr": "goodturn_conections{',
        "no metric goodturn_conections",
    ),
    Plant(
        "a misspelt histogram",
        LIVE,
        files.RULES,
        "goodturn_commit_seconds_bucket",
        "goodturn_commits_seconds_bucket",
        "no metric goodturn_commits_seconds_bucket",
    ),
    Plant(
        "a misspelt record",
        LIVE,
        files.RULES,
        "instance:goodturn_commit_seconds:p99_5m > 1",
        "instance:goodturn_commit_seconds:p99_2m > 1",
        "no metric instance:goodturn_commit_seconds:p99_2m",
    ),
    Plant(
        "a label that is not there",
        LIVE,
        files.RULES,
        'goodturn_unfit{reason="clock_off"} == 1\n        for',
        'goodturn_unfit{fault="clock_off"} == 1\n        for',
        "goodturn_unfit has no label fault",
    ),
    Plant(
        "a sum by a label that is not there",
        LIVE,
        files.DASHBOARD,
        "sum by (program) (rate(goodturn_entries_total",
        "sum by (programme) (rate(goodturn_entries_total",
        "no label programme",
    ),
    Plant(
        "a match on a label that one side lacks",
        LIVE,
        files.RULES,
        "on (job) group_left () (10 + 10",
        "on (job, instance) group_left () (10 + 10",
        "no label instance",
    ),
    Plant(
        "sides that never match",
        LIVE,
        files.RULES,
        "> 10 and on (job, instance) instance:goodturn_serving:avg2m >",
        "> 10 and job:goodturn_entries:rate5m >",
        "never match",
    ),
    Plant(
        "a text with a label that is summed away",
        LIVE,
        files.RULES,
        "No server of {{ $labels.job }}",
        "No server of {{ $labels.instance }}",
        "names the label instance",
    ),
    Plant(
        "a legend with a label that is not there",
        LIVE,
        files.DASHBOARD,
        '"legendFormat": "{{outcome}}"',
        '"legendFormat": "{{result}}"',
        "names the label result",
    ),
    Plant(
        "a reason of refusals that is none",
        "each value of a label is live",
        files.RULES,
        'reason="STORE_REFUSES"',
        'reason="STORE_REFUSED"',
        "STORE_REFUSED",
    ),
    Plant(
        "a fault that is none",
        "each value of a label is live",
        files.RULES,
        'reason="store_refuses_writes"}[2m]',
        'reason="store_refuses"}[2m]',
        "store_refuses",
    ),
    Plant(
        "a status that is none",
        "each value of a label is live",
        files.RULES,
        '"UNAUTHENTICATED"',
        '"UNAUTHORIZED"',
        "UNAUTHORIZED",
    ),
    Plant(
        "a rate of a gauge",
        "rates are of counters",
        files.RULES,
        "changes(goodturn_serving[15m])",
        "increase(goodturn_serving[15m])",
        "which is a gauge",
    ),
    Plant(
        "a counter as it stands",
        "rates are of counters",
        files.RULES,
        "increase(goodturn_log_lines_left_out_total[15m]) > 0",
        "goodturn_log_lines_left_out_total > 0",
        "only grows",
    ),
    Plant(
        "an expression of the dashboard that does not parse",
        "each expression of the dashboard parses",
        files.DASHBOARD,
        "sum by (outcome) (rate(",
        "sum by (outcome) rate((",
        "parse error",
    ),
    Plant(
        "an alert that is always on",
        "a well server makes no alert fire",
        files.RULES,
        "goodturn_sweeper_age_seconds > 300",
        "goodturn_sweeper_age_seconds < 300",
        "GoodturnSweeperStuck",
    ),
    Plant(
        "a third severity",
        "each alert says what and how bad",
        files.RULES,
        "severity: ticket",
        "severity: warning",
        "needs the label severity",
    ),
    Plant(
        "no description",
        "each alert says what and how bad",
        files.RULES,
        "          description: There is no target of a job goodturn, so no other alert can fire.\n",
        "",
        "needs the annotations",
    ),
    Plant(
        "an alert without a test that it fires",
        "each alert is tested both ways",
        SERVING_TEST,
        "      - alertname: GoodturnUnsteady",
        "      - alertname: GoodturnNotServing",
        "GoodturnUnsteady: no test sees it fire",
    ),
    Plant(
        "an alert without a test that it is quiet",
        "each alert is tested both ways",
        WORK_TEST,
        "      - {alertname: GoodturnQueueFills, eval_time: 2m45s}\n",
        "",
        "GoodturnQueueFills: no test sees it quiet",
    ),
    Plant(
        "a test of no alert",
        "each alert is tested both ways",
        WORK_TEST,
        "{alertname: GoodturnQueueFills,",
        "{alertname: GoodturnQueueFill,",
        "there is no such alert",
    ),
    Plant(
        "an alert without a section",
        "each alert has a section in the book",
        files.PAGE,
        "## GoodturnQueueFills\n",
        "",
        "GoodturnQueueFills: no section",
    ),
    Plant(
        "a section of no alert",
        "each alert has a section in the book",
        files.PAGE,
        "## GoodturnDown\n",
        "## GoodturnDown\n\n## GoodturnGone\n",
        "GoodturnGone: a section",
    ),
    Plant(
        "a section with another patience",
        "each alert has a section in the book",
        files.RULES,
        "for: 30m",
        "for: 45m",
        "must begin with *Ticket, after 45 minutes.*",
    ),
    Plant(
        "a section with another threshold",
        "each alert has a section in the book",
        files.RULES,
        "goodturn_follower_lag_seconds > 10 ",
        "goodturn_follower_lag_seconds > 12 ",
        "does not name the threshold 12",
    ),
    Plant(
        "a link to another section",
        "each alert has a section in the book",
        files.RULES,
        "alerts.md#goodturndown",
        "alerts.md#goodturnserverdown",
        "its link does not lead",
    ),
    Plant(
        "a panel of a plugin",
        "the dashboard is sound",
        files.DASHBOARD,
        '"type": "table"',
        '"type": "grafana-clock-panel"',
        "is a plugin",
    ),
    Plant("a panel without a unit", "the dashboard is sound", files.DASHBOARD, '"unit": "bytes"', '"unit": ""', "no unit"),
    Plant(
        "a panel over another",
        "the dashboard is sound",
        files.DASHBOARD,
        '"gridPos": {"x": 12,',
        '"gridPos": {"x": 11,',
        "lies over",
    ),
    Plant(
        "a panel that shows all stores",
        "the dashboard is sound",
        files.DASHBOARD,
        '"expr": "goodturn_connections{job=~\\"$job\\", instance=~\\"$instance\\"}"',
        '"expr": "goodturn_connections"',
        "shows other stores",
    ),
    Plant(
        "a colour that changes elsewhere",
        "the dashboard says what the alerts say",
        files.RULES,
        "goodturn_connections >= 690",
        "goodturn_connections >= 700",
        "its colours change at [690]",
    ),
    Plant(
        "an alert that no panel names",
        "the dashboard says what the alerts say",
        files.DASHBOARD,
        "of 768. GoodturnConnectionsFull.",
        "of 768.",
        "GoodturnConnectionsFull: no panel",
    ),
]


def results(texts, checks):
    """Yields each fault, with what is wrong where it was not found."""
    for plant in PLANTS:
        yield f"found: {plant.name}", missed(plant, texts, checks)
    # What a server tells may be wrong, too.
    plain = "goodturn_lane_queue_total 0\n"
    yield "found: a metric without help and type", told(
        Project(), [*texts, plain], checks, "promtool accepts what servers tell", "no help text"
    )
    gone = ["\n".join(line for line in text.splitlines() if "goodturn_sweeper_due" not in line) for text in texts]
    yield "found: a metric that servers no longer tell", told(
        Project(), gone, checks, LIVE, "no metric goodturn_sweeper_due"
    )


def missed(plant, texts, checks):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in [files.RULES, files.DASHBOARD, files.PAGE, *test_names()]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(files.HERE / name, root / name)
        text = (root / plant.file).read_text(encoding="utf-8")
        if plant.old not in text:
            return [f"there is no {plant.old!r} in {plant.file} to replace"]
        (root / plant.file).write_text(text.replace(plant.old, plant.new), encoding="utf-8")
        return told(Project(root), texts, checks, plant.check, plant.said)


def told(project, texts, checks, check, said):
    """Runs one check, and returns what is wrong unless it says so."""
    problems, seen = next(problems for name, problems in checks(project, texts) if name == check), []
    for problem in problems:
        if said in problem:
            return []
        seen.append(problem)
    return [f"{check}: {seen or 'nothing'}, not {said!r}"]


def test_names():
    return [str(path.relative_to(files.HERE)) for path in Project().test_files()]
