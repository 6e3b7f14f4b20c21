import { fromJson } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate, TimestampSchema, type Timestamp } from "@bufbuild/protobuf/wkt";

const ID = /^[A-Za-z0-9\-._~:@+=]{1,128}$/;

function joined(...parts: string[]): string {
  const wrong = parts.find((_, index) => index % 2 === 1 && !ID.test(parts[index] ?? ""));
  if (wrong !== undefined) {
    throw new RangeError(`${JSON.stringify(wrong)} is no id: 1 to 128 of A–Z a–z 0–9 - . _ ~ : @ + =`);
  }
  return parts.join("/");
}

export const programName = (program: string) => joined("programs", program);
export const ruleSetName = (program: string, version: bigint | number) =>
  joined("programs", program, "ruleSets", `${version}`);
export const memberName = (program: string, member: string) => joined("programs", program, "members", member);
export const activityName = (program: string, source: string, id: string) =>
  joined("programs", program, "sources", source, "activities", id);
export const holdName = (program: string, source: string, id: string) =>
  joined("programs", program, "sources", source, "holds", id);
export const redemptionName = (program: string, source: string, id: string) =>
  joined("programs", program, "sources", source, "redemptions", id);

/** A time, from a `Date` or from a text of RFC 3339, which may tell microseconds. */
export function time(when: Date | string): Timestamp {
  return typeof when === "string" ? fromJson(TimestampSchema, when) : timestampFromDate(when);
}

/** The `Date` of a time, in whole milliseconds. */
export const date = (when: Timestamp): Date => timestampDate(when);
