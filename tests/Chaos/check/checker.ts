import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Line } from "../rig/history.ts";
import { Conversation } from "./conversation.ts";
import { Delivery, Sessions } from "./delivery.ts";
import { answers, doubled, gaps, lost, realTime, receipts, resurrected, sendOrder, split, type ConversationCheck } from "./log-checks.ts";
import { cursors, eventOrder, monotonicReads, ownWrites, pages, readerOrder, unread, window } from "./reader-checks.ts";
import { vacuity, type Totals } from "./vacuity.ts";

const shownExamples = 5;

export interface Verdict {
  readonly name: string;
  readonly title: string;
  readonly faults: number;
  /** The first of them, with the conversation. */
  readonly examples: readonly string[];
}

export interface Report {
  readonly verdicts: readonly Verdict[];
  readonly totals: Totals;
  readonly live: readonly number[];
  readonly healed: readonly number[];
}

const conversationChecks: Readonly<Record<string, readonly [title: string, check: ConversationCheck]>> = {
  lost: ["what was acknowledged is stored", lost],
  doubled: ["nothing is stored twice", doubled],
  resurrected: ["what was refused is not stored, nor what nobody sent", resurrected],
  receipts: ["receipts say what is stored, each time the same", receipts],
  split: ["one sequence, one value: in receipts, events, pages and the log", split],
  gaps: ["sequences are 1 to the head without a gap", gaps],
  "real-time": ["what was acknowledged stands before what was sent later", realTime],
  "send-order": ["the sends of one connection, and those held, keep their order", sendOrder],
  "reader-order": ["what a device shows has no hole and no step back", readerOrder],
  "event-order": ["the events of one connection come in order", eventOrder],
  "own-writes": ["who was acknowledged reads it", ownWrites],
  "monotonic-reads": ["what was read once is not unread later", monotonicReads],
  window: ["nobody gets what was written before joining or after leaving", window],
  pages: ["pages of history are the log, and two members walk all of it", pages],
  cursors: ["read cursors only rise, and are stored as acknowledged", cursors],
  unread: ["unread counts are a recount of the log", unread],
  "at-the-end": ["every device ends with the whole log", Delivery.atTheEnd],
  answers: ["every answer was one that the protocol allows", answers],
};

/** Judges a recorded run, one conversation after the other. */
export const check = async (runLines: readonly Line[], conversations: AsyncIterable<Conversation> | Iterable<Conversation>): Promise<Report> => {
  const sessions = new Sessions(runLines);
  const delivery = new Delivery(sessions);
  const found = new Map<string, { count: number; examples: string[] }>();
  const totals: Totals = { tried: 0, acked: 0, held: 0, unknown: 0, refused: 0, recovered: 0, entries: 0, cameLive: 0, repeatedEvents: 0, walks: 0, lists: 0, joined: 0, removed: 0, marks: 0 };
  const collect = (name: string, where: string, faults: Iterable<string>): void => {
    const entry = found.get(name) ?? { count: 0, examples: [] };
    found.set(name, entry);
    for (const fault of faults) {
      entry.count++;
      if (entry.examples.length < shownExamples) {
        entry.examples.push(`${where}${fault}`);
      }
    }
  };
  for await (const conversation of conversations) {
    Object.entries(conversationChecks).forEach(([name, [, run]]) => collect(name, `${conversation.id}: `, run(conversation)));
    collect("delivery", `${conversation.id}: `, delivery.check(conversation));
    count(totals, conversation);
  }
  collect("answers", "", runLines.filter(({ op }) => op === "broken").map(({ err, worker }) => `${worker}: ${err}`));
  collect("vacuity", "", vacuity(runLines, sessions, totals));
  const titles = [...Object.entries(conversationChecks).map(([name, [title]]) => [name, title] as const), ["delivery", "who is connected for 10 s gets everything"] as const, ["vacuity", "the run was real"] as const];
  const verdicts = titles.map(([name, title]) => ({ name, title, faults: found.get(name)?.count ?? 0, examples: found.get(name)?.examples ?? [] }));
  return { verdicts, totals, live: delivery.live, healed: delivery.healed };
};

/** The history of a run as it was recorded. */
export const checkFolder = async (folder: string): Promise<Report> => check(await linesOf(join(folder, "run.jsonl")), conversationsOf(folder));

async function* conversationsOf(folder: string): AsyncGenerator<Conversation> {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".jsonl") && name !== "run.jsonl")) {
    yield new Conversation(file.replace(".jsonl", ""), await linesOf(join(folder, file)));
  }
}

const linesOf = async (file: string): Promise<Line[]> => {
  const lines: Line[] = [];
  for await (const text of createInterface({ input: createReadStream(file) })) {
    lines.push(JSON.parse(text) as Line);
  }
  return lines;
};

const count = (totals: Totals, { sends, lines }: Conversation): void => {
  for (const { oks, infos, fails, invokes } of sends.values()) {
    totals.tried++;
    totals.acked += oks.length > 0 ? 1 : 0;
    totals.held += oks.some(({ seq }) => seq === null) ? 1 : 0;
    totals.unknown += infos.length > 0 || invokes.length > oks.length + fails.length ? 1 : 0;
    totals.refused += oks.length === 0 && fails.length > 0 ? 1 : 0;
    totals.recovered += oks.length === 1 && oks[0]?.duplicate === true ? 1 : 0;
  }
  const came = new Set<string>();
  for (const { op, phase, device, session, seq, entries, final } of lines) {
    totals.entries += op === "sync" ? (entries ?? []).length : 0;
    if (op === "event") {
      totals.cameLive++;
      totals.repeatedEvents += came.has(`${device} ${session} ${seq}`) && seq !== null ? 1 : 0;
      came.add(`${device} ${session} ${seq}`);
    }
    totals.walks += op === "page" && final === true ? 1 : 0;
    totals.lists += op === "list" && final === true ? 1 : 0;
    totals.joined += op === "add" && phase === "ok" ? 1 : 0;
    totals.removed += op === "remove" && phase === "ok" ? 1 : 0;
    totals.marks += op === "mark" && phase === "ok" ? 1 : 0;
  }
};
