import type { Line } from "../rig/history.ts";
import type { Sessions } from "./delivery.ts";

export interface Totals {
  tried: number;
  acked: number;
  held: number;
  unknown: number;
  refused: number;
  /** Stored, and the first receipt was lost. */
  recovered: number;
  /** Entries that came by Sync. */
  entries: number;
  cameLive: number;
  /** Events that came twice on one connection: allowed. */
  repeatedEvents: number;
  walks: number;
  lists: number;
  joined: number;
  removed: number;
  marks: number;
}

// Faults that end every connection, and those that leave sends without an answer.
const disconnecting = new Set(["kill", "drain", "late-commit"]);

/** A run that tested nothing fails. */
export function* vacuity(runLines: readonly Line[], sessions: Sessions, totals: Totals): Generator<string> {
  const planned = (runLines.find(({ op }) => op === "settings")?.["kinds"] ?? []) as readonly string[];
  const struck = runLines.filter(({ op, phase }) => op === "fault" && phase === "ok").map((line) => String(line["fault"]));
  for (const kind of planned) {
    if (!struck.includes(kind)) {
      yield `${kind} was never done`;
    }
  }
  if (struck.some((kind) => disconnecting.has(kind))) {
    const still = sessions.devices.filter((device) => sessions.of(device).length < 2);
    if (still.length > 0) {
      yield `${still.length} devices never reconnected: ${still.slice(0, 5).join(", ")}`;
    }
    if (totals.recovered === 0 && struck.length >= 5) {
      yield "no fault fell between a commit and its receipt";
    }
  }
  if (struck.includes("postgres-stop") && totals.held === 0) {
    yield "nothing was held while Postgres stood still";
  }
  const needs: readonly (readonly [boolean, string])[] = [
    [totals.acked >= totals.tried / 2 && totals.acked > 0, `${totals.acked} of ${totals.tried} sends were acknowledged`],
    [totals.unknown > 0, "no send was without an answer"],
    [totals.refused > 0, "nothing was refused"],
    [totals.cameLive > totals.entries, `${totals.cameLive} entries came live, ${totals.entries} by Sync`],
    [totals.walks > 0 && totals.lists > 0, "the final reads are missing"],
    [totals.joined > 0 && totals.removed > 0, `${totals.removed} members were removed, ${totals.joined} added`],
    [totals.marks > 0, "no read cursor moved"],
  ];
  for (const [holds, fault] of needs) {
    if (!holds) {
      yield fault;
    }
  }
}
