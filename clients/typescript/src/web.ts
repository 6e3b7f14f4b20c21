import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { clients, type Goodturn, type Options } from "./client.js";

export * from "./client.js";

export interface ConnectOptions extends Options {
  /** Default `connect`. */
  readonly protocol?: "connect" | "grpc-web";
}

/** Makes the clients of a server, for a browser. */
export function connect(options: ConnectOptions): Goodturn {
  const { baseUrl, useHttpGet = false, protocol = "connect" } = options;
  return clients(options, (interceptors) =>
    protocol === "connect"
      ? createConnectTransport({ baseUrl, useHttpGet, useBinaryFormat: true, interceptors })
      : createGrpcWebTransport({ baseUrl, interceptors }),
  );
}
