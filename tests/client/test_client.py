"""A client not written in Rust: records, reads and pages over TCP with the standard Python stubs.

`tests/client/run` generates the stubs and says in GOODTURN_BIN which server to start.
"""

import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import unittest
from datetime import datetime, timedelta, timezone

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from goodturn.v1 import errors_pb2, leaderboards_pb2, leaderboards_pb2_grpc, ledger_pb2, ledger_pb2_grpc
from goodturn.v1 import programs_pb2, programs_pb2_grpc

# Bounds a call, a start and a stop. Each takes milliseconds; this is for a machine that is busy with other things.
PATIENCE_S = 60

# Who is calling; accepted on loopback only.
CALLER = (("goodturn-principal", "front-end"),)

POINTS = {"answer_accepted": 100, "kudos": 1}

FIRST_MOMENT = datetime(2018, 3, 12, tzinfo=timezone.utc)

# (kind, member, counterparty), in the order recorded. Points: anna 304, chloe 203, ben 203, dev 105, eli 1.
# chloe reaches 203 before ben does, so she is listed first although her id is greater.
ACTIVITIES = [
    ("kudos", "anna", ""),
    ("answer_accepted", "anna", "ben"),
    ("kudos", "ben", ""),
    ("answer_accepted", "chloe", "anna"),
    ("kudos", "dev", ""),
    ("kudos", "chloe", ""),
    ("answer_accepted", "ben", "dev"),
    ("kudos", "anna", ""),
    ("kudos", "eli", ""),
    ("answer_accepted", "eli", "eli"),  # accepted their own answer: recorded, declined
    ("kudos", "dev", ""),
    ("answer_accepted", "dev", "chloe"),
    ("kudos", "chloe", ""),
    ("answer_accepted", "anna", "dev"),
    ("kudos", "ben", ""),
    ("answer_accepted", "chloe", "eli"),
    ("kudos", "anna", ""),
    ("kudos", "dev", ""),
    ("answer_accepted", "ben", "eli"),
    ("kudos", "chloe", ""),
    ("kudos", "dev", ""),
    ("answer_accepted", "anna", "chloe"),
    ("kudos", "ben", ""),
    ("kudos", "anna", ""),
    ("kudos", "dev", ""),
]
DECLINED_INDEX = 9

# (rank, member, points): equals share a rank and the next rank is skipped.
BOARD = [(1, "anna", 304), (2, "chloe", 203), (2, "ben", 203), (4, "dev", 105), (5, "eli", 1)]


class Server:
    """A `goodturn serve` of its own on a free port, and stubs connected to it."""

    def __init__(self, database_path):
        self.process = subprocess.Popen(
            [
                os.environ["GOODTURN_BIN"],
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--admin-listen",
                "off",
                "--database",
                f"sqlite://{database_path}?mode=rwc",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._address = queue.Queue()
        # Reads to the end, so that the server never blocks on a full pipe.
        self._reader = threading.Thread(target=self._read_output, daemon=True)
        self._reader.start()
        address = self._address.get(timeout=PATIENCE_S)
        if address is None:
            raise AssertionError(f"the server ended with {self.process.wait()} before it said where it listens")
        # A proxy set for the machine is not for loopback.
        self.channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        self.programs = programs_pb2_grpc.ProgramsStub(self.channel)
        self.ledger = ledger_pb2_grpc.LedgerStub(self.channel)
        self.leaderboards = leaderboards_pb2_grpc.LeaderboardsStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)

    def _read_output(self):
        for line in self.process.stdout:
            found = re.search(r"listening on (127\.0\.0\.1:\d+)", line)
            if found:
                self._address.put(found.group(1))
        self._address.put(None)

    def terminate(self):
        """Asks the server to stop while a client is still connected, and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE_S)

    def close(self):
        self.channel.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        self.process.stdout.close()


class ClientTest(unittest.TestCase):
    """Every test has a program of its own, named after it, with the same rules and 25 activities."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = directory.name
        cls.server = Server(os.path.join(cls.directory, "client.db"))
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        # An id has at most 63 characters.
        program_id = self._testMethodName.removeprefix("test_").replace("_", "-")[:63].rstrip("-")
        self.program = f"programs/{program_id}"
        create_program(self.server, program_id)
        publish_rules(self.server, self.program)
        self.activities = [activity(self.program, index, *row) for index, row in enumerate(ACTIVITIES)]

    def test_what_is_recorded_can_be_read(self):
        receipts = record_all(self.server, self.program, self.activities)

        for index, ((kind, _, _), receipt) in enumerate(zip(ACTIVITIES, receipts)):
            with self.subTest(activity=index):
                self.assertEqual(receipt.entry, f"{self.program}/entries/{receipt.seq}")
                if index == DECLINED_INDEX:
                    self.assertEqual(receipt.points, 0)
                    self.assertEqual(receipt.decline_reason, ledger_pb2.DECLINE_REASON_SELF_DEALING)
                else:
                    self.assertEqual(receipt.points, POINTS[kind])
                    self.assertEqual(receipt.decline_reason, ledger_pb2.DECLINE_REASON_UNSPECIFIED)
        for _, member, points in BOARD:
            with self.subTest(member=member):
                balance = get_balance(self.server, self.program, member, min_seq=receipts[-1].seq)
                self.assertEqual(balance.member_id, member)
                self.assertEqual(balance.available_points, points)
                self.assertEqual(balance.credited_points, points)
                self.assertGreaterEqual(balance.seq, receipts[-1].seq)
        self.assertEqual(get_balance(self.server, self.program, "nobody").available_points, 0)

        declined = call(
            self.server.ledger.GetActivity,
            ledger_pb2.GetActivityRequest(name=self.activities[DECLINED_INDEX].name),
        )
        self.assertEqual(declined.state, ledger_pb2.ACTIVITY_STATE_DECLINED)
        self.assertEqual(declined.member_id, "eli")

    def test_pages_of_the_log_join_without_loss_or_overlap(self):
        record_all(self.server, self.program, self.activities)
        before = head_seq(self.server, self.program)

        pages = list_entries(
            self.server,
            self.program,
            page_size=7,
            # Something is recorded while the client turns the pages.
            after_first_page=lambda: record(self.server, activity(self.program, 100, "kudos", "anna", "")),
        )

        self.assertTrue(all(len(page) == 7 for page in pages[:-1]), [len(page) for page in pages])
        entries = [entry for page in pages for entry in page]
        self.assertEqual([entry.seq for entry in entries], list(range(1, len(entries) + 1)))
        self.assertGreaterEqual(len(entries), before)
        recorded = [entry.activity.name for entry in entries[:before] if entry.kind == "activity_recorded"]
        self.assertEqual(recorded, [each.name for each in self.activities])

    def test_a_history_is_newest_first_and_complete(self):
        receipts = record_all(self.server, self.program, self.activities)
        expected = [receipt.seq for (_, member, _), receipt in zip(ACTIVITIES, receipts) if member == "anna"]

        pages = list_entries(self.server, f"{self.program}/members/anna", page_size=3)

        entries = [entry for page in pages for entry in page]
        self.assertEqual([entry.seq for entry in entries], expected[::-1])
        # Each names the one before it, the first none: nothing was left out.
        self.assertEqual([entry.prev_seq for entry in entries], expected[-2::-1] + [0])
        self.assertEqual(entries[0].balance_after.available_points, 304)

    def test_a_replay_gets_the_first_receipt(self):
        first = record_all(self.server, self.program, self.activities)
        head = head_seq(self.server, self.program)

        one_by_one = [record(self.server, each) for each in self.activities]
        in_a_batch = [result.receipt for result in record_batch(self.server, self.program, self.activities)]

        self.assertFalse(any(receipt.replay for receipt in first))
        self.assert_replays(one_by_one, first)
        self.assert_replays(in_a_batch, first)
        self.assertEqual(head_seq(self.server, self.program), head)

    def test_a_replay_with_other_content_is_refused(self):
        record_all(self.server, self.program, self.activities)
        head = head_seq(self.server, self.program)
        other = activity(self.program, 0, "kudos", "mallory", "")

        with self.assertRaises(grpc.RpcError) as raised:
            record(self.server, other)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.ALREADY_EXISTS)
        self.assert_exists_with_different_content(status_of(raised.exception), "event-0")

        # In a batch the error is the same, and the neighbours are recorded.
        fresh = [activity(self.program, index, "kudos", "eli", "") for index in (200, 201)]
        results = record_batch(self.server, self.program, [fresh[0], other, fresh[1]])
        self.assertEqual([result.WhichOneof("result") for result in results], ["receipt", "error", "receipt"])
        self.assert_exists_with_different_content(results[1].error, "event-0")
        self.assertEqual(head_seq(self.server, self.program), head + 2)
        self.assertEqual(get_balance(self.server, self.program, "mallory").available_points, 0)

    def test_all_or_nothing_is_refused_whole_and_names_the_culprit(self):
        record_all(self.server, self.program, self.activities)
        head = head_seq(self.server, self.program)
        fresh = activity(self.program, 200, "kudos", "eli", "")
        other = activity(self.program, 0, "kudos", "mallory", "")
        batch = ledger_pb2.BatchRecordActivitiesRequest(
            parent=self.program, activities=[fresh, other], all_or_nothing=True
        )

        with self.assertRaises(grpc.RpcError) as raised:
            call(self.server.ledger.BatchRecordActivities, batch)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.ALREADY_EXISTS)
        info = detail(status_of(raised.exception), error_details_pb2.ErrorInfo)
        self.assertEqual(dict(info.metadata), {"id": "event-0", "index": "1"})
        self.assertEqual(head_seq(self.server, self.program), head)

        batch.activities[1].CopyFrom(self.activities[0])
        results = call(self.server.ledger.BatchRecordActivities, batch).results
        self.assertEqual([result.receipt.seq for result in results], [head + 1, 3])

    def test_a_stream_of_activities_is_answered_in_order(self):
        other = activity(self.program, 0, "kudos", "mallory", "")

        def messages():
            yield ledger_pb2.StreamActivitiesRequest(parent=self.program)
            for each in [*self.activities, other, self.activities[1]]:
                yield ledger_pb2.StreamActivitiesRequest(activities=[each])

        results = []
        for message in self.server.ledger.StreamActivities(messages(), metadata=CALLER, timeout=PATIENCE_S):
            self.assertEqual(message.first_index, len(results))
            results += message.results
        seqs = [result.receipt.seq for result in results]
        self.assertEqual(seqs, [*range(3, 28), 0, 4])
        self.assert_exists_with_different_content(results[25].error, "event-0")
        self.assertEqual(head_seq(self.server, self.program), 27)

    def assert_replays(self, replays, first):
        """Each says that it is one, and what became of the activity; all else is as it was the first time."""
        self.assertEqual([receipt.replay for receipt in replays], [True] * len(first))
        for receipt, before in zip(replays, first):
            is_declined = before.decline_reason != ledger_pb2.DECLINE_REASON_UNSPECIFIED
            state = ledger_pb2.ACTIVITY_STATE_DECLINED if is_declined else ledger_pb2.ACTIVITY_STATE_CREDITED
            self.assertEqual(receipt.activity_state, state)
            receipt.ClearField("replay")
            receipt.ClearField("activity_state")
        self.assertEqual(replays, first)

    def assert_exists_with_different_content(self, status, request_id):
        self.assertEqual(status.code, code_pb2.ALREADY_EXISTS)
        info = detail(status, error_details_pb2.ErrorInfo)
        self.assertEqual(
            info.reason, errors_pb2.ErrorReason.Name(errors_pb2.ERROR_REASON_EXISTS_WITH_DIFFERENT_CONTENT)
        )
        self.assertEqual(info.domain, "goodturn")
        # Nothing of what was recorded is disclosed.
        self.assertEqual(dict(info.metadata), {"id": request_id})

    def test_every_violation_is_listed_at_once(self):
        head = head_seq(self.server, self.program)
        malformed = ledger_pb2.Activity(name=f"{self.program}/sources/forum/activities/event-0", kind="kudos")

        with self.assertRaises(grpc.RpcError) as raised:
            record(self.server, malformed)

        self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        violations = detail(status_of(raised.exception), error_details_pb2.BadRequest).field_violations
        self.assertEqual(
            sorted(violation.field.removeprefix("activity.") for violation in violations), ["member_id", "occurred_at"]
        )
        self.assertEqual(head_seq(self.server, self.program), head)

    def test_pages_of_a_board_show_one_moment(self):
        receipts = record_all(self.server, self.program, self.activities)
        request = leaderboards_pb2.GetLeaderboardRequest(parent=self.program, page_size=2)

        pages = [call(self.server.leaderboards.GetLeaderboard, request)]
        # Takes eli from the last place to the first; the pages that follow still show the board as it was.
        later = [activity(self.program, 300 + index, "answer_accepted", "eli", "ben") for index in range(4)]
        self.assertEqual(len(record_batch(self.server, self.program, later)), 4)
        while pages[-1].next_page_token:
            request.page_token = pages[-1].next_page_token
            pages.append(call(self.server.leaderboards.GetLeaderboard, request))

        self.assertEqual([len(page.rows) for page in pages], [2, 2, 1])
        self.assertEqual([(row.rank, row.member_id, row.points) for page in pages for row in page.rows], BOARD)
        self.assertEqual({page.seq for page in pages}, {pages[0].seq})
        self.assertGreaterEqual(pages[0].seq, receipts[-1].seq)
        self.assertEqual({page.ranked_members for page in pages}, {5})

        # The board can be cited; without a seq it is the present one.
        cited = leaderboards_pb2.GetLeaderboardRequest(parent=self.program, as_of_seq=pages[0].seq)
        rows = call(self.server.leaderboards.GetLeaderboard, cited).rows
        self.assertEqual([(row.rank, row.member_id, row.points) for row in rows], BOARD)
        now = call(
            self.server.leaderboards.GetLeaderboard, leaderboards_pb2.GetLeaderboardRequest(parent=self.program)
        )
        self.assertEqual((now.rows[0].rank, now.rows[0].member_id, now.rows[0].points), (1, "eli", 401))

    def test_a_standing_shows_rank_and_neighbours(self):
        record_all(self.server, self.program, self.activities)

        standing = get_standing(self.server, self.program, "ben", neighbours=1)
        self.assertEqual((standing.member_id, standing.rank, standing.points), ("ben", 2, 203))
        self.assertEqual(standing.ranked_members, 5)
        self.assertEqual([(row.rank, row.member_id, row.points) for row in standing.neighbours], BOARD[1:4])

        unranked = get_standing(self.server, self.program, "nobody", neighbours=1)
        self.assertEqual((unranked.rank, unranked.points, len(unranked.neighbours)), (0, 0, 0))

    def test_a_stream_goes_on_where_it_was_cut(self):
        path = os.path.join(self.directory, "watched.db")
        first = Server(path)
        self.addCleanup(first.close)
        create_program(first, self.program.removeprefix("programs/"))
        publish_rules(first, self.program)
        record_all(first, self.program, self.activities)
        stream = watch(first, self.program)
        message = next(stream)
        entries = list(message.entries)
        self.assertEqual(message.head_seq, 27)
        # What is recorded while the stream is open comes by itself.
        receipt = record(first, activity(self.program, 400, "kudos", "eli", ""))
        entries += (message := next(stream)).entries
        self.assertEqual(entries[-1].seq, receipt.seq)
        token = message.resume_token

        self.assertEqual(first.terminate(), 0)
        with self.assertRaises(grpc.RpcError) as raised:
            next(stream)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.UNAVAILABLE)
        info = detail(status_of(raised.exception), error_details_pb2.ErrorInfo)
        self.assertEqual(info.reason, "ERROR_REASON_SERVER_STOPPING")

        second = Server(path)
        self.addCleanup(second.close)
        record(second, activity(self.program, 401, "kudos", "eli", ""))
        entries += next(watch(second, self.program, resume_token=token)).entries
        self.assertEqual([entry.seq for entry in entries], list(range(1, 30)))
        with self.assertRaises(grpc.RpcError) as raised:
            next(watch(second, self.program, resume_token="x"))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_the_server_says_that_it_is_healthy(self):
        reply = call(self.server.health.Check, health_pb2.HealthCheckRequest())
        self.assertEqual(reply.status, health_pb2.HealthCheckResponse.SERVING)

    def test_a_server_asked_to_stop_ends_well_and_keeps_what_it_recorded(self):
        path = os.path.join(self.directory, "stopped.db")
        first = Server(path)
        self.addCleanup(first.close)
        create_program(first, self.program.removeprefix("programs/"))
        publish_rules(first, self.program)
        receipts = record_all(first, self.program, self.activities)

        self.assertEqual(first.terminate(), 0)

        second = Server(path)
        self.addCleanup(second.close)
        self.assert_replays([record(second, each) for each in self.activities], receipts)
        self.assertEqual(get_balance(second, self.program, "anna").available_points, 304)


def call(method, request):
    return method(request, metadata=CALLER, timeout=PATIENCE_S)


def create_program(server, program_id):
    program = programs_pb2.Program(currency_code="GBP", time_zone="Europe/London")
    return call(
        server.programs.CreateProgram, programs_pb2.CreateProgramRequest(program_id=program_id, program=program)
    )


def publish_rules(server, program):
    rules = [programs_pb2.Rule(rule_id=kind, activity_kind=kind, points=points) for kind, points in POINTS.items()]
    rule_set = programs_pb2.RuleSet(name=f"{program}/ruleSets/1", in_force_from=timestamp(FIRST_MOMENT), rules=rules)
    return call(server.programs.PublishRuleSet, programs_pb2.PublishRuleSetRequest(rule_set=rule_set))


def head_seq(server, program):
    return call(server.programs.GetProgram, programs_pb2.GetProgramRequest(name=program)).head_seq


def activity(program, index, kind, member, counterparty):
    return ledger_pb2.Activity(
        name=f"{program}/sources/forum/activities/event-{index}",
        kind=kind,
        member_id=member,
        counterparty_id=counterparty,
        subject=f"answer-{index}",
        occurred_at=timestamp(FIRST_MOMENT + timedelta(minutes=index)),
    )


def record_all(server, program, activities):
    """Records the first 20 in one batch and the rest one by one; returns the receipts in the same order."""
    results = record_batch(server, program, activities[:20])
    errors = [result.error for result in results if result.WhichOneof("result") != "receipt"]
    if errors:
        raise AssertionError(f"not recorded: {errors}")
    return [result.receipt for result in results] + [record(server, each) for each in activities[20:]]


def record(server, each):
    return call(server.ledger.RecordActivity, ledger_pb2.RecordActivityRequest(activity=each))


def record_batch(server, program, activities):
    request = ledger_pb2.BatchRecordActivitiesRequest(parent=program, activities=activities)
    return list(call(server.ledger.BatchRecordActivities, request).results)


def get_balance(server, program, member, min_seq=0):
    request = ledger_pb2.GetBalanceRequest(name=f"{program}/members/{member}", min_seq=min_seq)
    return call(server.ledger.GetBalance, request)


def list_entries(server, parent, page_size, after_first_page=lambda: None):
    """Reads all pages of a list of entries."""
    request = ledger_pb2.ListEntriesRequest(parent=parent, page_size=page_size)
    reply = call(server.ledger.ListEntries, request)
    pages = [reply.entries]
    after_first_page()
    while reply.next_page_token:
        request.page_token = reply.next_page_token
        reply = call(server.ledger.ListEntries, request)
        pages.append(reply.entries)
    return pages


def watch(server, parent, after_seq=0, resume_token=""):
    request = ledger_pb2.WatchEntriesRequest(parent=parent, after_seq=after_seq, resume_token=resume_token)
    return server.ledger.WatchEntries(request, metadata=CALLER, timeout=PATIENCE_S)


def get_standing(server, program, member, neighbours):
    request = leaderboards_pb2.GetStandingRequest(name=f"{program}/members/{member}", neighbours=neighbours)
    return call(server.leaderboards.GetStanding, request)


def timestamp(moment):
    result = Timestamp()
    result.FromDatetime(moment)
    return result


def status_of(error):
    """Returns the `google.rpc.Status` that came in the trailers of a failed call."""
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            return status_pb2.Status.FromString(value)
    raise AssertionError(f"an error without details: {error}")


def detail(status, message_type):
    """Returns the one detail of this type."""
    found = [any_detail for any_detail in status.details if any_detail.Is(message_type.DESCRIPTOR)]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} details of type {message_type.DESCRIPTOR.full_name} in {status}")
    result = message_type()
    found[0].Unpack(result)
    return result


if __name__ == "__main__":
    unittest.main(verbosity=2)
