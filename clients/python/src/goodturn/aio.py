"""The client for asyncio."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import grpc
from grpc.aio import AioRpcError, ClientCallDetails, Metadata

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

Continuation = Callable[[ClientCallDetails, Any], Awaitable[Any]]


def connect(
    base_url: str,
    *,
    token: Token | None = None,
    principal: str | None = None,
    patience: Patience = Patience(),
    root_certificates: bytes | None = None,
) -> "Client":
    """Makes the clients of a server, as `goodturn.connect` does."""
    place = Place.of(base_url, token)
    who = (token, principal, patience)
    # gRPC asks for one of each kind.
    interceptors: list[grpc.aio.ClientInterceptor] = [_Unary(*who), _ServerStream(*who), _BothStream(*who)]
    if place.is_secure:
        credentials = grpc.ssl_channel_credentials(root_certificates)
        channel = grpc.aio.secure_channel(place.address, credentials, place.options, interceptors=interceptors)
    else:
        channel = grpc.aio.insecure_channel(place.address, place.options, interceptors=interceptors)
    return Client(channel)


class Client:
    """A client of each service, as `await client.ledger.GetBalance(…)`."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self.adjustments = AdjustmentsStub(channel)
        self.audit = AuditStub(channel)
        self.books = BooksStub(channel)
        self.choices = ChoicesStub(channel)
        self.leaderboards = LeaderboardsStub(channel)
        self.ledger = LedgerStub(channel)
        self.members = MembersStub(channel)
        self.payments = PaymentsStub(channel)
        self.payouts = PayoutsStub(channel)
        self.principals = PrincipalsStub(channel)
        self.programs = ProgramsStub(channel)
        self.till = TillStub(channel)

    async def close(self) -> None:
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Caller:
    def __init__(self, token: Token | None, principal: str | None, patience: Patience) -> None:
        self._token, self._principal, self.patience = token, principal, patience

    def named(self, of: ClientCallDetails, timeout: float | None) -> ClientCallDetails:
        headers = Metadata(*(of.metadata or ()), *caller(self._token, self._principal))
        return ClientCallDetails(of.method, timeout, headers, of.credentials, of.wait_for_ready)


class _Unary(_Caller, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(self, go: Continuation, details: ClientCallDetails, request: Any) -> Any:
        tries = Tries(self.patience, details.timeout)
        while True:
            call = await go(self.named(details, tries.begin()), request)
            try:
                await call
            except AioRpcError as error:
                failed = GoodturnError(error)
            else:
                return call
            await asyncio.sleep(tries.wait(failed))


class _ServerStream(_Caller, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(self, go: Continuation, details: ClientCallDetails, request: Any) -> Any:
        return _told(await go(self.named(details, details.timeout), request))


class _BothStream(_Caller, grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(self, go: Continuation, details: ClientCallDetails, requests: Any) -> Any:
        return _told(await go(self.named(details, details.timeout), requests))


async def _told(call: Any) -> AsyncIterator[Any]:
    try:
        async for reply in call:
            yield reply
    except AioRpcError as error:
        raise GoodturnError(error) from error
    finally:
        call.cancel()
