// Runs in a page of another origin: the same four acts by each way into the server.
import { GrpcWebFetchTransport } from "@protobuf-ts/grpcweb-transport";
import { RpcError } from "@protobuf-ts/runtime-rpc";
import { activityName, connect, GoodturnError, memberName, programName, time } from "@goodturn/client";
import { ErrorInfo } from "./gen/google/rpc/error_details.js";
import { Status } from "./gen/google/rpc/status.js";
import { LedgerClient } from "./gen/goodturn/v1/ledger.client.js";
import { Timestamp } from "./gen/google/protobuf/timestamp.js";

const KIND = "answer_accepted";

async function byGoodturn(baseUrl: string, program: string, protocol: "connect" | "grpc-web", useHttpGet: boolean) {
  const { ledger } = connect({ baseUrl, protocol, useHttpGet, principal: "forum" });
  const activity = { name: activityName(program, "forum", "v"), kind: KIND, memberId: "ada", occurredAt: time(new Date()) };
  const { points } = await ledger.recordActivity({ activity });
  const { availablePoints } = await ledger.getBalance({ name: memberName(program, "ada") });
  const stop = new AbortController();
  const seqs: bigint[] = [];
  for await (const message of ledger.watchEntries({ parent: programName(program) }, { signal: stop.signal })) {
    seqs.push(...message.entries.map((entry) => entry.seq));
    if (seqs.at(-1) === message.headSeq) break;
  }
  stop.abort();
  const failed = await ledger.recordActivity({ activity: { ...activity, memberId: "ben" } }).catch((error: unknown) => error);
  const reason = failed instanceof GoodturnError ? failed.reason : `${failed}`;
  return { points: `${points}`, availablePoints: `${availablePoints}`, seqs: seqs.map(String), reason };
}

async function byProtobufTs(baseUrl: string, program: string, format: "text" | "binary") {
  const ledger = new LedgerClient(new GrpcWebFetchTransport({ baseUrl, format, meta: { "goodturn-principal": "forum" } }));
  const activity = { name: activityName(program, "forum", "v"), kind: KIND, memberId: "ada", occurredAt: Timestamp.now() };
  const asked = { attributes: {}, counterpartyId: "", subject: "", exclusiveKey: "", follows: "" };
  const read = { state: 0, points: 0n, declineReason: 0, ruleSet: "", ruleId: "", seq: 0n, reversedBySeq: 0n };
  const more = { outcomes: [], changes: [], changesTruncated: false, refundedQuantity: 0n };
  const whole = { ...activity, ...asked, ...read, ...more };
  const { points } = await ledger.recordActivity({ activity: whole }).response;
  const { availablePoints } = await ledger.getBalance({ name: memberName(program, "ada"), minSeq: 0n }).response;
  const stop = new AbortController();
  const watched = { parent: programName(program), afterSeq: 0n, resumeToken: "" };
  const seqs: bigint[] = [];
  for await (const message of ledger.watchEntries(watched, { abort: stop.signal }).responses) {
    seqs.push(...message.entries.map((entry) => entry.seq));
    if (seqs.at(-1) === message.headSeq) break;
  }
  stop.abort();
  const call = ledger.recordActivity({ activity: { ...whole, memberId: "ben" } });
  const failed = await call.response.then(() => undefined, (error: unknown) => error);
  const details = failed instanceof RpcError ? `${failed.meta["grpc-status-details-bin"]}` : "";
  const status = Status.fromBinary(Uint8Array.from(atob(details), (letter) => letter.charCodeAt(0)));
  const info = status.details.find((any) => any.typeUrl.endsWith("google.rpc.ErrorInfo"));
  const reason = info ? ErrorInfo.fromBinary(info.value).reason.replace("ERROR_REASON_", "") : `${failed}`;
  return { points: `${points}`, availablePoints: `${availablePoints}`, seqs: seqs.map(String), reason };
}

/** Reads a balance twice by GET, and tells the points. */
async function readTwice(baseUrl: string, program: string) {
  const { ledger } = connect({ baseUrl, useHttpGet: true, tries: 1 });
  const read = async () => (await ledger.getBalance({ name: memberName(program, "ada") })).availablePoints;
  return [`${await read()}`, `${await read()}`];
}

Object.assign(globalThis, { byGoodturn, byProtobufTs, readTwice });
