"""The package against a real server, from threads and with asyncio."""

import asyncio
import sys
import time
import unittest
from datetime import UTC, datetime, timedelta, timezone

import goodturn
from goodturn import Client, GoodturnError, Patience, Reason, activity_name, connect, member_name, redemption_name
from goodturn.v1 import adjustments_pb2, ledger_pb2, till_pb2
from grpc import StatusCode
from support import WHEN, Fault, Front, Server, answer, programme


class Test(unittest.TestCase):
    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)

    def setUp(self) -> None:
        self.program = self._testMethodName.removeprefix("test_").replace("_", "-")[:60]
        programme(self.server.base_url, self.program)

    def client(self, principal: str | None = "olga") -> Client:
        client = connect(self.server.base_url, principal=principal)
        self.addCleanup(client.close)
        return client

    def test_records_replays_reads_and_watches(self) -> None:
        ledger = self.client().ledger
        first = ledger.RecordActivity(answer(self.program, "vote-1"))
        self.assertEqual((first.points, first.replay), (100, False))
        again = ledger.RecordActivity(answer(self.program, "vote-1"))
        self.assertEqual((again.points, again.replay, again.seq), (100, True, first.seq))
        balance = ledger.GetBalance(ledger_pb2.GetBalanceRequest(name=member_name(self.program, "ada"), min_seq=first.seq))
        self.assertEqual(balance.available_points, 100)
        stream = ledger.WatchEntries(ledger_pb2.WatchEntriesRequest(parent=f"programs/{self.program}"))
        seqs: list[int] = []
        for message in stream:
            seqs += [entry.seq for entry in message.entries]
            if seqs[-1] == message.head_seq:
                stream.cancel()
                break
        self.assertEqual(seqs, [1, 2, 3])
        with self.assertRaises(GoodturnError) as caught:
            next(iter(ledger.WatchEntries(ledger_pb2.WatchEntriesRequest(parent="programs/none"))))
        self.assertIs(caught.exception.reason, Reason.NOT_FOUND)

    def test_many_are_streamed_and_answered(self) -> None:
        asked = (answer(self.program, f"vote-{index}", member).activity for index, member in enumerate(["ada", ""]))
        parent = f"programs/{self.program}"
        request = ledger_pb2.StreamActivitiesRequest(parent=parent, activities=list(asked))
        results = [result for message in self.client().ledger.StreamActivities(iter([request])) for result in message.results]
        self.assertEqual(results[0].receipt.points, 100)
        self.assertEqual(results[1].error.code, StatusCode.INVALID_ARGUMENT.value[0])

    def test_asyncio_does_the_same(self) -> None:
        async def run() -> None:
            async with goodturn.aio.connect(self.server.base_url, principal="olga") as client:
                first = await client.ledger.RecordActivity(answer(self.program, "vote-1"))
                again = await client.ledger.RecordActivity(answer(self.program, "vote-1"))
                self.assertEqual((first.points, again.replay, again.seq), (100, True, first.seq))
                seqs: list[int] = []
                async for message in client.ledger.WatchEntries(ledger_pb2.WatchEntriesRequest(parent=f"programs/{self.program}")):
                    seqs += [entry.seq for entry in message.entries]
                    if seqs[-1] == message.head_seq:
                        break
                self.assertEqual(seqs, [1, 2, 3])
                with self.assertRaises(GoodturnError) as caught:
                    await client.ledger.RecordActivity(answer(self.program, "vote-1", "ben"))
                self.assertIs(caught.exception.reason, Reason.EXISTS_WITH_DIFFERENT_CONTENT)
                with self.assertRaises(GoodturnError) as caught:
                    async for _ in client.ledger.WatchEntries(ledger_pb2.WatchEntriesRequest(parent="programs/none")):
                        pass
                self.assertIs(caught.exception.reason, Reason.NOT_FOUND)

        asyncio.run(run())

    def test_asyncio_tries_again(self) -> None:
        faults: list[Fault | str] = [Fault(StatusCode.UNAVAILABLE), "lost"]
        with Front(self.server, faults) as front:

            async def run() -> ledger_pb2.Receipt:
                async with goodturn.aio.connect(front.base_url, principal="olga") as client:
                    return await client.ledger.RecordActivity(answer(self.program, "vote-1"))

            receipt = asyncio.run(run())
            self.assertEqual((receipt.points, receipt.replay), (100, True))
            self.assertEqual(len(front.calls), 3)
            self.assertEqual(len({request for _, request in front.calls}), 1)

    def test_each_class_of_errors_has_its_code_and_its_reason(self) -> None:
        client, ben, anonymous = self.client(), self.client("ben"), self.client(None)
        client.ledger.RecordActivity(answer(self.program, "vote-1"))

        def adjust(name: str, points: int) -> adjustments_pb2.AdjustPointsRequest:
            name = f"programs/{self.program}/adjustments/{name}"
            reason = adjustments_pb2.ADJUSTMENT_REASON_GOODWILL
            adjustment = adjustments_pb2.Adjustment(name=name, member_id="ada", points=points, reason=reason, note="thanks")
            return adjustments_pb2.AdjustPointsRequest(adjustment=adjustment)

        waits = client.adjustments.AdjustPoints(adjust("a-1", 11)).name
        parent, digest = f"programs/{self.program}", bytes(32)
        batch = adjustments_pb2.BatchApproveAdjustmentsRequest(parent=parent, names=[waits], list_digest=digest)
        late = ledger_pb2.GetBalanceRequest(name=member_name(self.program, "ada"), min_seq=99)
        sandwich = answer(self.program, "v")
        sandwich.activity.kind = "sandwich"
        redemption = till_pb2.Redemption(name=redemption_name(self.program, "shop", "r"), member_id="ada", points=101)
        approve = adjustments_pb2.ApproveAdjustmentRequest(name=waits)
        cases = [
            (lambda: client.ledger.RecordActivity(ledger_pb2.RecordActivityRequest()), "INVALID_ARGUMENT", "INVALID_REQUEST"),
            (lambda: client.ledger.RecordActivity(sandwich), "INVALID_ARGUMENT", "UNKNOWN_KIND"),
            (
                lambda: client.ledger.RecordActivity(answer(self.program, "vote-1", "ben")),
                "ALREADY_EXISTS",
                "EXISTS_WITH_DIFFERENT_CONTENT",
            ),
            (
                lambda: client.ledger.GetActivity(ledger_pb2.GetActivityRequest(name=sandwich.activity.name)),
                "NOT_FOUND",
                "NOT_FOUND",
            ),
            (
                lambda: client.till.RedeemPoints(till_pb2.RedeemPointsRequest(redemption=redemption)),
                "FAILED_PRECONDITION",
                "INSUFFICIENT_POINTS",
            ),
            (lambda: client.ledger.GetBalance(late), "OUT_OF_RANGE", "SEQ_NOT_RECORDED"),
            (lambda: client.adjustments.ApproveAdjustment(approve), "PERMISSION_DENIED", "SECOND_PERSON_REQUIRED"),
            (lambda: anonymous.adjustments.AdjustPoints(adjust("a-2", 1)), "UNAUTHENTICATED", "PRINCIPAL_REQUIRED"),
            (lambda: ben.adjustments.BatchApproveAdjustments(batch), "ABORTED", "CONTENT_CHANGED"),
        ]
        for call, code, reason in cases:
            with self.subTest(reason), self.assertRaises(GoodturnError) as caught:
                call()
            error = caught.exception
            self.assertEqual((error.code.name, error.reason.name, error.may_retry), (code, reason, False))
            self.assertRegex(error.request_id or "", "^[0-9a-f-]{36}$")

        with self.assertRaises(GoodturnError) as caught:
            client.ledger.GetBalance(late)
        self.assertEqual(caught.exception.metadata, {"head_seq": "4", "requested_seq": "99"})
        with self.assertRaises(GoodturnError) as caught:
            client.ledger.RecordActivity(answer(self.program, "v", ""))
        self.assertEqual([violation.field for violation in caught.exception.violations], ["member_id"])

    def test_numbers_of_64_bits_and_microseconds_come_back(self) -> None:
        ledger = self.client().ledger
        for index, number in enumerate([2**53 + 1, 2**63 - 1, -(2**63)]):
            request = answer(self.program, f"vote-{index}")
            request.activity.attributes["big"].number = number
            ledger.RecordActivity(request)
            read = ledger.GetActivity(ledger_pb2.GetActivityRequest(name=request.activity.name))
            self.assertEqual(read.attributes["big"].number, number)
            self.assertEqual(goodturn.moment(read.occurred_at), WHEN)

    def test_unavailable_twice_then_the_same_bytes_are_recorded(self) -> None:
        faults: list[Fault | str] = [Fault(StatusCode.UNAVAILABLE), Fault(StatusCode.UNAVAILABLE), "lost"]
        request = answer(self.program, "vote-1")
        for index in range(20):
            request.activity.attributes[f"a{index}"].flag = True
        with Front(self.server, faults) as front, connect(front.base_url) as client:
            receipt = client.ledger.RecordActivity(request)
            self.assertEqual((receipt.points, receipt.replay), (100, True))
            self.assertEqual(len(front.calls), 4)
            self.assertEqual(len({request for _, request in front.calls}), 1)

    def test_what_the_server_says_decides(self) -> None:
        code = StatusCode
        cases = [
            (code.UNAVAILABLE, "STORE_UNAVAILABLE", 20, 2),
            (code.UNAVAILABLE, "OUTCOME_UNKNOWN", 20, 2),
            (code.RESOURCE_EXHAUSTED, "OVERLOADED", 20, 2),
            (code.ABORTED, "CREDIT_CAME", 20, 2),
            (code.DEADLINE_EXCEEDED, "DEADLINE_PASSED", 0, 2),
            (code.UNAVAILABLE, "REPORT_NOT_WRITTEN", 0, 1),
            (code.ABORTED, "CONTENT_CHANGED", 0, 1),
            (code.RESOURCE_EXHAUSTED, "", 0, 1),
            (code.INTERNAL, "STORE_REFUSES", 0, 1),
            (code.DATA_LOSS, "STORE_CORRUPT", 0, 1),
            (code.INTERNAL, "OF_A_LATER_VERSION", 0, 1),
        ]
        for index, (status, reason, delay_ms, tries) in enumerate(cases):
            with self.subTest(reason), Front(self.server, [Fault(status, reason, delay_ms)]) as front, connect(front.base_url) as client:
                try:
                    self.assertEqual(client.ledger.RecordActivity(answer(self.program, f"vote-{index}")).points, 100)
                except GoodturnError as error:
                    self.assertEqual(error.reason, Reason.__members__.get(reason, Reason.UNSPECIFIED))
                self.assertEqual(len(front.calls), tries)

    def test_tries_are_bounded_and_wait_as_long_as_the_server_asks(self) -> None:
        read = ledger_pb2.GetBalanceRequest(name=member_name(self.program, "ada"))
        for patience, timeout, most in [(Patience(tries=3), None, 3), (Patience(deadline_s=0.15), None, 3), (Patience(), 0.1, 2)]:
            faults: list[Fault | str] = [Fault(StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE", 60) for _ in range(9)]
            with Front(self.server, faults) as front, connect(front.base_url, patience=patience) as client:
                begin = time.monotonic()
                with self.assertRaises(GoodturnError) as caught:
                    client.ledger.GetBalance(read, timeout=timeout)
                self.assertEqual((caught.exception.reason, caught.exception.retry_delay_s), (Reason.STORE_UNAVAILABLE, 0.06))
                self.assertLess(time.monotonic() - begin, 3)
                self.assertLessEqual(len(front.calls), most)
                times = [at for at, _ in front.calls]
                self.assertTrue(all(later - earlier >= 0.06 for earlier, later in zip(times, times[1:])), times)

    def test_each_try_has_a_token_of_its_own(self) -> None:
        read = ledger_pb2.GetBalanceRequest(name=member_name(self.program, "ada"))
        tokens = iter(["one", "two", "three"])
        with Front(self.server, [Fault(StatusCode.UNAVAILABLE)]) as front:
            with connect(front.base_url, token=lambda: next(tokens)) as client:
                client.ledger.GetBalance(read)

            async def run() -> None:
                async with goodturn.aio.connect(front.base_url, token=lambda: next(tokens), principal="olga") as client:
                    await client.ledger.GetBalance(read)

            asyncio.run(run())
            sent = [headers["authorization"] for headers in front.headers]
            self.assertEqual(sent, ["Bearer one", "Bearer two", "Bearer three"])
            self.assertEqual(front.headers[-1]["goodturn-principal"], "olga")

    def test_names_and_times(self) -> None:
        self.assertEqual(activity_name("qc", "forum", "vote-346"), "programs/qc/sources/forum/activities/vote-346")
        for wrong in ["", "a/b", "a" * 129]:
            self.assertRaises(ValueError, member_name, "qc", wrong)
        east = datetime(2024, 5, 4, 11, 30, tzinfo=timezone(timedelta(hours=2)))
        self.assertEqual(goodturn.moment(goodturn.time(east)), datetime(2024, 5, 4, 9, 30, tzinfo=UTC))
        self.assertRaises(ValueError, goodturn.time, datetime(2024, 5, 4))

    def test_a_token_goes_by_https_or_stays_on_the_machine(self) -> None:
        self.assertRaises(ValueError, connect, "http://forum.example", token="t")
        self.assertRaises(ValueError, connect, "forum.example")
        connect("https://forum.example", token="t").close()
        connect("http://127.0.0.1:7460", token=lambda: "t").close()


if __name__ == "__main__":
    # What gRPC logs goes to stderr, and into no line of these.
    unittest.main(testRunner=unittest.TextTestRunner(sys.stdout, verbosity=2))
