"""Faults of what callers bring, of what stands behind the log, and of the process: scenarios as in `faults`."""

import contextlib
import itertools
import socket
import subprocess
import time

import grpc

import stage as on
from calls import FORWARDED, refused, stub
from faults import WELL, expect, fires, on_database, on_file, refuse

# The greeting of HTTP/2: without it a connection is closed after ten seconds.
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def calls_fail(stage, job):
    name, server = on_database(stage, job)
    members = (f"m{n}" for n in itertools.count())
    with stage.cluster.locked(name, "account"):
        # Each call waits ten seconds for PostgreSQL; so some fail in every few.
        with server.callers.going_on(*[lambda: server.callers.balance(next(members))] * 6, apart_s=1.6):
            yield fires("accounts cannot be read", "GoodturnErrors", "GoodturnSomeErrors")
    yield WELL


def callers_are_unknown(stage, job):
    server = on_file(stage).start().shown_as(job)
    server.callers.found().record()
    yield WELL
    expect(lambda: server.callers.record(metadata=FORWARDED), "NOT_DIRECT")
    with server.callers.going_on(lambda: server.callers.record(metadata=FORWARDED)):
        yield fires("calls come by way of a proxy", "GoodturnCallersUnknown")
    yield WELL


def commits_are_slow(stage, job):
    name, url = stage.cluster.create()
    server = on.Server(stage, url).start().shown_as(job)
    with server.callers.found().going_on(server.callers.record, server.callers.balance):
        yield WELL
        with stage.cluster.locked_in_turns(name, "entry", 1.4, 0.1):
            yield fires("each commit takes more than a second", "GoodturnCommitsSlow")
        yield WELL


def too_much_comes(stage, job):
    name, server = on_database(stage, job)
    stubs = [stub("Ledger", server.callers.channel()) for _ in range(24)]
    many = [lambda each=each: server.callers.record_batch(each) for each in stubs]
    yield WELL
    with server.callers.going_on(*many, every_s=0.8), stage.cluster.locked_in_turns(name, "entry", 1.6, 0.05):
        alerts = ("GoodturnOverloaded", "GoodturnQueueFills", "GoodturnCommitsSlow")
        yield fires("twenty-four callers send batches, and commits are slow", *alerts)
    yield WELL


def streams_and_connections(stage, job):
    server = on_file(stage).start().shown_as(job)
    server.callers.found().record()
    yield WELL
    channels = [server.callers.channel() for _ in range(4)]
    streams = [server.callers.watch(channel)[0] for channel in channels for _ in range(15)]
    yield fires("sixty streams are open", "GoodturnStreamsFull")
    for stream in streams:
        stream.cancel()
    yield WELL
    with contextlib.ExitStack() as connections:
        for _ in range(700):
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(GREETING)
        yield fires("seven hundred connections are open", "GoodturnConnectionsFull")
    yield WELL
    open_now = int(server.metric("process_open_fds"))
    subprocess.run(["prlimit", "--pid", str(server.process.pid), f"--nofile={open_now + 20}:"], check=True)
    with contextlib.ExitStack() as connections:
        for _ in range(19):
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(GREETING)
        yield fires("the limit of descriptors is small", "GoodturnDescriptorsRunOut")
    subprocess.run(["prlimit", "--pid", str(server.process.pid), "--nofile=1024:"], check=True)
    yield WELL


def nothing_is_recorded(stage, job):
    server = on_file(stage).start().shown_as(job)
    server.callers.found()
    for _ in range(4):
        server.callers.record()
        time.sleep(on.EVERY_S)
    yield WELL
    yield fires("nobody calls", "GoodturnNothingRecorded")
    server.callers.record()
    yield WELL


def others_are_not_followed(stage, job):
    name, server = on_database(stage, job)
    yield WELL
    with stage.cluster.locked(name, "log_head"):
        yield fires("the heads of logs cannot be read", "GoodturnFollowersLag")
    yield WELL


def what_is_due_waits(stage, job):
    name, server = on_database(stage, job)
    yield WELL
    with stage.cluster.locked(name, "record"):
        yield fires("what is due cannot be read", "GoodturnSweeperStuck")
    yield WELL
    server.callers.hold("ann", 2)
    refuse(stage.cluster, name, "ann")
    yield fires("what is due cannot be posted", "GoodturnSweeperBehind")
    stage.cluster.sql(name, "alter table entry drop constraint refused")
    yield WELL


def boards_wait(stage, job):
    name, url = stage.cluster.create()
    server = on.Server(stage, url).start()
    server.callers.found()
    for _ in range(20):
        server.callers.record()
    # A server that never made a board.
    server.kill()
    server.start().shown_as(job)
    server.callers.balance()
    yield WELL
    # The few that ask for a board are not what fails most.
    with server.callers.going_on(*[server.callers.balance] * 4, every_s=0.02):
        with stage.cluster.locked(name, "span"), server.callers.going_on(server.callers.board, every_s=0.5):
            yield fires("daily totals cannot be read", "GoodturnBoardsBehind")
        yield WELL


def report_has_no_room(stage, job):
    with on.small_disk(stage, 1) as disk:
        server = on_file(stage, environment={"TMPDIR": str(disk)}).start().shown_as(job)
        server.callers.found().record()
        server.callers.report()
        yield WELL
        on.fill(disk)
        expect(server.callers.report, "REPORT_NOT_WRITTEN")
        yield fires("the disk of temporary files is full", "GoodturnReportNotWritten")
        (disk / "filler").unlink()
        server.callers.report()
        yield WELL
        server.kill()
        stage.forget(job)


def log_leaves_lines_out(stage, job):
    server = on_file(stage).start().shown_as(job)
    server.callers.found().record()
    yield WELL

    def loop():
        for _ in range(200):
            refused(lambda: server.callers.hold("nobody", 60))

    with server.callers.going_on(loop, loop, every_s=0.01):
        yield fires("two callers send in a loop what is refused", "GoodturnLogLinesLeftOut")
    yield WELL
