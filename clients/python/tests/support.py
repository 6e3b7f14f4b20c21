"""A server of its own for a class of tests, and a front that fails calls. GOODTURN_BIN says which program."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import tempfile
import threading
import time
from concurrent import futures
from datetime import UTC, datetime

import grpc
from google.rpc import error_details_pb2, status_pb2
from goodturn import Client, activity_name, connect, rule_set_name
from goodturn import time as stamp
from goodturn.v1 import ledger_pb2, programs_pb2

# Bounds a start: for a machine that is busy with other things.
PATIENCE_S = 60
WHEN = datetime(2024, 5, 4, 9, 30, 0, 123456, UTC)


class Server:
    """A `goodturn serve` on a free port."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        command = [os.environ["GOODTURN_BIN"], "serve", "--listen", "127.0.0.1:0", "--admin-listen", "off"]
        command += ["--database", f"sqlite://{self._folder.name}/goodturn.db?mode=rwc"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        told: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, args=(told,), daemon=True).start()
        address = told.get(timeout=PATIENCE_S)
        assert address, "the server ended before it said where it listens"
        self.address = address
        self.base_url = f"http://{address}"

    def _read(self, told: "queue.Queue[str | None]") -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if found := re.search(r"listening on ([\d.]+:\d+)", line):
                told.put(found.group(1))
        told.put(None)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def programme(base_url: str, program: str) -> None:
    """A programme in which an accepted answer gives 100 points."""
    with connect(base_url, principal="olga") as goodturn:
        content = programs_pb2.Program(currency_code="GBP", time_zone="Europe/London", adjustment_limit_points=10)
        goodturn.programs.CreateProgram(programs_pb2.CreateProgramRequest(program_id=program, program=content))
        rule = programs_pb2.Rule(rule_id="answers", activity_kind="answer_accepted", points=100)
        begin = stamp(datetime(2024, 1, 1, tzinfo=UTC))
        rules = programs_pb2.RuleSet(name=rule_set_name(program, 1), in_force_from=begin, rules=[rule])
        goodturn.programs.PublishRuleSet(programs_pb2.PublishRuleSetRequest(rule_set=rules))


def answer(program: str, vote: str, member: str = "ada") -> ledger_pb2.RecordActivityRequest:
    name = activity_name(program, "forum", vote)
    told = ledger_pb2.Activity(name=name, kind="answer_accepted", member_id=member, occurred_at=stamp(WHEN))
    return ledger_pb2.RecordActivityRequest(activity=told)


class Fault:
    """An error: with a reason unless it is a proxy's, and with a delay where a retry helps."""

    def __init__(self, code: grpc.StatusCode, reason: str = "", delay_ms: int = 0) -> None:
        number, name = code.value
        status = status_pb2.Status(code=number, message=f"{name} on purpose")
        if reason:
            status.details.add().Pack(error_details_pb2.ErrorInfo(domain="goodturn", reason=f"ERROR_REASON_{reason}"))
        if delay_ms:
            retry = error_details_pb2.RetryInfo()
            retry.retry_delay.FromMilliseconds(delay_ms)
            status.details.add().Pack(retry)
        self.code, self.message = code, status.message
        self.trailers = (("grpc-status-details-bin", status.SerializeToString()),) if status.details else ()


class Front(grpc.GenericRpcHandler):
    """Stands in front of a server, answers with these faults, then passes on. `lost` passes on, and tells nothing."""

    def __init__(self, server: Server, faults: list[Fault | str]) -> None:
        self.calls: list[tuple[float, bytes]] = []
        self.headers: list[dict[str, str | bytes]] = []
        self._faults = faults
        self._behind = grpc.insecure_channel(server.address, options=[("grpc.enable_http_proxy", 0)])
        self._server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[self])
        self.base_url = f"http://127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        def go(request: bytes, context: grpc.ServicerContext) -> bytes:
            self.calls.append((time.monotonic(), request))
            self.headers.append({key: value for key, value in context.invocation_metadata()})
            fault = self._faults.pop(0) if self._faults else None
            if isinstance(fault, Fault):
                context.set_trailing_metadata(fault.trailers)
                context.abort(fault.code, fault.message)
            reply: bytes = self._behind.unary_unary(details.method)(request)
            if fault == "lost":
                context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
            return reply

        return grpc.unary_unary_rpc_method_handler(go)

    def __enter__(self) -> "Front":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None)
        self._behind.close()
