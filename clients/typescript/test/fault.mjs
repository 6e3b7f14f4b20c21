// Stands in front of a server and fails the first calls.
import { once } from "node:events";
import { createServer } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { ErrorInfoSchema, RetryInfoSchema } from "@goodturn/client/google/rpc/error_details";

const HTTP = { unavailable: 503, resource_exhausted: 429, deadline_exceeded: 504, aborted: 409, internal: 500, data_loss: 500 };

function detail(schema, message) {
  const value = Buffer.from(toBinary(schema, create(schema, message))).toString("base64").replace(/=+$/, "");
  return { type: schema.typeName, value };
}

/** An error as Connect tells it: with a reason unless it is a proxy's, and with a delay where a retry helps. */
export function fault(code, reason, delayMs) {
  const details = [];
  if (reason) details.push(detail(ErrorInfoSchema, { domain: "goodturn", reason: `ERROR_REASON_${reason}` }));
  if (delayMs) details.push(detail(RetryInfoSchema, { retryDelay: { nanos: delayMs * 1_000_000 } }));
  return { status: HTTP[code], body: JSON.stringify({ code, message: `${code} on purpose`, details }) };
}

/** Answers with these faults, then passes on. A fault `cut` closes the connection, and `lost` passes on first. */
export async function faulty(baseUrl, faults) {
  const calls = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    calls.push({ at: performance.now(), body });
    const next = faults.shift();
    if (next === "cut") return request.socket.destroy();
    if (next && next !== "lost") {
      response.writeHead(next.status, { "content-type": "application/json" });
      return response.end(next.body);
    }
    const headers = { "content-type": request.headers["content-type"], "goodturn-principal": "olga" };
    const reply = await fetch(baseUrl + request.url, { method: "POST", headers, body });
    const told = Buffer.from(await reply.arrayBuffer());
    if (next === "lost") return request.socket.destroy();
    response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") });
    response.end(told);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { baseUrl: `http://127.0.0.1:${server.address().port}`, calls, stop };
}
