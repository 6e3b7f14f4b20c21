import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { GoodturnError } from "./errors.js";

/** How often and how long a single call is tried. */
export interface Patience {
  /** How often at most. Default 5. */
  readonly tries?: number;
  /** Milliseconds for a call with all of its tries. Default 30,000. The option `timeoutMs` of a call takes its place. */
  readonly deadlineMs?: number;
  /** Milliseconds for one try of a call without a `timeoutMs` of its own. Default 10,000. */
  readonly tryMs?: number;
}

/** The first wait is up to so many milliseconds, and each further one up to twice as many. */
const FIRST_WAIT_MS = 100;
const WAIT_MS_MAX = 5_000;

/** Sends a call again, the same message, while that may help. Every error becomes a `GoodturnError`. */
export class Retrying implements Transport {
  constructor(
    private readonly inner: Transport,
    private readonly patience: Patience,
  ) {}

  unary: Transport["unary"] = async (method, signal, timeoutMs, header, input, contextValues) => {
    const { tries = 5, deadlineMs = 30_000, tryMs = 10_000 } = this.patience;
    const until = performance.now() + (timeoutMs ?? deadlineMs);
    // Made once, so that every try sends the same.
    const message = create(method.input, input) as MessageInitShape<typeof method.input>;
    for (let tried = 1; ; tried += 1) {
      const left = Math.max(1, Math.round(until - performance.now()));
      const time = timeoutMs === undefined ? Math.min(tryMs, left) : left;
      try {
        return await this.inner.unary(method, signal, time, header, message, contextValues);
      } catch (cause) {
        const error = GoodturnError.from(cause);
        const wait = waitOf(tried, error);
        const isLate = performance.now() + wait >= until;
        if (!error.mayRetry || tried >= tries || isLate || signal?.aborted) {
          throw error;
        }
        await sleep(wait, signal);
      }
    }
  };

  stream: Transport["stream"] = async (method, signal, timeoutMs, header, input, contextValues) => {
    try {
      const reply = await this.inner.stream(method, signal, timeoutMs, header, input, contextValues);
      return { ...reply, message: told(reply.message) };
    } catch (error) {
      throw GoodturnError.from(error);
    }
  };
}

async function* told<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw GoodturnError.from(error);
  }
}

/** As long as the server asks, and up to so much more that callers do not come back all at once. */
function waitOf(tried: number, error: GoodturnError): number {
  const most = Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (tried - 1));
  return (error.retryDelayMs ?? 0) + Math.random() * most;
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new GoodturnError(new ConnectError("the call was given up", Code.Canceled)));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
