// The package in a real browser, from a page of another origin. CHROMIUM names the program.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import puppeteer from "puppeteer-core";
import { programme, serve } from "./server.mjs";

let server, pages, browser, origin;

before(async () => {
  const bundled = await build({
    entryPoints: [fileURLToPath(new URL("page.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
  });
  const script = bundled.outputFiles[0].text;
  pages = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : "<!doctype html><script src=/page.js></script>");
  });
  pages.listen(0, "localhost");
  await once(pages, "listening");
  origin = `http://localhost:${pages.address().port}`;
  server = await serve("--origins", origin);
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // The browser's own walls are not what is tested, and no root may have them.
    args: ["--no-sandbox", "--no-proxy-server", "--disable-dev-shm-usage"],
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  pages?.closeAllConnections();
  pages?.close();
});

async function opened(address) {
  const page = await browser.newPage();
  await page.goto(address);
  return page;
}

const WAYS = [
  ["Connect", "byGoodturn", "connect", false],
  ["Connect, reading by GET", "byGoodturn", "connect", true],
  ["gRPC-Web of Connect", "byGoodturn", "grpc-web", false],
  ["gRPC-Web of protobuf-ts", "byProtobufTs", "binary"],
  ["gRPC-Web of protobuf-ts, as text", "byProtobufTs", "text"],
];

for (const [index, [title, act, ...how]] of WAYS.entries()) {
  test(`a page records, reads, watches and is told what is wrong by ${title}`, async () => {
    const program = `page-${index}`;
    await programme(server.baseUrl, program);
    const page = await opened(origin);
    const told = await page.evaluate((name, ...given) => globalThis[name](...given), act, server.baseUrl, program, ...how);
    const reason = "EXISTS_WITH_DIFFERENT_CONTENT";
    assert.deepEqual(told, { points: "100", availablePoints: "100", seqs: ["1", "2", "3"], reason });
    await page.close();
  });
}

test("a page that reads twice by GET is sent the reply once", async () => {
  await programme(server.baseUrl, "twice");
  const page = await opened(origin);
  const network = await page.createCDPSession();
  await network.send("Network.enable");
  const [reads, replies] = [new Set(), []];
  network.on("Network.requestWillBeSent", ({ requestId, request: { method, url } }) => {
    if (method === "GET" && url.includes("GetBalance")) reads.add(requestId);
  });
  network.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => replies.push([requestId, statusCode]));
  const told = await page.evaluate((...given) => globalThis.readTwice(...given), server.baseUrl, "twice");
  assert.deepEqual(told, ["0", "0"]);
  // The browser tells of a reply a little after the page has it.
  const statuses = () => replies.filter(([id]) => reads.has(id)).map(([, status]) => status);
  for (let waited = 0; statuses().length < 2 && waited < 100; waited += 1) await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual(statuses(), [200, 304]);
  await page.close();
});

test("a page of an origin that was not named cannot read", async () => {
  const page = await opened(origin.replace("localhost", "127.0.0.1"));
  const told = await page.evaluate(
    (...given) => globalThis.readTwice(...given).catch((error) => `${error}`),
    server.baseUrl,
    "twice",
  );
  assert.match(told, /Failed to fetch/);
  await page.close();
});
