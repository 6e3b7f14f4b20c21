#!/usr/bin/env python3
"""Reads a report as others do and compares every cell with its JSON Lines.

The JSON Lines of a report are its exact values. Three readers that are not ours have to agree with them: openpyxl with
the workbook's stored cells, LibreOffice with what it shows a person of them, and Python's csv with the CSV. Exits 1 and
names the differences, at most 20 of each reader.

With --plant it changes one value of a copy of the JSON Lines at a time (a minor unit, a character of an id, a missing
row, ...) and fails unless every reader sees each change.
"""

import argparse
import csv
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from decimal import Context, Decimal, setcontext
from itertools import zip_longest
from pathlib import Path

SHOWN_MAX = 20
# From here on a workbook holds numbers as text (EXACT_BELOW in src/export/table/xlsx_look.rs).
TEXT_FROM = 10**14
# Before this day a workbook holds days as text.
DATE_FROM = "1900-03-01"
DECIMAL = re.compile(r"-?\d+(\.\d+)?")
MONEY_FORMAT = re.compile(r'#,##0(?:\.0+)?" ([A-Z]{3})"')
ALL_SHEETS_AS_SHOWN = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1'

Stored = namedtuple("Stored", "value format")

# Sums of many large amounts stay exact.
setcontext(Context(prec=60))


class Differences:
    """What one reader sees otherwise than the JSON Lines."""

    def __init__(self, reader):
        self.reader, self.cells, self.rows, self.found, self.shown = reader, 0, 0, 0, []

    def add(self, where, expected, got):
        self.found += 1
        if len(self.shown) < SHOWN_MAX:
            self.shown.append(f"{self.reader}: {where}: expected {expected!r}, got {got!r}")

    def cell(self, where, expected, got):
        self.cells += 1
        if type(expected) is not type(got) or expected != got:
            self.add(where, expected, got)


def lines(path):
    """Yields the objects of a file of JSON Lines, refusing floats: no money may pass through one."""
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line, parse_float=refuse_float)


def refuse_float(text):
    raise SystemExit(f"{text} is a float in the JSON Lines")


def minor(text):
    return abs(int(text.replace(".", "")))


# Readers: each yields the sheets as lists of rows.


def read_workbook(path):
    """Opens a workbook; returns the sheet about it and its sheets of rows, of cells with their format."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    about, *sheets = book.worksheets
    cells = lambda sheet: ([Stored(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows())
    return about.title, list(cells(about)), [lambda sheet=sheet: cells(sheet) for sheet in sheets]


def convert(path, into, names):
    """Has LibreOffice write what it shows of each sheet, with a profile of its own."""
    office = shutil.which("soffice") or shutil.which("libreoffice") or sys.exit("no LibreOffice on the path")
    profile = f"-env:UserInstallation=file://{into}/profile"
    command = [office, profile, "--headless", "--convert-to", ALL_SHEETS_AS_SHOWN, "--outdir", str(into), str(path)]
    environment = dict(os.environ, LC_ALL="C.UTF-8", HOME=str(into))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1_200)
    files = [into / f"{path.stem}-{name}.csv" for name in names]
    if done.returncode != 0 or not all(file.exists() for file in files):
        sys.exit(f"LibreOffice did not convert {path}: {done.stdout}{done.stderr}")
    return files


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


# Kinds of columns, seen in the formats of the workbook, as JSON cannot tell money from text.


def kinds_of(columns, sheets, path):
    """Returns each column's kind and currency: money where a number has a currency's format."""
    kinds = {}
    for objects, row in zip(lines(path), all_rows(columns, sheets, None)):
        for (name, value), cell in zip(objects.items(), row):
            if name in kinds or value is None:
                continue
            money = MONEY_FORMAT.fullmatch(cell.format)
            if isinstance(value, bool):
                kinds[name] = ("flag", "")
            elif isinstance(value, int):
                kinds[name] = ("number", "")
            elif money and DECIMAL.fullmatch(value):
                kinds[name] = ("money", " " + money[1])
            elif cell.format == "yyyy-mm-dd":
                kinds[name] = ("day", "")
            elif cell.format == "@" and not ambiguous(value, cell):
                kinds[name] = ("text", "")
        if len(kinds) == len(columns):
            break
    return {name: kinds.get(name, ("text", "")) for name in columns}


def ambiguous(value, cell):
    """True for what may be a number or a day that a workbook cannot hold as such."""
    is_large = DECIMAL.fullmatch(value) and minor(value) >= TEXT_FROM and cell.value != value
    return is_large or re.fullmatch(r"\d{4}-\d\d-\d\d", value) and value < DATE_FROM


def all_rows(columns, sheets, differences):
    """Yields the rows of the sheets one after the other, without the head that each has."""
    for number, sheet in enumerate(sheets, 1):
        rows = sheet()
        head = [cell.value if isinstance(cell, Stored) else cell for cell in next(rows, [])]
        if differences:
            differences.cell(f"head of sheet {number}", columns, head)
        yield from rows


# Comparison of a cell, for each reader.


def stored(kind, unit, value, cell):
    """What openpyxl gives for a value; a pair of what is expected and what is there."""
    got = cell.value
    if value is None or value == "":
        return None, got
    if kind == "text":
        # The escapes of ECMA-376, part 1, 22.9.2.19 (ST_Xstring), which openpyxl leaves.
        return value, unescaped(got) if isinstance(got, str) else got
    if kind == "flag":
        return int(value), got
    if kind == "day":
        if value < DATE_FROM:
            return value, got
        return datetime.datetime.fromisoformat(value), got
    text = str(value)
    if minor(text) >= TEXT_FROM:
        return text + unit, got
    # A float's shortest decimal is the number that the file has.
    is_number = isinstance(got, (int, float)) and not isinstance(got, bool)
    return Decimal(text), Decimal(repr(got)) if is_number else got


def shown(kind, unit, value, got):
    """What LibreOffice shows of a value."""
    if value is None:
        return "", got
    if kind == "flag":
        return "yes" if value else "no", got
    if kind in ("number", "money"):
        return str(value) + unit, got.replace(",", "") if isinstance(got, str) else got
    return value, got


def field(kind, _unit, value, got):
    """What a field of CSV has for a value."""
    if value is None:
        return "", got
    if kind == "flag":
        return "1" if value else "0", got
    if kind == "text":
        return ("'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value), got
    return str(value), got


def unescaped(text):
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def compare(differences, kinds, objects, rows, pair):
    """Compares rows with objects, and returns the sums of the columns of numbers and money."""
    columns = list(kinds)
    totals = {name: Decimal(0) for name, (kind, _) in kinds.items() if kind in ("number", "money")}
    nothing = object()
    for number, (values, row) in enumerate(zip_longest(objects, rows, fillvalue=nothing), 1):
        if values is nothing or row is nothing:
            differences.add(f"row {number}", *("no row", "a row") if values is nothing else ("a row", "no row"))
            continue
        differences.rows += 1
        if list(values) != columns:
            differences.add(f"row {number}", columns, list(values))
        # A reader may leave out empty cells at the end of a row.
        missing = Stored(None, "") if pair is stored else ""
        for (name, value), cell in zip(values.items(), list(row) + [missing] * (len(columns) - len(row))):
            kind, unit = kinds[name]
            differences.cell(f"row {number}, {name}", *pair(kind, unit, value, cell))
            if name in totals and value is not None:
                totals[name] += Decimal(value)
        for extra in row[len(columns):]:
            differences.add(f"row {number}", "no more cells", extra)
    return totals


def compare_about(differences, kinds, about, totals, pair):
    """Compares the number of rows and the totals on the sheet about the table with what was counted and summed."""
    facts = {}
    for row in about:
        label = row[0].value if isinstance(row[0], Stored) else row[0]
        if label and len(row) > 1:
            facts[label] = row[1]
    if "Rows" not in facts:
        differences.add("sheet about", "a number of rows", None)
    for label, cell in facts.items():
        name = label.removeprefix("Total of ")
        if label == "Rows":
            differences.cell("Rows", *pair("number", "", differences.rows, cell))
        elif label != name and name in totals:
            differences.cell(label, *pair(*kinds[name], str(totals[name]), cell))
    return sum(label.startswith("Total of ") for label in facts)


# The checks of a whole report, as functions of a file of JSON Lines.


def checks_of(options, scratch):
    """Opens what there is to compare; returns each reader's check."""
    about_name, about, sheets = read_workbook(options.book)
    columns = [cell.value for cell in next(sheets[0](), [])]
    kinds = kinds_of(columns, sheets, options.rows)
    for asked in options.kinds:
        name, _, kind = asked.partition("=")
        if kinds.get(name, ("no column", ""))[0] != kind:
            sys.exit(f"{name} is {kinds.get(name)}, not {kind}")
    print("columns: " + ", ".join(f"{name} {kind}{unit}" for name, (kind, unit) in kinds.items()))

    def check(reader, about, sheets, pair, path):
        differences = Differences(reader)
        totals = compare(differences, kinds, lines(path), all_rows(columns, sheets, differences), pair)
        count = compare_about(differences, kinds, about, totals, pair) if about else 0
        return differences, count

    checks = []
    if not options.skip_openpyxl:
        checks.append(lambda path: check("workbook", about, sheets, stored, path))
    if not options.skip_libreoffice:
        import openpyxl

        names = openpyxl.load_workbook(options.book, read_only=True).sheetnames
        files = convert(options.book.resolve(), scratch, names)
        shown_sheets = [lambda file=file: read_csv(file) for file in files[1:]]
        shown_about = list(read_csv(files[names.index(about_name)]))
        checks.append(lambda path: check("LibreOffice", shown_about, shown_sheets, shown, path))
    if options.csv:
        checks.append(lambda path: check("CSV", None, [lambda: read_csv(options.csv)], field, path))
    return kinds, checks


# Planted faults.


def one_unit_more(text):
    """An amount and one unit of its last digit."""
    return str(Decimal(text) + Decimal((0, (1,), Decimal(text).as_tuple().exponent)))


def faults(kinds):
    """Returns the changes to try: a name, the kinds of columns they are for, and how a value becomes another."""
    day_after = lambda day: str(datetime.date.fromisoformat(day) + datetime.timedelta(days=1 if day < "9999" else -1))
    plants = [
        ("one minor unit", "money", one_unit_more),
        ("one point", "number", lambda number: number + 1),
        ("one character of a text", "text", lambda text: text[:-1] + chr(ord(text[-1]) ^ 1)),
        ("a leading zero of a text", "text", lambda text: "0" + text),
        ("a day", "day", day_after),
        ("a flag", "flag", lambda flag: not flag),
        ("an empty cell", "text money number day", lambda _: None),
    ]
    for what, wanted, change in plants:
        for name, (kind, _) in kinds.items():
            if kind in wanted.split():
                yield f"{what} in {name}", name, change


def write_changed(source, target, change):
    """Writes the objects of a file anew, each as `change` returns it; none is left out."""
    with open(target, "w", encoding="utf-8", newline="\n") as file:
        for number, values in enumerate(lines(source)):
            values = change(number, values)
            if values is not None:
                file.write(json.dumps(values, ensure_ascii=False) + "\n")


def plant(options, kinds, checks, scratch):
    """Changes a value at a time, in a row near the middle; returns the number of faults that some reader missed."""
    rows = list(lines(options.rows)) or sys.exit("there is no row to plant a fault in")
    target, missed, planted = scratch / "planted.jsonl", 0, 0

    def attempt(what, change):
        nonlocal missed, planted
        planted += 1
        write_changed(options.rows, target, change)
        for run in checks:
            differences, _ = run(target)
            if not differences.found:
                missed += 1
                print(f"MISSED by {differences.reader}: {what}")

    middle = len(rows) // 2
    for what, name, change in faults(kinds):
        order = sorted(range(len(rows)), key=lambda number: abs(number - middle))
        at = next((number for number in order if rows[number][name] not in (None, "")), None)
        if at is not None:
            put = lambda number, values: {**values, name: change(values[name])} if number == at else values
            attempt(f"{what}, row {at + 1}", put)
    for what, at in [("the first row missing", 0), ("a row missing", middle), ("the last row missing", len(rows) - 1)]:
        attempt(what, lambda number, values: None if number == at else values)
    if len(rows) > 1:
        last = len(rows) - 1
        attempt("two rows swapped", lambda number, values: rows[{0: last, last: 0}.get(number, number)])
    print(f"{planted} faults planted, {missed} missed")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("book", type=Path, help="the report as .xlsx")
    parser.add_argument("rows", type=Path, help="the report as .jsonl")
    parser.add_argument("--csv", type=Path, help="the report as .csv")
    parser.add_argument("--kinds", nargs="*", default=[], metavar="COLUMN=KIND", help="fail unless they are so")
    parser.add_argument("--skip-openpyxl", action="store_true", help="leave out the stored cells of the workbook")
    parser.add_argument("--skip-libreoffice", action="store_true", help="leave out what LibreOffice shows")
    parser.add_argument("--plant", action="store_true", help="then plant faults, and fail unless each is found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        kinds, checks = checks_of(options, Path(scratch))
        found = 0
        for run in checks:
            differences, totals = run(options.rows)
            found += differences.found
            for line in differences.shown:
                print(line)
            print(
                f"{differences.reader}: {differences.cells} cells compared, {differences.rows} rows, {totals} totals, "
                f"{differences.found} differences"
            )
        if options.plant and not found:
            found = plant(options, kinds, checks, Path(scratch))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
