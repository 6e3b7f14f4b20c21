"""Receipts, and whether the ledger still holds what each of them says."""

import collections
import json
import statistics
import threading
import time

from cluster import PROGRAM
from machines import BEGUN

PAGE = 1_000
SHOWN_MAX = 5


class Receipts:
    """The file that callers write, read as it grows."""

    def __init__(self, path):
        self.path, self.position, self.acked, self.given_up = path, 0, [], []
        self.lock = threading.Lock()
        path.touch()

    def read(self):
        with self.lock, open(self.path, "rb") as file:
            file.seek(self.position)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self.position += len(line)
                receipt = json.loads(line)
                (self.given_up if "given_up" in receipt else self.acked).append(receipt)
        return self.acked

    def any_begun_after(self, moment):
        return any(receipt["began"] > moment for receipt in self.read()[-200:])

    def acked_between(self, begun, ended):
        return sum(1 for receipt in self.read() if begun <= receipt["at"] <= ended)


def entries(cluster):
    """Reads the whole log through a server, as its callers see it."""
    token, more, found = cluster.token("anna"), "", []
    while True:
        request = {"parent": PROGRAM, "page_size": PAGE, "page_token": more}
        page = json.loads(cluster.call(token, "Ledger/ListEntries", request, timeout=120))
        found.extend(page.get("entries", []))
        more = page.get("nextPageToken", "")
        if not more:
            return found


def compare(receipts, log):
    """Yields what is wrong, as (kind, id, what): a receipt that is `lost`, a command that is `doubled` or `unknown`."""
    by_id = {}
    for place, entry in enumerate(log, 1):
        if int(entry["seq"]) != place:
            yield "lost", f"seq {place}", f"the log has {entry['seq']} in its place"
        if entry["kind"] != "activity_recorded":
            continue
        if entry["requestId"] in by_id:
            yield "doubled", entry["requestId"], f"seqs {by_id[entry['requestId']]['seq']} and {entry['seq']}"
        by_id[entry["requestId"]] = entry
    for receipt in receipts:
        entry = by_id.pop(receipt["id"], None)
        if entry is None:
            yield "lost", receipt["id"], "it is not in the log"
            continue
        activity = entry["activity"]
        stored = {
            "seq": int(entry["seq"]), "entry": entry["name"], "member": entry["memberId"], "kind": activity["kind"],
            "subject": activity["subject"], "occurred_at": nanoseconds(entry["occurredAt"]), "points": int(entry["amount"]),
            "recorded_at": nanoseconds(entry["recordedAt"]),
        }  # fmt: skip
        wrong = {name: (receipt[name], value) for name, value in stored.items() if receipt[name] != value}
        if wrong:
            yield "lost", receipt["id"], f"the receipt and the log differ: {wrong}"
    for left in by_id:
        yield "unknown", left, "it is in the log, and nobody has a receipt"


def nanoseconds(text):
    """Reads a time as JSON has it, `2026-11-30T20:45:21.262116Z`."""
    whole, _, part = text.removesuffix("Z").partition(".")
    seconds = int(time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone)
    return seconds * 1_000_000_000 + int(part.ljust(9, "0") or 0)


def same_everywhere(cluster):
    """Returns the number of entries and their digest, which every database must have the same."""
    digest = "select count(*), md5(string_agg(encode(leaf_hash, 'hex'), '' order by seq)) from entry"
    found = {node.name: cluster.sql(node, digest) for node in cluster.nodes}
    if len(set(found.values())) != 1:
        raise AssertionError(f"the databases differ: {found}")
    return next(iter(found.values()))


def verify(cluster, node):
    """Runs `goodturn verify` on the database of one machine, be it a standby."""
    url = cluster.url("goodturn_owner", cluster.owner_password, node.address, 5432)
    return cluster.goodturn(node, "verify", "--database", url, timeout=600)


def ends(cluster):
    """Returns how often a server gave up its start, and each end of one that served which was not in good order."""
    gave_up, wrong = 0, []
    for node in cluster.nodes:
        log = (node.place / "log/goodturn").read_text(encoding="utf-8", errors="replace")
        served = False
        for line in log.splitlines():
            served = (served or " listening on https://" in line) and line != BEGUN.strip()
            if not line.startswith("== ended with "):
                continue
            if served and line != "== ended with 0":
                wrong.append(f"the server of {node.name} {line.removeprefix('== ')}")
            gave_up += not served
            served = False
    return gave_up, wrong


def told(acked):
    """Yields what callers were told, the most frequent first."""
    codes = collections.Counter(code for receipt in acked for code in receipt["codes"])
    for code, count in codes.most_common():
        yield f"- {count} times {code}"


def lines(events, acked, lost):
    """Yields a line of the table for each kind of event."""
    kinds = {}
    for event in events:
        kinds.setdefault(event.kind, []).append(event)
    at = sorted(receipt["at"] for receipt in acked)
    for kind, those in kinds.items():
        inside = [receipt for receipt in acked if any(e.begun <= receipt["at"] <= e.ended for e in those)]
        gaps = [longest_gap(at, event) for event in those]
        missing = sum(receipt["id"] in lost for receipt in inside)
        slowest = max((receipt["at"] - receipt["began"] for receipt in inside), default=0)
        moved = sum(event.moved for event in those)
        figures = f"{max(gaps):.1f} s | {statistics.median(gaps):.1f} s | {slowest:.1f} s | {moved}"
        yield f"| {kind} | {len(those)} | {len(inside):,} | {missing} | {figures} |"
    moved = sum(event.moved for event in events)
    yield f"| all of it, and the time between | {len(events)} | {len(acked):,} | {len(lost)} | | | | {moved} |"


def longest_gap(at, event):
    """Returns the longest time in an event without a receipt for anybody."""
    inside = [moment for moment in at if event.begun <= moment <= event.ended]
    moments = [event.begun, *inside, event.ended]
    return max(later - earlier for earlier, later in zip(moments, moments[1:]))
