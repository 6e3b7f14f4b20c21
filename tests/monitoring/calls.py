"""Callers of a server, with the stubs that the standard tools generate from proto/."""

import contextlib
import datetime
import importlib
import itertools
import os
import pathlib
import subprocess
import sys
import threading
import time

# Other threads start programs meanwhile, and need none of it.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
import grpc  # noqa: E402

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
CALLER = (("goodturn-principal", "front-end"),)
# A proxy's header: such a call is believed by no server that believes names.
FORWARDED = (*CALLER, ("x-forwarded-for", "192.0.2.1"))
PATIENCE_S = 15
PROGRAM = "programs/p"
DAY = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)


def generate(folder):
    """Generates the stubs below a folder, from where they are imported."""
    folder = pathlib.Path(folder) / "stubs"
    folder.mkdir()
    protoc = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={PROTO}", f"--proto_path={PROTO}/third_party"]
    files = map(str, sorted((PROTO / "goodturn/v1").glob("*.proto")))
    subprocess.run([*protoc, f"--python_out={folder}", f"--grpc_python_out={folder}", *files], check=True)
    sys.path.insert(0, str(folder))


def messages(name):
    return importlib.import_module(f"goodturn.v1.{name}_pb2")


def stub(service, channel):
    return getattr(importlib.import_module(f"goodturn.v1.{service.lower()}_pb2_grpc"), f"{service}Stub")(channel)


class Callers:
    """Whoever calls one server. Connections are made anew when it was started again."""

    def __init__(self, address):
        self.address, self.ids, self.channels = address, itertools.count(1), []
        channel = self.channel()
        self.programs = stub("Programs", channel)
        self.ledger = stub("Ledger", channel)
        self.till = stub("Till", channel)
        self.books = stub("Books", channel)
        self.boards = stub("Leaderboards", channel)

    def channel(self):
        """Opens a connection of its own."""
        options = [
            ("grpc.enable_http_proxy", 0),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.max_reconnect_backoff_ms", 300),
        ]
        channel = grpc.insecure_channel(self.address, options=[*options, ("grpc.initial_reconnect_backoff_ms", 100)])
        self.channels.append(channel)
        return channel

    def close(self):
        for channel in self.channels:
            channel.close()

    def found(self):
        """Makes a programme with a rule."""
        pb = messages("programs")
        program = pb.Program(currency_code="GBP", time_zone="Europe/London")
        call(self.programs.CreateProgram, pb.CreateProgramRequest(program_id="p", program=program))
        rules = [pb.Rule(rule_id="kudos", activity_kind="kudos", points=100)]
        rule_set = pb.RuleSet(name=f"{PROGRAM}/ruleSets/1", rules=rules)
        rule_set.in_force_from.FromDatetime(DAY)
        call(self.programs.PublishRuleSet, pb.PublishRuleSetRequest(rule_set=rule_set))
        return self

    def activity(self, member):
        pb = messages("ledger")
        name = f"{PROGRAM}/sources/forum/activities/{time.time_ns()}-{next(self.ids)}"
        activity = pb.Activity(name=name, kind="kudos", member_id=member, subject="answer")
        activity.occurred_at.FromDatetime(DAY + datetime.timedelta(hours=1))
        return activity

    def record(self, member="ann", metadata=CALLER):
        pb = messages("ledger")
        return call(self.ledger.RecordActivity, pb.RecordActivityRequest(activity=self.activity(member)), metadata)

    def record_batch(self, ledger, count=1_000):
        pb = messages("ledger")
        activities = [self.activity(f"m{n}") for n in range(count)]
        return call(ledger.BatchRecordActivities, pb.BatchRecordActivitiesRequest(parent=PROGRAM, activities=activities))

    def balance(self, member="ann", metadata=CALLER):
        pb = messages("ledger")
        return call(self.ledger.GetBalance, pb.GetBalanceRequest(name=f"{PROGRAM}/members/{member}"), metadata)

    def board(self):
        pb = messages("leaderboards")
        return call(self.boards.GetLeaderboard, pb.GetLeaderboardRequest(parent=PROGRAM))

    def hold(self, member, seconds):
        pb = messages("till")
        hold = pb.Hold(name=f"{PROGRAM}/sources/shop/holds/h{next(self.ids)}", member_id=member, points=1)
        hold.expire_time.FromNanoseconds(time.time_ns() + seconds * 1_000_000_000)
        return call(self.till.CreateHold, pb.CreateHoldRequest(hold=hold))

    def report(self):
        pb = messages("books")
        request = pb.ExportReportRequest(parent=PROGRAM, format=pb.REPORT_FORMAT_CSV, register=pb.RegisterReport())
        return list(self.books.ExportReport(request, metadata=CALLER, timeout=PATIENCE_S))

    def watch(self, channel=None, resume_token=""):
        """Begins a stream of entries, and returns it once its first message is there."""
        pb = messages("ledger")
        ledger = stub("Ledger", channel) if channel else self.ledger
        stream = ledger.WatchEntries(pb.WatchEntriesRequest(parent=PROGRAM, resume_token=resume_token), metadata=CALLER)
        return stream, next(stream)

    @contextlib.contextmanager
    def going_on(self, *what, every_s=0.1, apart_s=0):
        """Has callers call until the end, one after another or all at once. What fails is called again, as clients do."""
        ended = threading.Event()
        threads = [threading.Thread(target=repeat, args=(each, every_s, ended), daemon=True) for each in what]
        for thread in threads:
            thread.start()
            time.sleep(apart_s)
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join()


def repeat(what, every_s, ended):
    while not ended.wait(every_s):
        with contextlib.suppress(grpc.RpcError):
            what()


def call(method, request, metadata=CALLER):
    return method(request, metadata=metadata, timeout=PATIENCE_S)


def refused(what):
    """Calls, and returns the reason of the error."""
    error_details, status = (importlib.import_module(f"google.rpc.{name}_pb2") for name in ("error_details", "status"))
    try:
        what()
    except grpc.RpcError as error:
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        for detail in status.Status.FromString(details).details:
            info = error_details.ErrorInfo()
            if detail.Unpack(info):
                return info.reason.removeprefix("ERROR_REASON_")
        return error.code().name
    return "OK"
