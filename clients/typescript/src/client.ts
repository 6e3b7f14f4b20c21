import { createClient, type Client, type Interceptor, type Transport } from "@connectrpc/connect";
import { Adjustments } from "./gen/goodturn/v1/adjustments_pb.js";
import { Audit } from "./gen/goodturn/v1/audit_pb.js";
import { Books } from "./gen/goodturn/v1/books_pb.js";
import { Choices } from "./gen/goodturn/v1/choices_pb.js";
import { Leaderboards } from "./gen/goodturn/v1/leaderboards_pb.js";
import { Ledger } from "./gen/goodturn/v1/ledger_pb.js";
import { Members } from "./gen/goodturn/v1/members_pb.js";
import { Payments } from "./gen/goodturn/v1/payments_pb.js";
import { Payouts } from "./gen/goodturn/v1/payouts_pb.js";
import { Principals } from "./gen/goodturn/v1/principals_pb.js";
import { Programs } from "./gen/goodturn/v1/programs_pb.js";
import { Till } from "./gen/goodturn/v1/till_pb.js";
import { Retrying, type Patience } from "./retry.js";

export { Code } from "@connectrpc/connect";
export { GoodturnError, type Reason, type Violation } from "./errors.js";
export { activityName, date, holdName, memberName, programName, redemptionName, ruleSetName, time } from "./names.js";
export type { Patience } from "./retry.js";

const SERVICES = {
  adjustments: Adjustments,
  audit: Audit,
  books: Books,
  choices: Choices,
  leaderboards: Leaderboards,
  ledger: Ledger,
  members: Members,
  payments: Payments,
  payouts: Payouts,
  principals: Principals,
  programs: Programs,
  till: Till,
};

/** A client of each service, as `goodturn.ledger.getBalance(…)`. */
export type Goodturn = { readonly [S in keyof typeof SERVICES]: Client<(typeof SERVICES)[S]> };

export interface Options extends Patience {
  /** Where the server is, as `https://goodturn.example`. */
  readonly baseUrl: string;
  /** A token or an API key, or what gets one for each call. */
  readonly token?: string | (() => string | Promise<string>);
  /** The name of the caller, for a server on the same machine that believes names. */
  readonly principal?: string;
  /** Calls that only read go as a GET, which a browser keeps until something changes. */
  readonly useHttpGet?: boolean;
  readonly interceptors?: Interceptor[];
}

/** Makes the clients of a transport. */
export function clients(options: Options, transport: (interceptors: Interceptor[]) => Transport): Goodturn {
  const { protocol, hostname } = new URL(options.baseUrl);
  if (options.token !== undefined && protocol !== "https:" && !/^(localhost|127\..*|\[::1\])$/.test(hostname)) {
    throw new RangeError(`a token is sent by https or on the same machine, and not to ${options.baseUrl}`);
  }
  const retrying = new Retrying(transport([named(options), ...(options.interceptors ?? [])]), options);
  const made = Object.entries(SERVICES).map(([name, service]) => [name, createClient(service, retrying)]);
  return Object.fromEntries(made) as Goodturn;
}

function named({ token, principal }: Options): Interceptor {
  return (next) => async (request) => {
    if (token !== undefined) {
      request.header.set("authorization", `Bearer ${typeof token === "string" ? token : await token()}`);
    }
    if (principal !== undefined) {
      request.header.set("goodturn-principal", principal);
    }
    return next(request);
  };
}
