// The package in Node, against a real server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { activityName, Code, connect, date, GoodturnError, memberName, programName, redemptionName, time } from "@goodturn/client";
import { serve, programme } from "./server.mjs";

let server;
before(async () => {
  server = await serve();
});
after(() => server.stop());

const WAYS = [
  { protocol: "connect", httpVersion: "2" },
  { protocol: "connect", httpVersion: "1.1" },
  { protocol: "connect", httpVersion: "1.1", useHttpGet: true },
  { protocol: "grpc" },
  { protocol: "grpc-web", httpVersion: "1.1" },
];

const answer = (program, id, memberId = "ada") => ({
  name: activityName(program, "forum", id),
  kind: "answer_accepted",
  memberId,
  occurredAt: time("2024-05-04T09:30:00.123456Z"),
});

/** The error of a call. */
async function failed(call) {
  const error = await call.then(() => assert.fail("it did not fail"), (error) => error);
  assert.ok(error instanceof GoodturnError, `${error}`);
  return error;
}

for (const [index, way] of WAYS.entries()) {
  test(`records, replays and reads by ${Object.values(way).join(" ")}`, async () => {
    const program = `way-${index}`;
    await programme(server.baseUrl, program);
    const { ledger } = connect({ baseUrl: server.baseUrl, principal: "olga", ...way });
    const first = await ledger.recordActivity({ activity: answer(program, "vote-1") });
    assert.deepEqual([first.points, first.replay], [100n, false]);
    const again = await ledger.recordActivity({ activity: answer(program, "vote-1") });
    assert.deepEqual([again.points, again.replay, again.seq], [100n, true, first.seq]);
    const balance = await ledger.getBalance({ name: memberName(program, "ada"), minSeq: first.seq });
    assert.equal(balance.availablePoints, 100n);

    const stop = new AbortController();
    const seqs = [];
    for await (const message of ledger.watchEntries({ parent: programName(program) }, { signal: stop.signal })) {
      seqs.push(...message.entries.map((entry) => entry.seq));
      if (message.headSeq === seqs.at(-1)) break;
    }
    stop.abort();
    assert.deepEqual(seqs, [1n, 2n, 3n]);

    const error = await failed(ledger.recordActivity({ activity: { ...answer(program, "vote-2"), kind: "?", memberId: "" } }));
    assert.deepEqual([error.code, error.reason, error.mayRetry], [Code.InvalidArgument, "INVALID_REQUEST", false]);
    assert.deepEqual(error.violations.map(({ field }) => field), ["kind", "member_id"]);
    assert.match(error.requestId, /^[0-9a-f-]{36}$/);
    const ended = ledger.watchEntries({ parent: "programs/none" })[Symbol.asyncIterator]().next();
    assert.equal((await failed(ended)).reason, "NOT_FOUND");
  });
}

test("many are streamed and answered, each for itself", async () => {
  for (const protocol of ["connect", "grpc"]) {
    await programme(server.baseUrl, `many-${protocol}`);
    const { ledger } = connect({ baseUrl: server.baseUrl, principal: "olga", protocol });
    const told = [];
    async function* asked() {
      const one = (id, member) => answer(`many-${protocol}`, id, member);
      yield { parent: programName(`many-${protocol}`), activities: [one("a"), one("b", "")] };
      yield { activities: [one("c")] };
    }
    for await (const { firstIndex, results } of ledger.streamActivities(asked())) {
      told.push(...results.map(({ result }, index) => [Number(firstIndex) + index, result.case, result.value.points]));
    }
    const expected = [[0, "receipt", 100n], [1, "error", undefined], [2, "receipt", 100n]];
    assert.deepEqual(told, expected);
  }
});

test("each class of errors has its code and its reason", async () => {
  await programme(server.baseUrl, "errors");
  const { adjustments, ledger, till } = connect({ baseUrl: server.baseUrl, principal: "olga" });
  const [ben, anonymous] = [{ principal: "ben" }, {}].map((who) => connect({ baseUrl: server.baseUrl, ...who }));
  await ledger.recordActivity({ activity: answer("errors", "vote-1") });
  const adjustment = (name, points) => ({ name: `programs/errors/adjustments/${name}`, memberId: "ada", points, reason: 1, note: "thanks" });
  const waits = await adjustments.adjustPoints({ adjustment: adjustment("a-1", 11n) });
  const redemption = { name: redemptionName("errors", "shop", "r-1"), memberId: "ada", points: 101n };
  const names = [waits.name];
  const cases = [
    [() => ledger.recordActivity({}), Code.InvalidArgument, "INVALID_REQUEST"],
    [() => ledger.recordActivity({ activity: { ...answer("errors", "v"), kind: "sandwich" } }), Code.InvalidArgument, "UNKNOWN_KIND"],
    [() => ledger.listEntries({ parent: "programs/errors", pageToken: "x" }), Code.InvalidArgument, "PAGE_TOKEN"],
    [() => ledger.recordActivity({ activity: answer("errors", "vote-1", "ben") }), Code.AlreadyExists, "EXISTS_WITH_DIFFERENT_CONTENT"],
    [() => ledger.getActivity({ name: answer("errors", "none").name }), Code.NotFound, "NOT_FOUND"],
    [() => till.redeemPoints({ redemption }), Code.FailedPrecondition, "INSUFFICIENT_POINTS"],
    [() => ledger.getBalance({ name: memberName("errors", "ada"), minSeq: 99n }), Code.OutOfRange, "SEQ_NOT_RECORDED"],
    [() => adjustments.approveAdjustment({ name: waits.name }), Code.PermissionDenied, "SECOND_PERSON_REQUIRED"],
    [() => anonymous.adjustments.adjustPoints({ adjustment: adjustment("a-2", 1n) }), Code.Unauthenticated, "PRINCIPAL_REQUIRED"],
    [
      () => ben.adjustments.batchApproveAdjustments({ parent: "programs/errors", names, listDigest: new Uint8Array(32) }),
      Code.Aborted,
      "CONTENT_CHANGED",
    ],
  ];
  for (const [call, code, reason] of cases) {
    const error = await failed(call());
    assert.deepEqual([error.code, error.reason, error.mayRetry], [code, reason, false], error.message);
    assert.ok(error.requestId, reason);
  }
  const late = await failed(ledger.getBalance({ name: memberName("errors", "ada"), minSeq: 99n }));
  assert.deepEqual({ ...late.metadata }, { head_seq: "4", requested_seq: "99" });
});

test("whole numbers of 64 bits and microseconds come back as they were", async () => {
  await programme(server.baseUrl, "big");
  for (const [index, protocol] of ["connect", "grpc"].entries()) {
    const { ledger } = connect({ baseUrl: server.baseUrl, protocol });
    for (const [at, number] of [2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)].entries()) {
      const attributes = { big: { value: { case: "number", value: number } } };
      const activity = { ...answer("big", `${index}-${at}`), attributes };
      await ledger.recordActivity({ activity });
      const read = await ledger.getActivity({ name: activity.name });
      assert.equal(read.attributes.big.value.value, number);
      assert.equal(read.occurredAt.nanos, 123_456_000);
    }
  }
});

test("names and times are as the API has them", () => {
  assert.equal(activityName("qc", "forum", "vote-346"), "programs/qc/sources/forum/activities/vote-346");
  assert.throws(() => activityName("qc", "forum", "a/b"), RangeError);
  assert.throws(() => memberName("qc", ""), RangeError);
  const when = new Date("2024-05-04T09:30:00.125Z");
  assert.deepEqual(date(time(when)), when);
  assert.equal(time("2024-05-04T11:30:00.000001+02:00").nanos, 1_000);
});

test("a token goes by https, or stays on the machine", () => {
  assert.throws(() => connect({ baseUrl: "http://forum.example", token: "t" }), RangeError);
  connect({ baseUrl: "https://forum.example", token: "t" });
  connect({ baseUrl: "http://localhost:7460", token: async () => "t" });
});
