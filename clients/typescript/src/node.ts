import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { clients, type Goodturn, type Options } from "./client.js";

export * from "./client.js";

export interface ConnectOptions extends Options {
  /** Default `connect`. */
  readonly protocol?: "connect" | "grpc" | "grpc-web";
  /** Default `2`. `1.1` for what stands between and knows no other; gRPC needs `2`. */
  readonly httpVersion?: "1.1" | "2";
}

/** Makes the clients of a server, for Node. */
export function connect(options: ConnectOptions): Goodturn {
  const { baseUrl, useHttpGet = false, protocol = "connect", httpVersion = "2" } = options;
  return clients(options, (interceptors) => {
    switch (protocol) {
      case "connect":
        return createConnectTransport({ baseUrl, httpVersion, useHttpGet, interceptors });
      case "grpc":
        return createGrpcTransport({ baseUrl, interceptors });
      case "grpc-web":
        return createGrpcWebTransport({ baseUrl, httpVersion, interceptors });
    }
  });
}
