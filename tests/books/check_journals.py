"""Checks a programme's journals by the two programs that they are written for.

Usage: python check_journals.py [--plant] FILE.hledger FILE.beancount
Both files tell the same. hledger and bean-check must accept theirs, both must read the same postings from them and the same
balances, and the files must end with the balance of every account. Prints a line for each fault and exits with 1; or says
what was checked and exits with 0.
With --plant, copies with one fault each are checked too. Each must be refused, for the reason that the fault is.

Needs Debian's hledger (1.25), and from PyPI beancount 3.2.3 with click, python-dateutil and regex.
"""

import argparse
import collections
import csv
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from decimal import Decimal

from beancount import loader
from beancount.core import data

# hledger reads text as the locale says. A cache of Beancount's could be that of another copy.
ENVIRONMENT = os.environ | {"LC_ALL": "C.UTF-8"}
BEAN_CHECK = [sys.executable, "-m", "beancount.scripts.check", "--no-cache"]
SHOWN_MAX = 20

DAY = r"\d{4}-\d\d-\d\d"
HEADER = re.compile(rf"{DAY} \* ")
# The indent and the account; the amount; the commodity, with what is behind it.
POSTING = re.compile(r"^( +\S+ +)(-?[0-9.]+)( ([A-Z]+).*)$")
ASSERTIONS = {
    "hledger": re.compile(rf"^( +(\S+) +[0-9.]+ ([A-Z]+) = )(-?[0-9.]+)( [A-Z]+)$"),
    "beancount": re.compile(rf"^({DAY} balance (\S+) +)(-?[0-9.]+)( ~ 0 ([A-Z]+))$"),
}
# What the programs say of each kind of fault.
REASONS = {
    "hledger": {
        "posting": "could not balance this transaction",
        "sum": "balance assertion: ",
        "order": "date is out of order",
    },
    "beancount": {"posting": "Transaction does not balance", "sum": "Balance failed for "},
}


# ---- What the programs say ----


def run(command):
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=ENVIRONMENT, check=False)


def said(kind, path):
    """Returns what a program has against a file: nothing when it accepts it."""
    if kind == "hledger":
        done = run(["hledger", "-f", str(path), "check", "--strict", "ordereddates"])
    else:
        done = run([*BEAN_CHECK, str(path)])
    told = (done.stdout + done.stderr).strip()
    return told or (f"exits with {done.returncode}" if done.returncode else "")


def table(path, *command):
    done = run(["hledger", "-f", str(path), *command, "-O", "csv"])
    if done.returncode:
        sys.exit(f"hledger {command[0]} fails: {done.stderr.strip()}")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def read_hledger(path):
    """Returns all balances, and all postings with how often they occur."""
    rows = table(path, "balance", "--flat", "--empty", "--no-total", "--layout=bare")
    balances = {(row["account"], row["commodity"]): Decimal(row["balance"]) for row in rows}
    rows = table(path, "print")
    postings = collections.Counter(
        (row["date"], row["description"], row["account"], row["commodity"], Decimal(row["amount"]))
        for row in rows
        if Decimal(row["amount"])
    )
    return balances, postings


def read_beancount(path):
    entries, _, _ = loader.load_file(str(path))
    balances, postings = collections.Counter(), collections.Counter()
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                number, commodity = posting.units.number, posting.units.currency
                balances[posting.account, commodity] += number
                postings[str(entry.date), entry.narration, posting.account, commodity, number] += 1
    return balances, postings


def differences(what, one, other):
    """Returns the keys for which two programs differ. Nothing is the same as zero."""
    for key in sorted(set(one) | set(other), key=str):
        a, b = one.get(key, 0), other.get(key, 0)
        if a != b:
            yield f"{what} {' '.join(map(str, key))}: {a} by hledger, {b} by Beancount"


# ---- The files as text ----


class Journal:
    """A file in its parts, between empty lines: each is a transaction, balances, or of the head."""

    def __init__(self, kind, path):
        self.kind, self.path = kind, path
        self.parts = pathlib.Path(path).read_text(encoding="utf-8").rstrip("\n").split("\n\n")
        self.asserts = [n for n, part in enumerate(self.parts) if ASSERTIONS[kind].match(part.split("\n")[-1])]
        self.happened = [n for n, part in enumerate(self.parts) if HEADER.match(part) and n not in self.asserts]

    def unasserted(self, used):
        """Returns the used accounts, with their commodities, of which the last part states no balance."""
        if not self.asserts or self.asserts[-1] != len(self.parts) - 1:
            return ["all"]
        lines = map(ASSERTIONS[self.kind].match, self.parts[-1].split("\n"))
        commodity = 3 if self.kind == "hledger" else 5
        stated = {(line[2], line[commodity]) for line in lines if line}
        return sorted(" ".join(key) for key in used if key not in stated)

    def with_parts(self, change):
        return "\n\n".join(change.get(n, part) for n, part in enumerate(self.parts) if change.get(n, "") is not None) + "\n"


def changed(line, sign):
    """Returns a posting with one smallest unit more, or less."""
    found = POSTING.match(line)
    return found[1] + moved(found[2], sign) + found[3]


def moved(amount, sign):
    places = len(amount.partition(".")[2])
    return str(Decimal(amount) + sign * Decimal(1).scaleb(-places))


def plants(journal):
    """Yields faults: a name, its kind, and the file with it. They are in the first, the middle and the last transaction of
    each commodity, and in the first and the last balances, of each account."""
    commodities = sorted({POSTING.match(line)[4] for n in journal.happened for line in journal.parts[n].split("\n")[1:]})
    for commodity in commodities:
        of_it = [n for n in journal.happened if len(postings_of(journal.parts[n], commodity)) == 2]
        for n in dict.fromkeys((of_it[0], of_it[len(of_it) // 2], of_it[-1])):
            lines = journal.parts[n].split("\n")
            one, other = postings_of(journal.parts[n], commodity)
            place = f"{commodity} of {lines[0]!r}"
            with_one = [changed(line, 1) if at == one else line for at, line in enumerate(lines)]
            with_both = [changed(line, -1) if at == other else line for at, line in enumerate(with_one)]
            yield f"one unit in a posting, {place}", "posting", journal.with_parts({n: "\n".join(with_one)})
            yield f"one unit in both postings, {place}", "sum", journal.with_parts({n: "\n".join(with_both)})
            yield f"no transaction, {place}", "sum", journal.with_parts({n: None})
            yield f"a transaction twice, {place}", "sum", journal.with_parts({n: "\n\n".join([journal.parts[n]] * 2)})
    for n in dict.fromkeys((journal.asserts[0], journal.asserts[-1])):
        lines = journal.parts[n].split("\n")
        for at, found in enumerate(map(ASSERTIONS[journal.kind].match, lines)):
            if found:
                amount = 4 if journal.kind == "hledger" else 3
                start, end = found.span(amount)
                line = found[0][:start] + moved(found[amount], 1) + found[0][end:]
                text = "\n".join([*lines[:at], line, *lines[at + 1 :]])
                yield f"one unit in a balance, {lines[at].strip()!r}", "sum", journal.with_parts({n: text})
    if journal.kind == "hledger":
        yield from out_of_order(journal)


def out_of_order(journal):
    neighbours = [(a, b) for a, b in zip(journal.happened, journal.happened[1:]) if b == a + 1]
    neighbours = [(a, b) for a, b in neighbours if journal.parts[a][:10] != journal.parts[b][:10]]
    for a, b in dict.fromkeys((neighbours[0], neighbours[-1])):
        text = journal.with_parts({a: journal.parts[b], b: journal.parts[a]})
        yield f"two transactions of {journal.parts[a][:10]} and {journal.parts[b][:10]} exchanged", "order", text


def postings_of(part, commodity):
    """Returns the lines of a transaction that post a commodity."""
    found = ((at, POSTING.match(line)) for at, line in enumerate(part.split("\n")[1:], 1))
    return [at for at, posting in found if posting and posting[4] == commodity]


# ---- The checks ----


def check(journals):
    faults = []
    for journal in journals:
        told = said(journal.kind, journal.path)
        if told:
            faults.append(f"{journal.path}: {journal.kind} says: {told}")
    if faults:
        return faults, ""
    readings = [read_hledger(journals[0].path), read_beancount(journals[1].path)]
    faults += differences("balance", readings[0][0], readings[1][0])
    faults += differences("postings", readings[0][1], readings[1][1])
    for journal, (balances, postings) in zip(journals, readings):
        faults += [f"{journal.path}: states no balance at its end: {account}" for account in journal.unasserted(balances)]
        if not postings:
            faults.append(f"{journal.path}: holds no posting, so nothing was checked")
    postings, accounts = readings[0][1].total(), len(readings[0][0])
    return faults, f"{postings} postings, {accounts} balances"


def plant(journal, folder):
    """Returns the faults that a program did not find, and the number of all."""
    missed, count = [], 0
    for count, (name, kind, text) in enumerate(plants(journal), 1):
        path = folder / f"{count}.{journal.kind}"
        path.write_text(text, encoding="utf-8")
        told = said(journal.kind, path)
        path.unlink()
        if not re.search(REASONS[journal.kind][kind], told):
            missed.append(f"{journal.path}: {name}: {journal.kind} says: {told or 'nothing'}")
    return missed, count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plant", action="store_true")
    parser.add_argument("hledger")
    parser.add_argument("beancount")
    arguments = parser.parse_args()
    journals = [Journal("hledger", arguments.hledger), Journal("beancount", arguments.beancount)]
    faults, checked = check(journals)
    if arguments.plant and not faults:
        with tempfile.TemporaryDirectory() as folder:
            for journal in journals:
                missed, count = plant(journal, pathlib.Path(folder))
                faults += missed
                checked += f", {count - len(missed)} of {count} planted faults found by {journal.kind}"
    for fault in faults[:SHOWN_MAX]:
        print(fault)
    if faults:
        sys.exit(f"{len(faults)} faults")
    print(checked)


if __name__ == "__main__":
    main()
