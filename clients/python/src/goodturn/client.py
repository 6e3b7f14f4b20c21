"""The client for threads."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import grpc

from goodturn.channel import Place, Token, caller
from goodturn.errors import GoodturnError
from goodturn.patience import Patience, Tries
from goodturn.v1.adjustments_pb2_grpc import AdjustmentsStub
from goodturn.v1.audit_pb2_grpc import AuditStub
from goodturn.v1.books_pb2_grpc import BooksStub
from goodturn.v1.choices_pb2_grpc import ChoicesStub
from goodturn.v1.leaderboards_pb2_grpc import LeaderboardsStub
from goodturn.v1.ledger_pb2_grpc import LedgerStub
from goodturn.v1.members_pb2_grpc import MembersStub
from goodturn.v1.payments_pb2_grpc import PaymentsStub
from goodturn.v1.payouts_pb2_grpc import PayoutsStub
from goodturn.v1.principals_pb2_grpc import PrincipalsStub
from goodturn.v1.programs_pb2_grpc import ProgramsStub
from goodturn.v1.till_pb2_grpc import TillStub

Continuation = Callable[[grpc.ClientCallDetails, Any], Any]


def connect(
    base_url: str,
    *,
    token: Token | None = None,
    principal: str | None = None,
    patience: Patience = Patience(),
    root_certificates: bytes | None = None,
) -> "Client":
    """Makes the clients of a server, as `https://goodturn.example`.

    `token` is a token or an API key, or what gets one for each call. `principal` is the caller's name, for a server on
    the same machine that believes names. `root_certificates`, in PEM, are trusted in place of the machine's.
    """
    place = Place.of(base_url, token)
    if place.is_secure:
        credentials = grpc.ssl_channel_credentials(root_certificates)
        channel = grpc.secure_channel(place.address, credentials, place.options)
    else:
        channel = grpc.insecure_channel(place.address, place.options)
    return Client(channel, _Caller(token, principal, patience))


class Client:
    """A client of each service, as `client.ledger.GetBalance(…)`."""

    def __init__(self, channel: grpc.Channel, who: "_Caller") -> None:
        self._channel = channel
        calls = grpc.intercept_channel(channel, who)
        self.adjustments = AdjustmentsStub(calls)
        self.audit = AuditStub(calls)
        self.books = BooksStub(calls)
        self.choices = ChoicesStub(calls)
        self.leaderboards = LeaderboardsStub(calls)
        self.ledger = LedgerStub(calls)
        self.members = MembersStub(calls)
        self.payments = PaymentsStub(calls)
        self.payouts = PayoutsStub(calls)
        self.principals = PrincipalsStub(calls)
        self.programs = ProgramsStub(calls)
        self.till = TillStub(calls)

    def close(self) -> None:
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Details(grpc.ClientCallDetails):
    """A call with its caller's name, and the seconds that it has."""

    def __init__(self, of: grpc.ClientCallDetails, headers: list[tuple[str, str]], timeout: float | None) -> None:
        self.method, self.credentials = of.method, of.credentials
        self.wait_for_ready, self.compression = of.wait_for_ready, of.compression
        self.metadata = (*(of.metadata or ()), *headers)
        self.timeout = timeout


class _Caller(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamStreamClientInterceptor):
    """Names the caller, and sends a single call again, the same message, while that may help."""

    def __init__(self, token: Token | None, principal: str | None, patience: Patience) -> None:
        self._token, self._principal, self._patience = token, principal, patience

    def intercept_unary_unary(self, go: Continuation, details: grpc.ClientCallDetails, request: Any) -> Any:
        tries = Tries(self._patience, details.timeout)
        while True:
            call = go(_Details(details, self._headers(), tries.begin()), request)
            if call.code() is grpc.StatusCode.OK:
                return call
            time.sleep(tries.wait(GoodturnError(call)))

    def intercept_unary_stream(self, go: Continuation, details: grpc.ClientCallDetails, request: Any) -> Any:
        return _Stream(go(_Details(details, self._headers(), details.timeout), request))

    def intercept_stream_stream(self, go: Continuation, details: grpc.ClientCallDetails, requests: Any) -> Any:
        return _Stream(go(_Details(details, self._headers(), details.timeout), requests))

    def _headers(self) -> list[tuple[str, str]]:
        return caller(self._token, self._principal)


class _Stream:
    """A stream of replies whose errors are told as those of single calls."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise GoodturnError(self._call) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)
