"""Reads expressions of PromQL: which metrics they ask for, which labels their results have, and which labels they use that are
not there."""

import re
from dataclasses import dataclass, field

import promql_parser
from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    LabelModifierType,
    MatchOp,
    MatrixSelector,
    NumberLiteral,
)
from promql_parser import ParenExpr, StringLiteral, SubqueryExpr, UnaryExpr, VectorMatchCardinality, VectorSelector

COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}
SETS = {"and", "or", "unless"}
# Functions that are for numbers that only grow.
OF_COUNTERS = {"rate", "irate", "increase", "resets"}
# What a variable of a dashboard may stand for.
VARIABLES = {"$__rate_interval": "2m", "$job": "goodturn", "$instance": "one"}


@dataclass
class Found:
    """What an expression uses: metrics with the functions around them and the values they are asked for; and its problems."""

    metrics: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    labels: set = field(default_factory=set)


def with_values(expression):
    """Puts a value in the place of each variable of a dashboard."""
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    return expression


def read(expression, labels_of):
    """Reads an expression. `labels_of` gives the labels of a metric; `None` for one that is not known."""
    found = Found()
    try:
        tree = promql_parser.parse(with_values(expression))
    except ValueError as error:
        found.problems.append(f"does not parse: {error}")
        return found
    found.labels = labels(tree, labels_of, found)
    # Whatever else is wrong then may follow from it.
    gone = [problem for problem in found.problems if problem.startswith("no metric")]
    found.problems = gone or found.problems
    return found


def labels(node, labels_of, found, within=""):
    """Returns the labels that the result of an expression has."""
    if isinstance(node, VectorSelector):
        return of_selector(node, labels_of, found, within)
    if isinstance(node, MatrixSelector):
        return of_selector(node.vector_selector, labels_of, found, within)
    if isinstance(node, (ParenExpr, UnaryExpr, SubqueryExpr)):
        return labels(node.expr, labels_of, found, within)
    if isinstance(node, AggregateExpr):
        return of_aggregate(node, labels_of, found)
    if isinstance(node, BinaryExpr):
        return of_binary(node, labels_of, found)
    if isinstance(node, Call):
        return of_call(node, labels_of, found)
    if isinstance(node, (NumberLiteral, StringLiteral)):
        return set()
    raise TypeError(f"{type(node).__name__} is new here")


def of_selector(node, labels_of, found, within):
    known = labels_of(node.name)
    asked = [(m.name, m.value, m.op) for m in node.matchers.matchers]
    found.metrics.append((node.name, within, asked))
    if known is None:
        found.problems.append(f"no metric {node.name}")
        return {name for name, _, _ in asked}
    for name, _, _ in asked:
        if name not in known:
            found.problems.append(f"{node.name} has no label {name}")
    return set(known)


def of_aggregate(node, labels_of, found):
    inner = labels(node.expr, labels_of, found)
    # `topk` and its like keep whole series.
    keeps_all = str(node.op) in {"topk", "bottomk"}
    if node.modifier is None:
        return inner if keeps_all else set()
    named = set(node.modifier.labels)
    missing(named - inner, inner, found)
    if keeps_all:
        return inner
    return named if node.modifier.type == AggModifierType.By else inner - named


def of_binary(node, labels_of, found):
    left, right = labels(node.lhs, labels_of, found), labels(node.rhs, labels_of, found)
    modifier = node.modifier
    matching = modifier.matching if modifier else None
    if matching:
        for side in (left, right):
            missing(set(matching.labels) - side, side, found)
    if isinstance(node.lhs, NumberLiteral) or isinstance(node.rhs, NumberLiteral) or str(node.op) == "or":
        return left | right
    if matching is None and left != right:
        found.problems.append(f"sides with labels {sorted(left)} and {sorted(right)} never match")
    if matching is None or str(node.op) in SETS:
        return left
    if modifier.card == VectorMatchCardinality.ManyToOne:
        return left | set(modifier.group_labels.labels if modifier.group_labels else ())
    return set(matching.labels) if matching.type == LabelModifierType.Include else left - set(matching.labels)


def of_call(node, labels_of, found):
    inner = set()
    for argument in node.args:
        inner |= labels(argument, labels_of, found, node.func.name)
    if node.func.name == "absent":
        selector = node.args[0]
        return {m.name for m in selector.matchers.matchers if m.op == MatchOp.Equal}
    if node.func.name == "histogram_quantile":
        missing({"le"} - inner, inner, found)
        inner = inner - {"le"}
    return inner


def missing(names, among, found):
    for name in sorted(names):
        found.problems.append(f"no label {name} among {sorted(among)}")


def threshold(expression):
    """Returns the number that an alert compares with first, from the left; `None` when there is none."""
    return first_compared(promql_parser.parse(expression))


def first_compared(node):
    if isinstance(node, BinaryExpr):
        left = first_compared(node.lhs)
        if left is None and str(node.op) in COMPARISONS:
            return first_number(node.rhs)
        return first_compared(node.rhs) if left is None else left
    for child in children(node):
        compared = first_compared(child)
        if compared is not None:
            return compared
    return None


def first_number(node):
    if isinstance(node, NumberLiteral):
        return node.val
    numbers = (first_number(child) for child in children(node))
    return next((number for number in numbers if number is not None), None)


def children(node):
    if isinstance(node, BinaryExpr):
        return [node.lhs, node.rhs]
    if isinstance(node, Call):
        return list(node.args)
    return [node.expr] if hasattr(node, "expr") else []


def alternatives(value, op):
    """Returns the values that a matcher names one by one; none for a pattern."""
    if op == MatchOp.Equal:
        return [value] if value else []
    if op == MatchOp.Re and re.fullmatch(r"[\w.|/]+", value):
        return [each for each in value.split("|") if each]
    return []
