import type { Line } from "../rig/history.ts";
import { messageKind, type Conversation } from "./conversation.ts";
import { time } from "./log-checks.ts";

const unreadLimit = 100;

/** What a device shows rises one by one; what it leaves out was never for it. */
export function* readerOrder(conversation: Conversation): Generator<string> {
  const shown = new Map<string, { through: number; held: Set<number> }>();
  for (const { op, device = "", user, seq, through, entries, after, resync, t } of conversation.lines) {
    const reader = shown.get(device) ?? { through: 0, held: new Set<number>() };
    shown.set(device, reader);
    if (op === "opened" || resync === true) {
      shown.set(device, { through: resync === true ? 0 : (after ?? 0), held: new Set() });
      continue;
    }
    [...(op === "event" ? [seq ?? 0] : []), ...(op === "sync" ? (entries ?? []).map(([at]) => at) : [])].forEach((at) => reader.held.add(at));
    if ((op !== "event" && op !== "sync") || through === undefined) {
      continue;
    }
    const lasting = conversation.lasting(user);
    for (let at = reader.through + 1; at <= through; at++) {
      if (!reader.held.delete(at) && lasting !== undefined && at > lasting.after) {
        yield `${device} shows everything up to ${through} (${op} at ${time(t)}) and never got ${at}`;
      }
    }
    if (through < reader.through) {
      yield `${device} showed everything up to ${reader.through} and then up to ${through} (${time(t)})`;
    }
    reader.through = through;
  }
}

/** On one connection events come in order; one that comes again is allowed. */
export function* eventOrder({ lines }: Conversation): Generator<string> {
  const came = new Map<string, { last: number; all: Set<number> }>();
  for (const { op, device, session, seq, t } of lines) {
    if (op !== "event" || seq === null || seq === undefined) {
      continue;
    }
    const name = `${device} ${session}`;
    const reader = came.get(name) ?? { last: 0, all: new Set<number>() };
    came.set(name, reader);
    if (seq < reader.last && !reader.all.has(seq)) {
      yield `${device} got ${seq} after ${reader.last} on one connection (${time(t)})`;
    }
    reader.all.add(seq);
    reader.last = Math.max(reader.last, seq);
  }
}

/** The highest value that somebody knew before a moment. */
class Known {
  readonly #of = new Map<string, { t: number; value: number }[]>();

  add(who: string, t: number, value: number): void {
    const steps = this.#of.get(who) ?? [];
    this.#of.set(who, steps);
    if (value > (steps.at(-1)?.value ?? 0)) {
      steps.push({ t, value });
    }
  }

  before(who: string, t: number): number {
    const steps = this.#of.get(who) ?? [];
    let low = 0;
    for (let high = steps.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((steps[middle]?.t ?? 0) < t) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return steps[low - 1]?.value ?? 0;
  }
}

const isRead = ({ op, resync }: Line): boolean => op === "page" || op === "list" || (op === "sync" && resync !== true);

/** A read that began after one's own acknowledgement knows of it. */
export function* ownWrites({ lines }: Conversation): Generator<string> {
  const acked = new Known();
  for (const line of lines) {
    const { op, phase, user = "", seq, t, since = 0, head = 0 } = line;
    if (op === "send" && phase === "ok") {
      acked.add(user, t, seq ?? 0);
    } else if (isRead(line) && head < acked.before(user, since)) {
      yield `${user} was acknowledged ${acked.before(user, since)} and then read a head of ${head} (${op} at ${time(t)})`;
    }
  }
}

/** What a member once knew as the head never falls, on whatever device. A list comes from the database and may be ahead of the conversation while the outcome of a commit is unknown. */
export function* monotonicReads({ lines }: Conversation): Generator<string> {
  const known = new Known();
  for (const line of lines) {
    const { op, user = "", t, since = 0, head = 0 } = line;
    if (isRead(line)) {
      const reader = op === "list" ? `${user} lists` : user;
      if (head < known.before(reader, since)) {
        yield `${user} read a head of ${known.before(reader, since)} and then of ${head} (${op} at ${time(t)})`;
      }
      known.add(reader, t, head);
    }
  }
}

export function* window(conversation: Conversation): Generator<string> {
  for (const { op, user, seq, entries, t } of conversation.lines) {
    const seen = op === "event" ? [seq ?? 0] : (entries ?? []).map(([at]) => at);
    for (const at of seen) {
      if (at > 0 && !conversation.isVisible(user, at)) {
        yield `${user} got ${at} (${op} at ${time(t)}) and was a member for ${JSON.stringify(conversation.windows(user))}`;
      }
    }
  }
}

/** Every page is a piece of the log without a hole, from where it was asked for. */
export function* pages(conversation: Conversation): Generator<string> {
  const walked = new Map<string, number>();
  for (const { op, user = "", after, head = 0, entries = [], more, final, t } of conversation.lines) {
    if (op !== "page") {
      continue;
    }
    const hole = entries.findIndex(([seq], index) => index > 0 && seq !== (entries[index - 1]?.[0] ?? 0) + 1);
    const begin = after === undefined ? undefined : conversation.windows(user).some((w) => w.after === (entries[0]?.[0] ?? 0) - 1) || entries[0]?.[0] === after + 1;
    if (hole >= 0 || (entries.length > 0 && begin === false)) {
      yield `a page after ${after ?? "the newest"} goes from ${entries[0]?.[0]} to ${entries.at(-1)?.[0]} with ${entries.length} entries (${time(t)})`;
    }
    if (entries.length > 0 && after === undefined && entries.at(-1)?.[0] !== head) {
      yield `the newest page ends with ${entries.at(-1)?.[0]}, its head is ${head} (${time(t)})`;
    }
    if (final === true) {
      walked.set(user, (walked.get(user) ?? 0) + entries.length);
      const lasting = conversation.lasting(user);
      if (more !== true && lasting !== undefined && walked.get(user) !== conversation.head - lasting.after) {
        yield `${user} walked ${walked.get(user)} entries of ${conversation.head - lasting.after}`;
      }
    }
  }
}

export function* cursors(conversation: Conversation): Generator<string> {
  const stored = new Known();
  const asked = new Map<string, number>();
  for (const { op, phase, user = "", seq, cursor = 0, since = 0, t, after = 0 } of conversation.lines) {
    const mayFall = conversation.wasRemoved(user);
    if (op === "mark" && phase === "invoke") {
      asked.set(user, Math.max(asked.get(user) ?? 0, seq ?? 0));
    } else if (op === "mark" && phase === "ok") {
      if (cursor < (seq ?? 0) || (!mayFall && cursor < stored.before(user, since))) {
        yield `${user} moved the cursor to ${seq}, after ${stored.before(user, since)}, and was told ${cursor} (${time(t)})`;
      }
      stored.add(user, t, cursor);
    } else if (op === "list" && !mayFall && cursor < stored.before(user, since)) {
      yield `${user} had a cursor of ${stored.before(user, since)} and then of ${cursor} (${time(t)})`;
    } else if (op === "member") {
      const least = mayFall ? 0 : stored.before(user, t);
      if (cursor < least || cursor > Math.max(asked.get(user) ?? 0, after) || cursor > conversation.head) {
        yield `${user}: a cursor of ${cursor} is stored, acknowledged was ${least}, asked for ${asked.get(user) ?? 0}, the head is ${conversation.head}`;
      }
    }
  }
}

/** A list is one look at the database: its count follows from its own cursor and head. */
export function* unread(conversation: Conversation): Generator<string> {
  const messages = conversation.rows.filter(({ kind }) => kind === messageKind);
  for (const { op, user, cursor = 0, head = 0, unread: count, more, t } of conversation.lines) {
    if (op !== "list") {
      continue;
    }
    const joined = conversation.windows(user).filter(({ after }) => after <= head).at(-1)?.after ?? 0;
    const from = Math.max(cursor, joined);
    let counted = 0;
    for (let index = firstAbove(messages, from); index < messages.length && counted <= unreadLimit; index++) {
      const row = messages[index];
      if ((row?.seq ?? Infinity) > head) {
        break;
      }
      counted += row?.user === user ? 0 : 1;
    }
    if (count !== Math.min(counted, unreadLimit) || more !== counted > unreadLimit) {
      yield `${user}: ${counted} counted between ${from} and ${head}, listed ${count}${more ? " and more" : ""} (${time(t)})`;
    }
  }
}

const firstAbove = (rows: readonly { readonly seq: number }[], from: number): number => {
  let low = 0;
  for (let high = rows.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.seq ?? 0) <= from) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
};
