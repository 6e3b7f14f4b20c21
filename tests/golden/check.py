"""Recomputes the leaves and the root of entries.txt (SHA-256 over documented bytes, and RFC 9162), and reads every entry by
docs/format.md alone: each byte must belong to a field."""

import hashlib
import sys


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def node(hashes):
    """Merkle tree hash of RFC 9162, section 2.1.1, over leaf hashes."""
    if len(hashes) == 1:
        return hashes[0]
    left = 1
    while left * 2 < len(hashes):
        left *= 2
    return sha256(b"\x01", node(hashes[:left]), node(hashes[left:]))


class Bytes:
    def __init__(self, encoding):
        self.rest = encoding

    def take(self, count):
        if len(self.rest) < count:
            raise ValueError("the encoding ends too early")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken


# Each type is a function that reads one value.


def number(width, signed=False):
    return lambda data: int.from_bytes(data.take(width), "little", signed=signed)


u8, u32, i32, i64 = number(1), number(4), number(4, True), number(8, True)


def hash32(data):
    return data.take(32)


def text(data):
    return data.take(u32(data)).decode("utf-8")


def flag(data):
    return {0: False, 1: True}[u8(data)]


def optional(of):
    return lambda data: of(data) if flag(data) else None


def many(of):
    return lambda data: [of(data) for _ in range(u32(data))]


def fields(*of):
    """A struct without a version of its own."""
    return lambda data: {name: read(data) for name, read in of}


def version1(*of):
    def read(data):
        version = u8(data)
        if version != 1:
            raise ValueError(f"version {version}")
        return fields(*of)(data)

    return read


def first_or_second(first, *later):
    """A struct whose second version has further fields."""

    def read(data):
        version = u8(data)
        if version not in (1, 2):
            raise ValueError(f"version {version}")
        return fields(*first, *(later if version == 2 else ()))(data)

    return read


def either(variants):
    """An enum: a number, then what goes with it."""

    def read(data):
        chosen = u8(data)
        return chosen, variants[chosen](data)

    return read


def nothing(data):
    return None


def principal(data):
    return either({1: text, 2: text, 3: text, 4: nothing})(data)


def balances(data):
    pairs = [(u8(data), i64(data)) for _ in range(u8(data))]
    if [bucket for bucket, _ in pairs] != sorted({bucket for bucket, _ in pairs}) or any(not sum for _, sum in pairs):
        raise ValueError("balances out of order, or zero")
    return dict(pairs)


place = fields(("source", text), ("id", text))
flow = fields(("confirmed", i64), ("total", i64))
period = fields(("cap", text), ("first_day", i32), ("hour", optional(u8)))
reach = either(
    {0: fields(("before", i32), ("recorded_by", i32)), 1: fields(("since", i32), ("recorded_by", i32))}
)
claim_key = fields(("space", text), ("key", text))
move = fields(("from", u8), ("to", u8), ("amount", i64))
request = fields(("id", text), ("digest", hash32))
cap_flow = fields(("period", period), ("change", flow))
part = version1(("rule", text), ("brings", flow), ("caps", many(cap_flow)), ("passes", flow))
begun_part = fields(("rule", text), ("caps", many(period)), ("brings", flow), ("was_held_back", flag))
begun = version1(
    ("recorded_at", i64),
    ("occurred_at", i64),
    ("amount_minor", optional(i64)),
    ("declined", optional(u8)),
    ("parts", many(begun_part)),
    ("claims", optional(claim_key)),
    ("quantity", optional(i64)),
    ("is_revoked", flag),
)
reward = either(
    {
        0: fields(("points", i64)),
        1: fields(("points", i64), ("per_minor", i64), ("rounding", u8)),
        2: fields(("points", i64), ("per_quantity", i64)),
    }
)
rule = version1(
    ("id", text),
    ("kind", text),
    ("reward", reward),
    ("condition", optional(text)),
    ("cap", optional(text)),
    ("wait", optional(either({0: u32, 1: u32}))),
    ("exclusive", optional(fields(("space", text), ("holder", u8)))),
    ("follows", optional(fields(("rule", text), ("within_days", u32), ("past_cap", flag)))),
    ("from", optional(i64)),
    ("until", optional(i64)),
    ("max_points", optional(i64)),
    ("min_left_minor", optional(i64)),
)
cap = version1(("id", text), ("window", u8), ("limit_points", i64), ("within", optional(text)))
year_day = fields(("month", u8), ("day", u8))
policy = version1(("lasts", either({0: u32, 1: nothing, 2: u32})), ("not_before_days", u32), ("days", many(year_day)))
line = version1(("quantity", i64), ("unit_cost_minor", i64), ("factor_millionths", i64))
cut_off = version1(("day", i32), ("reach", reach))
adjustment = version1(("id", text), ("points", i64), ("reason", u8))
new_person = fields(("person", text), ("login", hash32))
roles_of = fields(("person", text), ("roles", many(u8)))
key = version1(
    ("id", text),
    ("service", text),
    ("digest", hash32),
    ("pepper", lambda data: data.take(8)),
    ("roles", many(u8)),
    ("sources", many(text)),
    ("expires_at", i64),
)
access_change = either({0: new_person, 1: text, 2: roles_of, 3: roles_of, 4: new_person, 5: key, 6: text})

choice = either({0: nothing, 1: nothing, 2: text})
list_terms = fields(("rows", i64), ("total_weight", i64), ("remainder_to", text))
choice_terms = fields(
    ("deadline", i64),
    ("without_choice", either({0: nothing, 1: choice})),
    ("minimum_credit_minor", i64),
    ("minimum_cash_minor", i64),
    ("charities", many(text)),
    ("match_millionths", i64),
    ("match_cap_minor", i64),
    ("takes_carried", flag),
)
lot = fields(("payout", text), ("of", text), ("source", u8))
outcome = either({0: choice, 1: nothing, 2: nothing, 3: nothing, 4: nothing, 5: nothing, 6: text})
tally = fields(("lots", i64), ("minor", i64))
payment = fields(("batch", text), ("number", u32))
destination = fields(("seq", i64), ("fingerprint", hash32))
debtor = fields(("name", text), ("account", text), ("bic", text))
payee = fields(("kind", u8), ("fingerprint", hash32))
tallies = fields(
    ("credit", tally),
    ("cash", tally),
    ("below_minimum", tally),
    ("unchosen", tally),
    ("withheld", tally),
    ("moved", tally),
    ("lapsed", tally),
    ("donated", many(fields(("charity", text), ("tally", tally)))),
)

fact = either(
    {
        0: version1(
            ("currency", text), ("time_zone", text), ("debt_limit_points", i64), ("adjustment_limit_points", i64)
        ),
        1: version1(
            ("version", u32),
            ("in_force_from", i64),
            ("rules", many(rule)),
            ("caps", many(cap)),
            ("expiry", optional(policy)),
        ),
        2: version1(
            ("kind", text),
            ("counterparty", optional(text)),
            ("subject", optional(text)),
            ("amount_minor", optional(i64)),
            ("exclusive_key", optional(text)),
            ("follows", optional(text)),
            ("claims", optional(either({0: text, 1: text}))),
            ("due_at", optional(i64)),
            ("parts", many(part)),
            ("utc_offset_s", i32),
            ("excess_minor", i64),
            ("quantity", optional(i64)),
            ("excess_quantity", i64),
            ("is_revoked", flag),
            ("given_back", i64),
        ),
        3: version1(
            ("source", text),
            ("activity", text),
            ("kind", optional(text)),
            ("refunded_minor", i64),
            ("begins", optional(begun)),
            ("is_displaced", flag),
            ("due_at", optional(i64)),
            ("parts", many(part)),
            ("excess_minor", i64),
            ("refunded_quantity", i64),
            ("excess_quantity", i64),
            ("is_revoked", flag),
            ("is_reversed", flag),
            ("is_penalty", flag),
            ("given_back", i64),
        ),
        4: version1(
            ("id", text),
            ("first_day", i32),
            ("last_day", i32),
            ("lines", many(line)),
            ("programme_cost_minor", i64),
            ("redeemed_at_till_minor", i64),
            ("community_share_millionths", i64),
        ),
        5: text,
        6: first_or_second(
            (("id", text), ("statement", text), ("last_day", i32), ("mode", u8), ("pool_minor", i64)),
            ("rate_millionths", i64),
            ("minimum_share_minor", i64),
            ("list", optional(list_terms)),
            ("choices", optional(choice_terms)),
        ),
        7: version1(("payout", text), ("through", text)),
        8: version1(("payout", text), ("digest", hash32)),
        9: text,
        10: version1(("payout", text), ("source", text), ("activity", text), ("kind", text), ("is_penalty", flag)),
        11: adjustment,
        12: version1(("of", adjustment), ("payout", optional(text))),
        13: version1(("reason", optional(u8))),
        14: version1(("from", text), ("into", text)),
        15: version1(
            ("place", place), ("subject", optional(text)), ("expires_at", i64), ("given_back", i64), ("made_good", i64), ("min_age_days", u32)
        ),
        16: version1(("place", place), ("spending", u8), ("subject", optional(text)), ("made_good", i64), ("min_age_days", u32)),
        17: version1(("cut_off", cut_off), ("through", optional(text)), ("as_of", i64)),
        18: cut_off,
        19: version1(("digest", hash32), ("count", u32)),
        20: version1(("id", text), ("from", text), ("into", text), ("approved", optional(hash32))),
        21: version1(("persons", many(new_person))),
        22: version1(("id", text), ("change", access_change)),
        23: version1(("opted_out", flag), ("labels", many(text))),
        24: version1(("statement", text), ("digest", hash32)),
        25: version1(("choice", optional(choice))),
        26: version1(("payout", text), ("of", text), ("weight", i64)),
        27: version1(("lot", lot), ("minor", i64), ("decided", optional(fields(("payout", text), ("outcome", outcome))))),
        28: version1(("payout", text), ("as_of", i64), ("digest", hash32), ("tallies", tallies)),
        29: version1(("id", text), ("debt_limit_points", optional(i64)), ("adjustment_limit_points", optional(i64))),
        30: version1(("id", text), ("withheld", tally), ("approved", optional(hash32))),
        31: version1(
            ("id", text), ("format", u8), ("message", text), ("pay_on", optional(i32)), ("debtor", optional(debtor))
        ),
        32: version1(("batch", text), ("through", text)),
        33: version1(("batch", text), ("digest", hash32), ("payments", i64), ("minor", i64)),
        34: text,
        35: version1(("payment", payment), ("lot", lot), ("minor", i64), ("to", optional(destination))),
        36: version1(
            ("payment", payment),
            ("reported", either({0: nothing, 1: u8, 2: u8, 3: nothing})),
            ("fee_minor", i64),
            ("reference", text),
            ("code", text),
            ("on", optional(i32)),
        ),
        37: version1(("set", optional(payee)), ("drawn", many(payment)), ("erased", many(i64))),
        38: payment,
    }
)
entry = fields(
    ("seq", i64),
    ("kind", u8),
    ("source", text),
    ("command", u8),
    ("request", optional(request)),
    ("member", optional(text)),
    ("prev_seq", i64),
    ("movement", optional(move)),
    ("occurred_at", i64),
    ("local_day", i32),
    ("recorded_at", i64),
    ("refers", optional(i64)),
    ("rule_version", u32),
    ("rule", optional(text)),
    ("raw_points", i64),
    ("reason", optional(u8)),
    ("balance_after", balances),
    ("fact", fact),
    ("note_digest", optional(hash32)),
    ("principal", principal),
)

SECRET = bytes([7] * 32)
PROGRAM = b"qc"
FORMAT = 1
# The one note of the vectors whose text is known: what the lines of the savings statement say.
NOTE_SALT = bytes([5] * 16)
NOTE = b"\x01" + (1).to_bytes(4, "little") + b"".join(len(t).to_bytes(4, "little") + t for t in (b"answers", b"ticket 7"))

leaves = []
balance_of = {}
last_of = {}
for line_read in open("entries.txt"):
    encoding, expected = line_read.split()
    if encoding == "root":
        if node(leaves).hex() != expected:
            sys.exit("the root is another")
        continue
    seq = len(leaves) + 1
    salt = sha256(b"goodturn salt v1", SECRET, seq.to_bytes(8, "little"))[:16]
    program = len(PROGRAM).to_bytes(4, "little") + PROGRAM
    leaf = sha256(b"\x00", FORMAT.to_bytes(8, "little"), salt, program, bytes.fromhex(encoding))
    if leaf.hex() != expected:
        sys.exit(f"leaf {seq} is another")
    leaves.append(leaf)

    data = Bytes(bytes.fromhex(encoding))
    read = entry(data)
    if data.rest or read["seq"] != seq:
        sys.exit(f"entry {seq} is not read to its end: {read}")
    member = read["member"]
    if member is None:
        continue
    # What is read means what it says: balances are the sums of the moves, and each entry names the one before.
    sums = balance_of.setdefault(member, {})
    if read["movement"]:
        moved = read["movement"]
        sums[moved["from"]] = sums.get(moved["from"], 0) - moved["amount"]
        sums[moved["to"]] = sums.get(moved["to"], 0) + moved["amount"]
    if read["balance_after"] != {bucket: sum for bucket, sum in sums.items() if sum}:
        sys.exit(f"the balances after entry {seq} are others")
    if read["prev_seq"] != last_of.get(member, 0):
        sys.exit(f"entry {seq} follows another")
    last_of[member] = seq

declared = sha256(b"goodturn note v1", NOTE_SALT, NOTE)
if not any(declared.hex() in line_read for line_read in open("entries.txt")):
    sys.exit("the note of the savings statement has another digest")
print(f"{len(leaves)} leaves and the root are right, and every byte of the entries is read")
