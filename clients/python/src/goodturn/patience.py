"""How often and how long a call is tried."""

import random
import time
from dataclasses import dataclass

from goodturn.errors import GoodturnError

_FIRST_WAIT_S = 0.1
_WAIT_S_MAX = 5.0


@dataclass(frozen=True)
class Patience:
    """How often a call is tried at most, how long with all of its tries, and how long a try.

    A call with a `timeout` of its own has it for all of its tries, and no single one is cut.
    """

    tries: int = 5
    deadline_s: float = 30.0
    try_s: float = 10.0


class Tries:
    """The tries of one call."""

    def __init__(self, patience: Patience, timeout: float | None) -> None:
        self._patience = patience
        self._has_own = timeout is not None
        self._until = time.monotonic() + (patience.deadline_s if timeout is None else timeout)
        self._tried = 0

    def begin(self) -> float:
        """Begins a try, and returns the seconds that it has."""
        self._tried += 1
        left = max(0.001, self._until - time.monotonic())
        return left if self._has_own else min(left, self._patience.try_s)

    def wait(self, error: GoodturnError) -> float:
        """Returns the seconds to wait before the next try, or raises the error where there is none.

        It is as long as the server asks, and up to so much more that callers do not come back all at once.
        """
        most = min(_WAIT_S_MAX, _FIRST_WAIT_S * 2 ** (self._tried - 1))
        wait = (error.retry_delay_s or 0.0) + random.uniform(0.0, most)
        is_late = time.monotonic() + wait >= self._until
        if not error.may_retry or self._tried >= self._patience.tries or is_late:
            raise error
        return wait
