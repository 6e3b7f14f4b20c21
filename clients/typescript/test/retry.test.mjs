// What is tried again, and that every try sends the same bytes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { activityName, connect, GoodturnError, memberName, time } from "@goodturn/client";
import { fault, faulty } from "./fault.mjs";
import { programme, serve } from "./server.mjs";

let server;
before(async () => {
  server = await serve();
  await programme(server.baseUrl, "qc");
});
after(() => server.stop());

let ids = 0;
const activity = () => ({
  name: activityName("qc", "forum", `vote-${(ids += 1)}`),
  kind: "answer_accepted",
  memberId: "ada",
  attributes: { a: { value: { case: "flag", value: true } }, b: { value: { case: "text", value: "x" } } },
  occurredAt: time(new Date()),
});

async function through(faults, patience, call) {
  const front = await faulty(server.baseUrl, faults);
  const goodturn = connect({ baseUrl: front.baseUrl, httpVersion: "1.1", ...patience });
  try {
    return { reply: await call(goodturn), calls: front.calls };
  } catch (error) {
    assert.ok(error instanceof GoodturnError, `${error}`);
    return { error, calls: front.calls };
  } finally {
    front.stop();
  }
}

test("UNAVAILABLE twice, then the same bytes are recorded once", async () => {
  const outcome = await through([fault("unavailable"), fault("unavailable")], {}, ({ ledger }) =>
    ledger.recordActivity({ activity: activity() }),
  );
  assert.equal(outcome.reply.points, 100n);
  assert.equal(outcome.calls.length, 3);
  assert.ok(outcome.calls.every(({ body }) => body.length > 50 && body.equals(outcome.calls[0].body)));
});

test("a reply that is lost is told by the same call", async () => {
  const outcome = await through(["lost", "cut"], {}, ({ ledger }) => ledger.recordActivity({ activity: activity() }));
  assert.deepEqual([outcome.reply.points, outcome.reply.replay, outcome.calls.length], [100n, true, 3]);
});

test("what the server says decides", async () => {
  const cases = [
    ["unavailable", "STORE_UNAVAILABLE", 20, 2],
    ["unavailable", "OUTCOME_UNKNOWN", 20, 2],
    ["unavailable", "BOARD_LOADING", 20, 2],
    ["resource_exhausted", "OVERLOADED", 20, 2],
    ["aborted", "CREDIT_CAME", 20, 2],
    ["deadline_exceeded", "DEADLINE_PASSED", 0, 2],
    ["unavailable", "REPORT_NOT_WRITTEN", 0, 1],
    ["aborted", "CONTENT_CHANGED", 0, 1],
    ["resource_exhausted", undefined, 0, 1],
    ["internal", "STORE_REFUSES", 0, 1],
    ["data_loss", "STORE_CORRUPT", 0, 1],
    ["internal", undefined, 0, 1],
    ["internal", "OF_A_LATER_VERSION", 0, 1],
  ];
  for (const [code, reason, delayMs, tries] of cases) {
    const { error, reply, calls } = await through([fault(code, reason, delayMs)], {}, ({ ledger }) =>
      ledger.recordActivity({ activity: activity() }),
    );
    assert.equal(calls.length, tries, `${code} ${reason}`);
    assert.equal(reply?.points, tries === 2 ? 100n : undefined);
    const expected = reason === "OF_A_LATER_VERSION" ? "UNSPECIFIED" : (reason ?? "UNSPECIFIED");
    assert.ok(reply || error.reason === expected, error?.reason);
  }
});

test("tries are bounded, and wait as long as the server asks", async () => {
  const faults = () => Array.from({ length: 9 }, () => fault("unavailable", "STORE_UNAVAILABLE", 60));
  const read = ({ ledger }) => ledger.getBalance({ name: memberName("qc", "ada") });
  const some = await through(faults(), { tries: 3 }, read);
  assert.deepEqual([some.error.reason, some.error.retryDelayMs, some.calls.length], ["STORE_UNAVAILABLE", 60, 3]);
  const waits = some.calls.slice(1).map(({ at }, index) => at - some.calls[index].at);
  assert.ok(waits.every((wait) => wait >= 59), `${waits}`);
  const begin = performance.now();
  const late = await through(faults(), { deadlineMs: 150 }, read);
  assert.ok(late.calls.length <= 3 && performance.now() - begin < 600, `${late.calls.length}`);
  const own = await through(faults(), {}, ({ ledger }) => ledger.getBalance({ name: "programs/qc/members/ada" }, { timeoutMs: 100 }));
  assert.ok(own.calls.length <= 2, `${own.calls.length}`);
});

test("who gives a call up ends its waiting", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const begin = performance.now();
  const { error } = await through([fault("unavailable", "STORE_UNAVAILABLE", 900)], {}, ({ ledger }) =>
    ledger.getBalance({ name: memberName("qc", "ada") }, { signal: stop.signal }),
  );
  assert.ok(error && performance.now() - begin < 800);
});
