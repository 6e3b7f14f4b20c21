"""Checks payment files against what two persons signed, by the documents of the formats alone.

Usage: python check_files.py [--strict --gbic XSD] credit|paypal|uk_bank|pain001 EXPECTED.csv FILE...
EXPECTED.csv has a line for each payment. The files, in the order given, must be exactly these payments in this order.
Prints a line for each fault and exits with 1; or says the sum and exits with 0. Needs lxml, and sepaxml for its XSD.
"""

import argparse
import csv
import hashlib
import importlib.resources
import io
import pathlib
import re
import sys
from decimal import Decimal

from lxml import etree

EXPECTED = "payment,member,amount,currency,receiver,holder,sort_code,account_number,iban,bic".split(",")
COLUMNS = {
    "credit": "payment,member,amount,currency,reference".split(","),
    "paypal": "recipient,amount,currency,customer id,note,wallet".split(","),
    "uk_bank": "sort_code,account_number,name,reference,amount".split(","),
}
IDS = {"credit": "payment", "paypal": "customer id", "uk_bank": "reference", "pain001": "PmtId/EndToEndId"}
AMOUNTS, NOTES = ("amount", "Amt/InstdAmt"), ("note", "RmtInf/Ustrd")
CURRENCIES = {"uk_bank": "GBP", "pain001": "EUR|GBP"}
SHOWN_MAX, PAYPAL_ROWS_MAX = 20, 5_000
# Places behind the point, by ISO 4217; all other currencies have two. PayPal pays two of them whole.
PLACES = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
PLACES |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3) | {"CLF": 4, "UYW": 4}
PAYPAL_WHOLE = ("HUF", "TWD")
NS = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
faults = []


def fault(place, text):
    faults.append(f"{place}: {text}")


def is_payment_id(text):
    check = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[hashlib.sha256(text[:17].encode()).digest()[0] >> 3]
    return re.fullmatch("[A-Z2-7]{18}", text) is not None and text[17] == check


def amount_of(text, places):
    """Reads an amount written the one way it can be: all places, no sign, no zero in front. 0 when it is not."""
    form = "(0|[1-9][0-9]*)" + (rf"\.[0-9]{{{places}}}" if places else "")
    return Decimal(text) if re.fullmatch(form, text) else Decimal(0)


def read_csv(path, content):
    try:
        return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as problem:
        fault(path, f"is no CSV in UTF-8: {problem}")
        return []


def read_expected(path, kind):
    """Reads what was signed: rows by payment, and the currency of all of them."""
    lines = read_csv(path, pathlib.Path(path).read_bytes())
    if len(lines) < 2 or lines.pop(0) != EXPECTED or {len(line) for line in lines} != {len(EXPECTED)}:
        fault(path, f"needs the header {','.join(EXPECTED)} and lines of as many fields")
        return {}, ""
    rows, members, currency = {}, set(), lines[0][3]
    for number, line in enumerate(lines, 2):
        place, row = f"{path} line {number}", dict(zip(EXPECTED, line))
        if row["payment"] in rows or row["member"] in members or not row["member"]:
            fault(place, f"payment {row['payment']!r} or member {row['member']!r} stands there twice, or is missing")
        payable = row["currency"] == currency and re.fullmatch(CURRENCIES.get(kind, "[A-Z]{3}"), currency)
        if not payable or not amount_of(row["amount"], PLACES.get(currency, 2)):
            fault(place, f"{row['amount']!r} {row['currency']!r} cannot be paid by {kind}")
        # Every bank takes these characters; the field of UK banks has room for 18.
        uk = re.fullmatch("[0-9]{6},[0-9]{8}", ",".join(line[6:8])) is not None
        holder = re.fullmatch(f"[A-Za-z0-9/?:().,'+ -]{{1,{18 if uk else 70}}}", row["holder"])
        iban = re.fullmatch("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", row["iban"]) is not None
        if not {"credit": True, "paypal": row["receiver"], "uk_bank": holder and uk}.get(kind, holder and uk != iban):
            fault(place, f"has no destination for {kind}, or two")
        rows[row["payment"]] = row
        members.add(row["member"])
    return rows, currency


def due_fields(kind, row):
    """Returns the fields of a payment as its format must have them; None is any one text."""
    payment, member, amount, currency, receiver, holder, sort_code, account_number, iban, bic = row.values()
    if kind != "pain001":
        whole = amount.removesuffix(".00") if currency in PAYPAL_WHOLE else amount
        return dict(zip(COLUMNS[kind], {
            "credit": (payment, member, amount, currency, payment),
            "paypal": (receiver, whole, currency, payment, None, "PAYPAL"),
            "uk_bank": (sort_code, account_number, holder, payment, amount),
        }[kind]))
    due = {IDS[kind]: payment, "Amt/InstdAmt": amount, "Amt/InstdAmt@Ccy": currency, "Cdtr/Nm": holder}
    if iban:
        return due | {"CdtrAcct/Id/IBAN": iban} | ({"CdtrAgt/FinInstnId/BICFI": bic} if bic else {})
    bank = "CdtrAgt/FinInstnId/ClrSysMmbId/"
    return due | {f"{bank}ClrSysId/Cd": "GBDSC", f"{bank}MmbId": sort_code, "CdtrAcct/Id/Othr/Id": account_number}


def differences(place, found, due):
    """Compares fields: each that is due exactly once and as it is due, and no other."""
    for name in dict.fromkeys([*due, *(name for name, _ in found)]):
        texts = [text for other, text in found if other == name]
        if len(texts) != (name in due) or due.get(name) not in (None, *texts):
            wanted = "nothing" if name not in due else "one text" if due[name] is None else repr(due[name])
            fault(place, f"{name} is {', '.join(map(repr, texts)) or 'missing'}, not {wanted}")


def read_rows(kind, path, content):
    """Reads a CSV file: (place, [(column, text)]) of each payment."""
    names = COLUMNS[kind]
    if re.search(rb"\r|\0|\A\xef\xbb\xbf|(?<!\n)\Z", content):
        fault(path, "has a carriage return, a NUL or a byte order mark, or does not end with a line feed")
    lines = read_csv(path, content)
    if kind != "paypal" and (not lines or lines.pop(0) != names):
        fault(path, f"does not begin with the header {','.join(names)}")
    if kind == "paypal" and not 1 <= len(lines) <= PAYPAL_ROWS_MAX:
        fault(path, f"has {len(lines)} rows; PayPal takes 1 to {PAYPAL_ROWS_MAX}")
    names = [*names, *["surplus"] * max(map(len, lines), default=0)]
    return [(f"{path} payment {number}", list(zip(names, line))) for number, line in enumerate(lines, 1)]


def leaves(element, path=""):
    """Yields (path, text) of all texts and attributes within an element, but not of payments and addresses."""
    yield from ((f"{path}@{name}", value) for name, value in element.attrib.items())
    if len(element) == 0:
        yield path, element.text or ""
    for child in element:
        name = child.tag.removeprefix(NS) if isinstance(child.tag, str) else "comment"
        if name not in ("CdtTrfTxInf", "PstlAdr"):
            yield from leaves(child, f"{path}/{name}" if path else name)


def read_message(path, content, currency, schemas):
    """Reads a pain.001 file and checks what it says once: (place, [(element, text)]) of each payment."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    root = etree.fromstring(content or b" ", parser)  # What is no XML is read as far as it goes.
    for error in parser.error_log:
        fault(f"{path} line {error.line}", f"is no XML: {error.message}")
    info = root.getroottree().docinfo if root is not None else None
    if info is None or info.encoding != "UTF-8" or info.doctype:
        fault(path, "has no element, is not in UTF-8, or has a document type")
        return []
    for error in [error for schema in schemas if not schema.validate(root) for error in schema.error_log]:
        fault(f"{path} line {error.line}", f"by the schema: {error.message.replace(NS, '')}")
    transfers = root.findall(f"{NS}CstmrCdtTrfInitn/{NS}PmtInf/{NS}CdtTrfTxInf")
    rows = [(f"{path} payment {number}", list(leaves(transfer))) for number, transfer in enumerate(transfers, 1)]
    total = sum(amount_of(text, 2) for _, found in rows for name, text in found if name in AMOUNTS)
    head, block, is_euro = "CstmrCdtTrfInitn/GrpHdr/", "CstmrCdtTrfInitn/PmtInf/", currency == "EUR"
    # The debtor's account and bank are not in EXPECTED.csv: the schema alone says how they are.
    unknown = (f"{block}DbtrAcct/Id/", f"{block}DbtrAgt/FinInstnId/")
    found = [leaf for leaf in leaves(root) if not leaf[0].startswith(unknown)]
    due = dict.fromkeys([f"{head}MsgId", f"{head}CreDtTm", f"{head}InitgPty/Nm", f"{block}ReqdExctnDt/Dt"])
    due |= dict.fromkeys([f"{head}NbOfTxs", f"{block}NbOfTxs"], str(len(rows)))
    due |= dict.fromkeys([f"{head}CtrlSum", f"{block}CtrlSum"], f"{total:.2f}")
    due |= {f"{block}PmtMtd": "TRF", f"{block}ChrgBr": "SLEV" if is_euro else "SHAR"}
    due |= {f"{block}PmtTpInf/SvcLvl/Cd": "SEPA"} if is_euro else {}
    same = {f"{block}PmtInfId": f"{head}MsgId", f"{block}Dbtr/Nm": f"{head}InitgPty/Nm"}
    differences(path, found, due | {name: dict(found).get(other) for name, other in same.items()})
    return rows


def check_rows(kind, rows, expected, currency):
    """Compares what the files pay with what was signed; returns the sum of the files."""
    places = 0 if kind == "paypal" and currency in PAYPAL_WHOLE else PLACES.get(currency, 2)
    total, seen = Decimal(0), {}
    all_notes = [{name: text for name, text in found if name in NOTES} for _, found in rows]
    for (place, found), note in zip(rows, all_notes):
        payment = dict(found).get(IDS[kind], "")
        total += sum(amount_of(text, places) for name, text in found if name in AMOUNTS)
        # PayPal takes a note of 400 characters, without control characters; the schema has a shorter one.
        if note != all_notes[0] or not re.fullmatch(r"[^\0-\x1f\x7f-\x9f]{0,400}", "".join(note.values())):
            fault(place, f"{note} cannot be, or is not as of the first payment: {all_notes[0]}")
        if not is_payment_id(payment):
            fault(place, f"{payment!r} is no payment id: 18 characters, the last of which checks the others")
        if payment in seen:
            fault(place, f"payment {payment!r} stands there twice, before as {seen[payment]}")
        seen.setdefault(payment, place)
        if payment in expected:
            differences(place, found, due_fields(kind, expected[payment]) | dict.fromkeys(note))
        else:
            fault(place, f"payment {payment!r} was not signed")
    faults.extend(f"{payment}: was signed and is in no file" for payment in expected if payment not in seen)
    for payment, due in zip([id for id in seen if id in expected], [id for id in expected if id in seen]):
        if payment != due:
            fault(seen[payment], f"payment {payment} stands where {due} was signed")
    due_total = sum(amount_of(row["amount"], PLACES.get(currency, 2)) for row in expected.values())
    if total != due_total or len(rows) != len(expected):
        fault("all", f"{len(rows)} payments, {total} {currency}, not {len(expected)} payments, {due_total} {currency}")
    return total


def main():
    parser = argparse.ArgumentParser(description="Checks payment files against what was signed.")
    parser.add_argument("--strict", action="store_true", help="pain001: validate by the schema of --gbic too")
    parser.add_argument("--gbic", metavar="XSD", help="path of pain.001.001.09_GBIC_5.xsd; it is for euros alone")
    parser.add_argument("format", choices=IDS)
    parser.add_argument("expected", metavar="EXPECTED.csv")
    parser.add_argument("files", metavar="FILE", nargs="+")
    args = parser.parse_args()
    if args.strict != bool(args.gbic):
        parser.error("--strict and --gbic go together")
    kind, (expected, currency) = args.format, read_expected(args.expected, args.format)
    iso = importlib.resources.files("sepaxml").joinpath("schemas/pain.001.001.09.xsd").read_bytes()
    schemas = [etree.XMLSchema(etree.fromstring(iso)), *([etree.XMLSchema(file=args.gbic)] if args.gbic else [])]
    rows = []
    for path, content in [(path, pathlib.Path(path).read_bytes()) for path in args.files]:
        rows += read_rows(kind, path, content) if kind in COLUMNS else read_message(path, content, currency, schemas)
    total = check_rows(kind, rows, expected, currency)
    print("\n".join(faults[:SHOWN_MAX]) or f"{len(rows)} payments, {total} {currency}: right")
    if len(faults) > SHOWN_MAX:
        print(f"{len(faults)} faults; {len(faults) - SHOWN_MAX} are not shown")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
