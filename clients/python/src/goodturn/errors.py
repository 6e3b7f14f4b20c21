"""Errors of calls, with what the server says of them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

from goodturn.reasons import Reason

_DOMAIN = "goodturn"
_PREFIX = "ERROR_REASON_"
_DETAILS = "grpc-status-details-bin"
_NO_ANSWER = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


class Violation(NamedTuple):
    """A rule that a request breaks: the path of a field, and what is wrong with it."""

    field: str
    problem: str


class Failed(Protocol):
    """What gRPC tells of a call that failed."""

    def code(self) -> grpc.StatusCode: ...
    def details(self) -> str | None: ...
    def trailing_metadata(self) -> Iterable[tuple[str, str | bytes]] | None: ...


class GoodturnError(Exception):
    """A call that failed.

    `reason` is what a program goes by, and `violations` name each field that is wrong. `request_id` stands in the server's
    log. `retry_delay_s` says how long to wait before the same call, and is None where the server does not ask for it.
    `may_retry` is True when the same call may do better.
    """

    def __init__(self, failed: Failed) -> None:
        self.code = failed.code()
        self.message = failed.details() or ""
        super().__init__(self.message)
        self.reason = Reason.UNSPECIFIED
        self.metadata: Mapping[str, str] = {}
        self.violations: tuple[Violation, ...] = ()
        self.request_id: str | None = None
        self.retry_delay_s: float | None = None
        # The server says when a retry helps. Where it was not reached, or gave no answer, the same call tells.
        self.may_retry = self.code in _NO_ANSWER
        for key, value in failed.trailing_metadata() or ():
            if key == _DETAILS and isinstance(value, bytes):
                self._read(Status.FromString(value))

    def _read(self, status: Status) -> None:
        info, retry, request, bad = ErrorInfo(), RetryInfo(), RequestInfo(), BadRequest()
        is_ours = False
        for detail in status.details:
            if detail.Unpack(info) and info.domain == _DOMAIN:
                is_ours = True
                self.reason = _reason(info.reason)
                self.metadata = dict(info.metadata)
            elif detail.Unpack(retry):
                self.retry_delay_s = retry.retry_delay.ToMicroseconds() / 1e6
            elif detail.Unpack(request):
                self.request_id = request.request_id
            elif detail.Unpack(bad):
                found = (Violation(wrong.field, wrong.description) for wrong in bad.field_violations)
                self.violations = tuple(found)
        if is_ours:
            self.may_retry = self.retry_delay_s is not None or self.reason is Reason.DEADLINE_PASSED


def _reason(name: str) -> Reason:
    return Reason.__members__.get(name.removeprefix(_PREFIX), Reason.UNSPECIFIED)
