// What the types of the package promise: compiled against it, and never run.
import { connect, GoodturnError, type Reason, type Violation } from "@goodturn/client";
import type { Receipt } from "@goodturn/client/v1/ledger";

const goodturn = connect({ baseUrl: "https://goodturn.example", token: async () => "a token" });
const receipt: Receipt = await goodturn.ledger.recordActivity({});
export const points: bigint = receipt.points;
export const known: Reason = "INSUFFICIENT_POINTS";
// @ts-expect-error: no such reason
export const unknown: Reason = "INSUFFICIENT_POINT";
// @ts-expect-error: no such service
goodturn.ledgers;
// @ts-expect-error: a number of 64 bits is no number
await goodturn.ledger.getBalance({ name: "programs/qc/members/ada", minSeq: 1 });
// @ts-expect-error: no such field
await goodturn.ledger.getBalance({ nam: "programs/qc/members/ada" });

export function told(error: unknown): readonly Violation[] {
  if (!(error instanceof GoodturnError)) throw error;
  // @ts-expect-error: a reason is compared with one that there is
  if (error.reason === "NOT_FOUNT") return [];
  return error.violations;
}
