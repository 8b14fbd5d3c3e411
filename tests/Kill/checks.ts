import type { MemberRow, Row } from "./database.ts";
import type { Member } from "./member.ts";
import type { ListItem, LogEvent } from "./wire.ts";

export interface Check {
  readonly name: string;
  readonly faults: readonly string[];
}

export interface Outcome {
  readonly members: readonly Member[];
  readonly log: readonly Row[];
  readonly heads: ReadonlyMap<string, number>;
  readonly memberRows: readonly MemberRow[];
  readonly lists: ReadonlyMap<string, readonly ListItem[]>;
}

const message = 0;
const unreadLimit = 100;

export const checksOf = (outcome: Outcome): Check[] => [
  { name: "what was acknowledged is stored exactly once, as its receipt says", faults: [...lostOrDoubled(outcome)] },
  { name: "nothing else is stored: no refusal came back, no send without an answer", faults: [...unasked(outcome)] },
  { name: "sequences are 1 to the head without a gap", faults: [...gaps(outcome)] },
  { name: "each sender's messages are stored in the order of sending", faults: [...overtaken(outcome)] },
  { name: "every client's timeline is the log", faults: [...strayTimelines(outcome)] },
  { name: "no event came twice or out of order on one connection, no position was lost", faults: timelines(outcome).flatMap(({ timeline }) => timeline.faults) },
  { name: "every answer was one that the protocol allows", faults: outcome.members.flatMap((m) => [...m.faults, ...[...m.lanes.values()].flatMap((lane) => lane.faults)]) },
  { name: "read cursors that were acknowledged are stored", faults: [...lostCursors(outcome)] },
  { name: "unread counts are a recount of the log", faults: [...wrongUnread(outcome)] },
];

function* lostOrDoubled({ members, log }: Outcome): Generator<string> {
  const byKey = groupBy(log.filter((row) => row.kind === message), (row) => `${row.conversationId} ${row.clientMessageId}`);
  for (const lane of members.flatMap((member) => [...member.lanes.values()])) {
    for (const { key, content, receipt } of lane.acked) {
      const rows = byKey.get(`${lane.conversationId} ${key}`) ?? [];
      const [row] = rows;
      if (rows.length !== 1 || row?.messageId !== receipt.messageId || row.sequence !== receipt.sequence || row.content !== content) {
        yield `${key}: receipt ${receipt.messageId} at ${receipt.sequence}; stored ${JSON.stringify(rows)}`;
      }
    }
  }
}

function* unasked({ members, log }: Outcome): Generator<string> {
  const lanes = members.flatMap((member) => [...member.lanes.values()]);
  const acked = new Set(lanes.flatMap((lane) => lane.acked.map(({ key }) => key)));
  const refused = new Set(lanes.flatMap((lane) => lane.refused));
  for (const row of log) {
    if (row.kind === message && !acked.has(row.clientMessageId ?? "")) {
      yield `${row.conversationId} ${row.sequence}: ${row.clientMessageId} was ${refused.has(row.clientMessageId ?? "") ? "refused" : "never acknowledged"}`;
    }
  }
}

function* gaps({ log, heads }: Outcome): Generator<string> {
  const byConversation = groupBy(log, (row) => row.conversationId);
  for (const [id, head] of heads) {
    const sequences = (byConversation.get(id) ?? []).map((row) => row.sequence);
    const wrong = sequences.findIndex((sequence, index) => sequence !== index + 1);
    if (wrong >= 0 || sequences.length !== head) {
      yield `${id}: head ${head}, ${sequences.length} entries${wrong >= 0 ? `, ${sequences[wrong]} stands where ${wrong + 1} belongs` : ""}`;
    }
  }
}

function* overtaken({ members }: Outcome): Generator<string> {
  for (const lane of members.flatMap((member) => [...member.lanes.values()]).filter((l) => l.unavailable === 0)) {
    const number = (key: string): number => Number(key.slice(key.lastIndexOf("-") + 1));
    const stored = [...lane.acked].sort((a, b) => a.receipt.sequence - b.receipt.sequence);
    for (const [index, { key }] of stored.entries()) {
      const before = stored[index - 1];
      if (before !== undefined && number(before.key) > number(key)) {
        yield `${lane.conversationId}: ${key} is stored after ${before.key}`;
      }
    }
  }
}

function* strayTimelines(outcome: Outcome): Generator<string> {
  const byConversation = groupBy(outcome.log, (row) => row.conversationId);
  for (const { member, id, timeline } of timelines(outcome)) {
    const rows = byConversation.get(id) ?? [];
    const stray = rows.findIndex((row, index) => !isSame(row, timeline.entries[index]));
    if (stray >= 0 || rows.length !== timeline.entries.length) {
      const at = stray >= 0 ? `; at ${stray + 1} ${JSON.stringify(timeline.entries[stray])} instead of ${JSON.stringify(rows[stray])}` : "";
      yield `${member.person.id} in ${id}: ${timeline.entries.length} of ${rows.length} entries${at}`;
    }
  }
}

function* lostCursors({ members, memberRows }: Outcome): Generator<string> {
  const stored = new Map(memberRows.map((row) => [`${row.conversationId} ${row.userId}`, row.readSequence]));
  for (const member of members) {
    for (const [id, sequence] of member.marked) {
      const kept = stored.get(`${id} ${member.person.id}`) ?? -1;
      if (kept < sequence) {
        yield `${member.person.id} in ${id}: ${sequence} acknowledged, ${kept} stored`;
      }
    }
  }
}

function* wrongUnread({ memberRows, lists }: Outcome): Generator<string> {
  for (const { conversationId, userId, unread } of memberRows) {
    const item = lists.get(userId)?.find(({ id }) => id === conversationId);
    if (item?.unread !== Math.min(unread, unreadLimit) || item.unreadMore !== unread > unreadLimit) {
      yield `${userId} in ${conversationId}: ${unread} counted, listed ${item?.unread}${item?.unreadMore ? " and more" : ""}`;
    }
  }
}

const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) {
      groups.set(keyOf(item), [item]);
    } else {
      group.push(item);
    }
  }
  return groups;
};

const timelines = ({ members }: Outcome) => members.flatMap((member) => [...member.timelines].map(([id, timeline]) => ({ member, id, timeline })));

const isSame = (row: Row, event: LogEvent | undefined): boolean =>
  event !== undefined &&
  row.sequence === event.sequence &&
  row.messageId === (event.messageId ?? null) &&
  row.senderId === (event.senderId ?? null) &&
  row.clientMessageId === (event.clientMessageId ?? null) &&
  row.content === (event.content ?? null);
