// A server of its own for a file of tests: GOODTURN_BIN says which program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect, ruleSetName, time } from "@goodturn/client";

export async function serve(...options) {
  const folder = mkdtempSync(join(tmpdir(), "goodturn-"));
  const database = `sqlite://${join(folder, "goodturn.db")}?mode=rwc`;
  const given = ["serve", "--database", database, "--listen", "127.0.0.1:0", "--admin-listen", "off", ...options];
  const server = spawn(process.env.GOODTURN_BIN, given, { stdio: ["ignore", "pipe", "ignore"] });
  const address = await new Promise((resolve, reject) => {
    server.on("error", reject);
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    createInterface({ input: server.stdout }).on("line", (line) => {
      const found = /listening on ([\d.]+:\d+)/.exec(line);
      if (found) resolve(found[1]);
    });
  });
  const stop = async () => {
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { address, baseUrl: `http://${address}`, stop };
}

/** A programme in which an accepted answer gives 100 points. */
export async function programme(baseUrl, programId) {
  const program = { currencyCode: "GBP", timeZone: "Europe/London", adjustmentLimitPoints: 10n };
  const { programs } = connect({ baseUrl, principal: "olga" });
  await programs.createProgram({ programId, program });
  const rules = [{ ruleId: "answers", activityKind: "answer_accepted", points: 100n }];
  const name = ruleSetName(programId, 1);
  await programs.publishRuleSet({ ruleSet: { name, inForceFrom: time("2024-01-01T00:00:00Z"), rules } });
}
