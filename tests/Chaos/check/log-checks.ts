import { messageKind, type Conversation } from "./conversation.ts";

/** A check names the faults that it finds in one conversation. */
export type ConversationCheck = (conversation: Conversation) => Generator<string>;

export function* lost({ sends, rowsByKey, dead }: Conversation): Generator<string> {
  for (const { key, oks } of sends.values()) {
    if (oks.length > 0 && (rowsByKey.get(key) ?? []).length === 0 && !(dead.has(key) && oks.every(({ seq }) => seq === null))) {
      yield `${key} was acknowledged at ${time(oks[0]?.t)} as ${oks[0]?.seq} and is not stored`;
    }
  }
}

export function* doubled({ rowsByKey }: Conversation): Generator<string> {
  for (const [key, rows] of rowsByKey) {
    if (rows.length > 1) {
      yield `${key} is stored ${rows.length} times: ${rows.map(({ seq }) => seq).join(", ")}`;
    }
  }
}

/** What the server said it had not done, and what nobody sent. */
export function* resurrected({ sends, rows, rowsByKey }: Conversation): Generator<string> {
  for (const { key, first, invokes, oks, infos, fails } of sends.values()) {
    const isOpen = infos.length > 0 || invokes.length > oks.length + infos.length + fails.length;
    if (oks.length === 0 && !isOpen && rowsByKey.has(key)) {
      yield `${key} was refused (${fails[0]?.err}) and is stored`;
    }
    if (first.bad === true && (oks.length > 0 || rowsByKey.has(key))) {
      yield `${key} had to be refused and was not`;
    }
  }
  for (const { seq, key, kind } of rows) {
    if (kind === messageKind && !sends.has(key ?? "")) {
      yield `${seq} is ${key}, which nobody sent`;
    }
  }
}

export function* receipts({ sends, rowsByKey }: Conversation): Generator<string> {
  for (const { key, user, first, oks } of sends.values()) {
    const [row] = rowsByKey.get(key) ?? [];
    for (const { msgId, seq } of oks) {
      if (row !== undefined && (msgId !== row.msgId || (seq !== null && seq !== row.seq) || first.hash !== row.hash || user !== row.user)) {
        yield `${key}: the receipt says ${seq} ${msgId}, stored is ${row.seq} ${row.msgId}${first.hash === row.hash ? "" : ", another text"}`;
      }
    }
    const [one] = oks;
    const other = oks.find(({ msgId, seq }) => msgId !== one?.msgId || (seq !== null && one?.seq !== null && seq !== one?.seq));
    if (other !== undefined) {
      yield `${key} has two receipts: ${one?.seq} ${one?.msgId} and ${other.seq} ${other.msgId}`;
    }
  }
}

/** One value for one sequence, in whatever place it was seen. */
export function* split(conversation: Conversation): Generator<string> {
  const stored = new Set<number>();
  for (const { seq } of conversation.rows) {
    if (stored.has(seq)) {
      yield `${seq} is stored twice`;
    }
    stored.add(seq);
  }
  for (const { op, t, user, seq, msgId, hash, entries } of conversation.lines) {
    const seen = op === "event" && seq !== null && seq !== undefined ? [[seq, msgId ?? null, hash ?? null] as const] : (entries ?? []);
    for (const [at, id, content] of seen) {
      const row = conversation.at(at);
      if (row === undefined || row.msgId !== id || row.hash !== content) {
        yield `${user} saw ${at} as ${id} (${op} at ${time(t)}); stored is ${row?.msgId ?? "nothing"}`;
      }
    }
  }
}

export function* gaps({ rows, head }: Conversation): Generator<string> {
  const wrong = rows.findIndex(({ seq }, index) => seq !== index + 1);
  if (wrong >= 0 || rows.length !== head) {
    yield `the head is ${head}, there are ${rows.length} entries${wrong < 0 ? "" : `, ${rows[wrong]?.seq} stands where ${wrong + 1} belongs`}`;
  }
}

/** Who was acknowledged before another was sent stands before it. */
export function* realTime({ lines, rowsByKey, sends }: Conversation): Generator<string> {
  let acked = { seq: 0, key: "" };
  for (const line of lines) {
    const { op, phase, key = "" } = line;
    if (op !== "send") {
      continue;
    }
    if (phase === "ok" && (line.seq ?? 0) > acked.seq) {
      acked = { seq: line.seq ?? 0, key };
    }
    const [row] = rowsByKey.get(key) ?? [];
    if (phase === "invoke" && sends.get(key)?.first === line && row !== undefined && row.seq < acked.seq) {
      yield `${key} was sent after ${acked.key} was acknowledged as ${acked.seq}, and stands before it as ${row.seq}`;
    }
  }
}

/** Of those that one connection sent once, each stands behind the one before; of those held, behind the one that was held before it was sent. */
export function* sendOrder({ sends, rowsByKey }: Conversation): Generator<string> {
  const lastOf = new Map<string, { key: string; seq: number }>();
  const heldOf = new Map<string, { key: string; seq: number; t: number }>();
  for (const { key, user, first, invokes, oks } of sends.values()) {
    const [ok] = oks;
    const row = (rowsByKey.get(key) ?? [])[0];
    if (ok === undefined || row === undefined) {
      continue;
    }
    if (ok.seq === null) {
      const before = heldOf.get(user);
      if (before !== undefined && before.t < first.t && before.seq > row.seq) {
        yield `${key} was held after ${before.key} and stands before it`;
      }
      heldOf.set(user, { key, seq: row.seq, t: ok.t });
    } else if (invokes[0]?.retry === undefined && oks[0]?.session === first.session && invokes.filter(({ t }) => t < ok.t).length === 1) {
      const lane = `${first.device} ${first.session}`;
      const before = lastOf.get(lane);
      if (before !== undefined && before.seq > row.seq) {
        yield `${key} was sent after ${before.key} on the same connection and stands before it`;
      }
      lastOf.set(lane, { key, seq: row.seq });
    }
  }
}

const allowed = new Set(["overloaded", "rate_limited", "unavailable", "lost"]);

export function* answers(conversation: Conversation): Generator<string> {
  for (const { op, phase, key, err, user, t } of conversation.lines) {
    const isKnown = err === undefined || allowed.has(err) || (err === "not_found" && conversation.wasRemoved(user)) || (op !== "send" && op !== "broken" && err === "conflict");
    const isWanted = op === "send" && phase === "fail" && conversation.sends.get(key ?? "")?.first.bad === true && err === "invalid_request";
    if (!isKnown && !isWanted && !((op === "remove" || op === "add") && err === "not_found")) {
      yield `${op} ${key ?? ""} at ${time(t)}: ${err}`;
    }
  }
  for (const { key, invokes, oks } of conversation.sends.values()) {
    if (oks.some(({ duplicate, t }) => duplicate === true && invokes.filter((invoke) => invoke.t < t).length === 1)) {
      yield `${key} was called a duplicate, and was sent once`;
    }
  }
}

export const time = (t: number | undefined): string => `${((t ?? 0) / 1e9).toFixed(3)} s`;
