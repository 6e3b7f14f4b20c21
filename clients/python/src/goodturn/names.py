"""Names of resources, and times."""

import re
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

_ID = re.compile(r"[A-Za-z0-9\-._~:@+=]{1,128}")


def _joined(*parts: str) -> str:
    for part in parts[1::2]:
        if not _ID.fullmatch(part):
            raise ValueError(f"{part!r} is no id: 1 to 128 of A–Z a–z 0–9 - . _ ~ : @ + =")
    return "/".join(parts)


def program_name(program: str) -> str:
    return _joined("programs", program)


def rule_set_name(program: str, version: int) -> str:
    return _joined("programs", program, "ruleSets", str(version))


def member_name(program: str, member: str) -> str:
    return _joined("programs", program, "members", member)


def activity_name(program: str, source: str, activity: str) -> str:
    return _joined("programs", program, "sources", source, "activities", activity)


def hold_name(program: str, source: str, hold: str) -> str:
    return _joined("programs", program, "sources", source, "holds", hold)


def redemption_name(program: str, source: str, redemption: str) -> str:
    return _joined("programs", program, "sources", source, "redemptions", redemption)


def time(when: datetime) -> Timestamp:
    """The time of a `datetime` that knows its zone."""
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no zone: give one, as datetime.now(UTC)")
    stamp = Timestamp()
    stamp.FromDatetime(when)
    return stamp


def moment(when: Timestamp) -> datetime:
    """The `datetime` of a time, in UTC."""
    return when.ToDatetime(UTC)
