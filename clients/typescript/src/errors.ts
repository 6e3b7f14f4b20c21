import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorReason } from "./gen/goodturn/v1/errors_pb.js";
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb.js";

/** The domain of every `google.rpc.ErrorInfo` of Goodturn. */
const DOMAIN = "goodturn";
const PREFIX = "ERROR_REASON_";

/** The name of a reason, as `NOT_FOUND`. `UNSPECIFIED`: none was given, or one that this version does not know. */
export type Reason = keyof typeof ErrorReason;

/** A rule that a request breaks: the path of a field, and what is wrong with it. */
export interface Violation {
  readonly field: string;
  readonly problem: string;
}

/** A call that failed. */
export class GoodturnError extends Error {
  override readonly name = "GoodturnError";
  /** The code of gRPC. */
  readonly code: Code;
  /** What a program goes by. */
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;
  /** Each field that is wrong. */
  readonly violations: readonly Violation[];
  /** The id of the request, which stands in the server's log. */
  readonly requestId: string | undefined;
  /** How long to wait before the same call. Not set where the server does not ask for it. */
  readonly retryDelayMs: number | undefined;
  /** True when the same call may do better. */
  readonly mayRetry: boolean;

  constructor(error: ConnectError) {
    super(error.rawMessage, { cause: error });
    const info = error.findDetails(ErrorInfoSchema).find((info) => info.domain === DOMAIN);
    const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
    this.code = error.code;
    this.reason = reasonOf(info?.reason);
    this.metadata = { ...info?.metadata };
    this.violations = error
      .findDetails(BadRequestSchema)
      .flatMap((bad) => bad.fieldViolations.map(({ field, description: problem }) => ({ field, problem })));
    this.requestId = error.findDetails(RequestInfoSchema)[0]?.requestId;
    this.retryDelayMs = delay && Number(delay.seconds) * 1_000 + delay.nanos / 1_000_000;
    // The server says when a retry helps. Where it was not reached, or gave no answer, the same call tells.
    const saysSo = this.retryDelayMs !== undefined || this.reason === "DEADLINE_PASSED";
    this.mayRetry = info ? saysSo : gaveNoAnswer(error);
  }

  /** Any error of a call, as one of these. */
  static from(error: unknown): GoodturnError {
    return error instanceof GoodturnError ? error : new GoodturnError(ConnectError.from(error));
  }
}

function reasonOf(name: string | undefined): Reason {
  const reason = name?.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  return Number.isNaN(Number(reason)) && reason in ErrorReason ? (reason as Reason) : "UNSPECIFIED";
}

function gaveNoAnswer({ code, cause }: ConnectError): boolean {
  // An error of what lies below, and not one that was received, is a broken connection.
  const isBroken = (code === Code.Unknown || code === Code.Internal) && cause instanceof Error;
  return isBroken || [Code.Unavailable, Code.DeadlineExceeded, Code.Aborted].includes(code);
}
