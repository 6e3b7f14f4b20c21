"""Lets mock-bank 0.9.0 (PyPI, MIT) answer a pain.001: a bank that is not ours.

    python mock_bank.py PAIN001.xml OUT_FOLDER PLAN.json

PLAN.json, where each key may be left out:

    {"reject": {"PAYMENT_ID": "AC04"}, "return": {"PAYMENT_ID": "AC06"}, "duplicate": true, "reject_file": false}

Payments in "reject" are refused with that code. All others are booked; those in "return" come back two business days
later with that reason. "duplicate" sends the file a second time after it was booked. "reject_file" makes the bank
refuse the file as a whole. Each answer lands in OUT_FOLDER, numbered as the bank made them, and is named on the output.

The exit code is 0 only when each payment ended as planned. The bank lives in this process, on a port that the system
picks, and ends with it. Its clock starts at the day of the file and moves only when it is told to, so that the same
input gives the same bytes, on each day and in each zone.
"""
import contextlib
import datetime
import http.client
import json
import pathlib
import re
import sys
import threading
import xml.etree.ElementTree as ET

import mockbank
from mockbank import accounts, db, schema, validate

KEPT = ("pain.002", "camt.054", "camt.053")
RETURN_DAYS = 2
# Minor units: ten million million, more than any file of ours pays.
BALANCE = 10 ** 15
STILL = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


class Sent:
    """What we need to know of the file, in any version of pain.001."""

    def __init__(self, content):
        self.content = content
        root = ET.fromstring(content)
        self.payments = [at(tx, "PmtId", "EndToEndId") for tx in root.findall(".//{*}CdtTrfTxInf")]
        if not self.payments:
            sys.exit("the file holds no payments")
        groups = root.findall(".//{*}PmtInf")
        self.first_day = min(datetime.date.fromisoformat(at(group, "ReqdExctnDt")[:10]) for group in groups)
        while self.first_day.weekday() >= 5:
            self.first_day += datetime.timedelta(days=1)
        self.debtors = {}
        for group in groups:
            iban = at(group, "DbtrAcct", "Id", "IBAN")
            number = at(group, "DbtrAcct", "Id", "Othr", "Id")
            if not iban:
                # The bank finds an account by its number, but each has to have an IBAN too.
                sort_code = at(group, "DbtrAgt", "FinInstnId", "ClrSysMmbId", "MmbId")
                iban = db.iban("GB", "MOCK" + sort_code.zfill(6) + number.zfill(8))
            currency = group.find(".//{*}InstdAmt").get("Ccy")
            self.debtors[iban] = {"iban": iban, "account_number": number, "currency": currency, "balance": BALANCE}


def at(element, *names):
    """The text at a path; "" where there is none."""
    found = element.find("/".join("{*}" + name for name in names))
    return "" if found is None else "".join(found.itertext()).strip()


class Plan:
    """What the bank is to do."""

    def __init__(self, told, sent):
        self.reject, self.back = told.pop("reject", {}), told.pop("return", {})
        self.duplicate, self.reject_file = told.pop("duplicate", False), told.pop("reject_file", False)
        named = self.reject.keys() | self.back.keys()
        if unknown := sorted(told) + sorted(named - set(sent.payments)):
            sys.exit(f"unknown in the plan: {unknown}")
        if self.reject.keys() & self.back.keys() or (named and self.reject_file):
            sys.exit("the plan wants two ends for a payment")
        for code in [*self.reject.values(), *self.back.values()]:
            # FF01 for a payment makes mock-bank refuse the whole file.
            if not re.fullmatch(r"[A-Z0-9]{4}", code) or code == "FF01":
                sys.exit(f"the bank cannot give the code {code!r} for a payment")
        ends = {payment: ("rejected", code) for payment, code in self.reject.items()}
        ends.update((payment, ("returned", code)) for payment, code in self.back.items())
        # A file that is refused as a whole leaves the bank no payments.
        held = [] if self.reject_file else sent.payments
        self.ends = sorted((payment, *ends.get(payment, ("booked", ""))) for payment in held)


def teach(plan):
    """Makes the bank follow the plan, payment by payment. All else it decides and writes itself."""
    # Its own accounts are no business of ours: each would get a statement each day.
    db.SEED = []
    # It writes only reasons that it knows, and it does not know all that there are.
    for kind, codes in ("Status", plan.reject.values()), ("Return", plan.back.values()):
        for code in codes:
            schema.CODE_SETS[f"External{kind}Reason1Code"].setdefault(code, "from the plan")
    inspect, schedule_returns = validate.inspect, accounts.schedule_returns

    def inspect_as_planned(*given):
        """A refused payment: one more finding about it, beside those of the bank's own checks."""
        file, findings = inspect(*given)
        for payment in file.payments if file else []:
            if payment.end_to_end_id in plan.reject:
                code = plan.reject[payment.end_to_end_id]
                findings.append(validate.Finding("error", payment.path, code, f"refused with {code}"))
        return file, findings

    def schedule_returns_as_planned(conn, booked, clock):
        """A returned payment: an account has one reason at a time, so it is set anew for each of them."""
        for row in booked:
            if row["end_to_end_id"] in plan.back:
                parameters = {"days": RETURN_DAYS, "reason": plan.back[row["end_to_end_id"]]}
                accounts.update(conn, row["account_id"], {"behaviour": "return-later", "parameters": parameters})
                schedule_returns(conn, [row], clock)
                accounts.update(conn, row["account_id"], {"behaviour": "accept", "parameters": {}})

    validate.inspect, accounts.schedule_returns = inspect_as_planned, schedule_returns_as_planned


class Bank:
    """A running mock-bank."""

    def __init__(self, first_day):
        self.server = mockbank.make_server(mockbank.Config(port=0, quiet=True, clock=f"{first_day}T09:00"))
        self.server.state.clock.real = lambda: STILL
        self.server.state.reset()
        self.today = str(first_day)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def call(self, method, path, body=None, expected=200):
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        with contextlib.closing(http.client.HTTPConnection(*self.server.server_address, timeout=60)) as connection:
            connection.request(method, path, content)
            answer = connection.getresponse()
            told = answer.read().decode()
        if answer.status != expected:
            raise RuntimeError(f"{method} {path}: {answer.status} {told.strip()}")
        return json.loads(told)

    def next_day(self):
        # One day at a time: after a longer jump, all statements come behind all bookings.
        self.today = self.call("POST", "/_mock/advance?days=1")["to"][:10]

    def wait_for(self, field):
        """Moves the clock to the last day that this field of the payments names."""
        last = max([row[field] or "" for row in self.call("GET", "/_mock/payments")], default="")
        while self.today < last:
            self.next_day()


def end(row):
    """How a payment ended."""
    status, why = row["status"], row["return_reason"] if row["status"] == "returned" else row["reason"]
    return row["end_to_end_id"], "booked" if status == "accepted" and row["booked_at"] else status, why or ""


def drive(bank, sent, plan):
    """Plays the plan, and returns the messages and what did not go as planned."""
    behaviour = "reject-file" if plan.reject_file else "accept"
    for place, account in enumerate(sent.debtors.values(), 1):
        bank.call("POST", "/_mock/accounts", {"id": f"PAYER{place}", "behaviour": behaviour, **account}, 201)
    bank.call("POST", "/payments", sent.content, 422 if plan.reject_file else 202)
    bank.wait_for("settlement_date")
    if plan.duplicate:
        bank.call("POST", "/payments", sent.content, 422)
    bank.wait_for("return_due")
    # The statement of a day comes when the day is over.
    bank.next_day()
    problems = [f"not written: {row['type']}: {row['problem']}" for row in bank.call("GET", "/_mock/unsent")]
    ended = sorted(map(end, bank.call("GET", "/_mock/payments")))
    if ended != plan.ends:
        problems.append(f"not as planned: {sorted(set(ended) ^ set(plan.ends)) or 'a payment stands twice'}")
    return bank.call("GET", "/_mock/messages"), problems


def main(pain001, out, plan):
    sent = Sent(pathlib.Path(pain001).read_bytes())
    plan = Plan(json.loads(pathlib.Path(plan).read_bytes()), sent)
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    if any(out.glob("[0-9][0-9]*-*.xml")):
        sys.exit("the folder has answers already")
    teach(plan)
    with contextlib.closing(Bank(sent.first_day)) as bank:
        messages, problems = drive(bank, sent, plan)
    kept = [(message["type"][:8], message["body"]) for message in messages if message["type"].startswith(KEPT)]
    for place, (kind, body) in enumerate(kept, 1):
        (out / f"{place:02}-{kind}.xml").write_bytes(body.strip().encode() + b"\n")
        print(f"{place:02}-{kind}.xml {kind}")
    sys.exit("\n".join(problems) or 0)


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) == 4 else sys.exit("usage: mock_bank.py PAIN001.xml OUT_FOLDER PLAN.json")
