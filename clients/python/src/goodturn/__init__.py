"""A client of Goodturn: `goodturn.connect(…)` for threads, `goodturn.aio.connect(…)` for asyncio.

Messages are in `goodturn.v1`, as `from goodturn.v1.ledger_pb2 import Activity`.
"""

from goodturn import aio
from goodturn.client import Client, connect
from goodturn.errors import GoodturnError, Violation
from goodturn.names import activity_name, hold_name, member_name, moment, program_name, redemption_name, rule_set_name, time
from goodturn.patience import Patience
from goodturn.reasons import Reason

__all__ = [
    "Client",
    "GoodturnError",
    "Patience",
    "Reason",
    "Violation",
    "activity_name",
    "aio",
    "connect",
    "hold_name",
    "member_name",
    "moment",
    "program_name",
    "redemption_name",
    "rule_set_name",
    "time",
]
