// Tokens and keys, at a server that asks who calls, and the rights that they have.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { activityName, Code, connect, GoodturnError, memberName, time } from "@goodturn/client";
import { Role } from "@goodturn/client/v1/access";
import { serve } from "./server.mjs";

const ISSUER = "https://login.example";
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A person's token. */
function tokenOf(subject) {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: ISSUER, aud: "goodturn", sub: subject, iat: now, exp: now + 600, auth_time: now };
  const signed = `${part({ alg: "EdDSA", typ: "at+jwt", kid: "one" })}.${part(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
}

let folder, server;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "goodturn-access-"));
  const key = { ...publicKey.export({ format: "jwk" }), kid: "one", alg: "EdDSA", use: "sig" };
  writeFileSync(join(folder, "keys.json"), JSON.stringify({ keys: [key] }));
  writeFileSync(join(folder, "pepper"), randomBytes(32), { mode: 0o600 });
  const issuer = `[[issuers]]\nname = "${ISSUER}"\naudience = "goodturn"\nkeys = "keys.json"\nperson_claim = "auth_time"\n`;
  const operator = `[[operators]]\nname = "olga"\nissuer = "${ISSUER}"\nsubject = "olga"\n`;
  writeFileSync(join(folder, "access.toml"), `pepper_files = ["pepper"]\n${issuer}${operator}`);
  server = await serve("--access", join(folder, "access.toml"));
});
after(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

test("a key is made by an owner, and opens what its role says", async () => {
  const by = (token, protocol = "connect") => connect({ baseUrl: server.baseUrl, token, protocol });
  const owners = ["anna", "ben"].map((subject) => ({ issuer: ISSUER, subject, displayName: subject }));
  const program = { currencyCode: "GBP", timeZone: "Europe/London" };
  await by(tokenOf("olga")).programs.createProgram({ programId: "qc", program, owners });
  const expireTime = time(new Date(Date.now() + 86_400_000));
  const value = { service: "forum", roles: [Role.FRONTEND], sources: ["forum"], expireTime };
  const name = "programs/qc/accessChanges/key-1";
  const accessChange = { name, note: "the forum", change: { case: "createKey", value } };
  const { secretKey } = await by(tokenOf("anna")).principals.changeAccess({ accessChange });

  const activity = { name: activityName("qc", "forum", "v"), kind: "kudos", memberId: "ada", occurredAt: time(new Date()) };
  for (const protocol of ["connect", "grpc", "grpc-web"]) {
    const { ledger, principals } = by(async () => secretKey, protocol);
    assert.equal((await ledger.getBalance({ name: memberName("qc", "ada") })).availablePoints, 0n);
    const expected = [
      [ledger.recordActivity({ activity }), Code.InvalidArgument, "UNKNOWN_KIND"],
      [principals.listKeys({ parent: "programs/qc" }), Code.PermissionDenied, "NOT_PERMITTED"],
      [by("not-a-key", protocol).ledger.recordActivity({ activity }), Code.Unauthenticated, "NOT_AUTHENTICATED"],
    ];
    const outcomes = await Promise.allSettled(expected.map(([call]) => call));
    for (const [index, { reason: error }] of outcomes.entries()) {
      assert.ok(error instanceof GoodturnError);
      assert.deepEqual([error.code, error.reason, error.mayRetry], [...expected[index].slice(1), false]);
    }
  }
});
