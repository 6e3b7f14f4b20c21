"""Where a server is, and how a call names its caller."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

Token = str | Callable[[], str]


@dataclass(frozen=True)
class Place:
    """The address of a server."""

    address: str
    is_secure: bool
    options: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, base_url: str, token: Token | None) -> "Place":
        url = urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"{base_url!r} is no address, as https://goodturn.example")
        is_secure, is_here = url.scheme == "https", _is_loopback(url.hostname)
        if token is not None and not is_secure and not is_here:
            raise ValueError(f"a token is sent by https or on the same machine, and not to {base_url}")
        # A server that was started again is found soon. A proxy set for the machine is not for loopback.
        options = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 5_000)]
        options += [("grpc.enable_http_proxy", 0)] if is_here else []
        host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        return cls(f"{host}:{url.port or (443 if is_secure else 80)}", is_secure, tuple(options))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def caller(token: Token | None, principal: str | None) -> list[tuple[str, str]]:
    """The headers of a call."""
    headers = []
    if token is not None:
        headers.append(("authorization", f"Bearer {token if isinstance(token, str) else token()}"))
    if principal is not None:
        headers.append(("goodturn-principal", principal))
    return headers
