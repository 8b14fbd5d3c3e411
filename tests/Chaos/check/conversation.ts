import type { Line } from "../rig/history.ts";

export const messageKind = 0;
const addedKind = 1;
const leftKind = 2;

/** An entry of the log as Postgres has it at the end. */
export interface Row {
  readonly seq: number;
  readonly kind: number;
  readonly msgId: string | null;
  readonly user: string | null;
  readonly key: string | null;
  readonly hash: string | null;
  readonly users: readonly string[];
}

/** What became of one key. */
export interface Send {
  readonly key: string;
  readonly user: string;
  readonly first: Line;
  readonly invokes: Line[];
  readonly oks: Line[];
  readonly infos: Line[];
  readonly fails: Line[];
}

/** Sequences that a member may see: above `after`, up to `upTo`. */
export interface Window {
  readonly after: number;
  readonly upTo: number;
}

/** All that is known of one conversation: who did and saw what, in the order of time, and what is stored. */
export class Conversation {
  readonly id: string;
  readonly lines: readonly Line[];
  readonly rows: readonly Row[];
  readonly head: number;
  readonly sends: ReadonlyMap<string, Send>;
  readonly rowsByKey: ReadonlyMap<string, readonly Row[]>;
  /** Messages that were set aside as dead letters. */
  readonly dead: ReadonlySet<string>;
  readonly #bySequence: ReadonlyMap<number, Row>;
  readonly #windows: ReadonlyMap<string, readonly Window[]>;

  constructor(id: string, lines: readonly Line[]) {
    this.id = id;
    this.lines = lines;
    this.rows = lines.filter(({ op }) => op === "row").map(rowOf).sort((a, b) => a.seq - b.seq);
    this.head = lines.find(({ op }) => op === "head")?.seq ?? 0;
    this.dead = new Set(lines.filter(({ op }) => op === "dead").map(({ key }) => key ?? ""));
    this.sends = sendsOf(lines);
    this.#bySequence = new Map(this.rows.map((row) => [row.seq, row]));
    this.rowsByKey = groupBy(this.rows.filter(({ kind, key }) => kind === messageKind && key !== null), ({ key }) => key ?? "");
    this.#windows = windowsOf(lines.find(({ op }) => op === "made")?.users ?? [], this.rows);
  }

  at(seq: number): Row | undefined {
    return this.#bySequence.get(seq);
  }

  windows(user: string | undefined): readonly Window[] {
    return this.#windows.get(user ?? "") ?? [];
  }

  isVisible(user: string | undefined, seq: number): boolean {
    return this.windows(user).some(({ after, upTo }) => seq > after && seq <= upTo);
  }

  /** The window that is still open at the end. */
  lasting(user: string | undefined): Window | undefined {
    return this.windows(user).find(({ upTo }) => upTo === Infinity);
  }

  wasRemoved(user: string | undefined): boolean {
    return this.windows(user).some(({ upTo }) => upTo !== Infinity);
  }
}

export const groupBy = <T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> => {
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

const rowOf = ({ seq, kind, msgId, user, key, hash, users }: Line): Row => ({
  seq: seq ?? 0,
  kind: kind ?? messageKind,
  msgId: msgId ?? null,
  user: user ?? null,
  key: key ?? null,
  hash: hash ?? null,
  users: users ?? [],
});

const sendsOf = (lines: readonly Line[]): Map<string, Send> => {
  const sends = new Map<string, Send>();
  for (const line of lines) {
    if (line.op !== "send" || line.key === undefined) {
      continue;
    }
    let send = sends.get(line.key);
    if (send === undefined) {
      send = { key: line.key, user: line.user ?? "", first: line, invokes: [], oks: [], infos: [], fails: [] };
      sends.set(line.key, send);
    }
    const list = { invoke: send.invokes, ok: send.oks, info: send.infos, fail: send.fails }[line.phase];
    list.push(line);
  }
  return sends;
};

const windowsOf = (first: readonly string[], rows: readonly Row[]): Map<string, Window[]> => {
  const windows = new Map<string, Window[]>(first.map((user) => [user, [{ after: 0, upTo: Infinity }]]));
  for (const { kind, seq, users } of rows) {
    for (const user of users) {
      const own = windows.get(user) ?? [];
      const last = own.at(-1);
      if (kind === addedKind && last?.upTo !== Infinity) {
        windows.set(user, [...own, { after: seq - 1, upTo: Infinity }]);
      } else if (kind === leftKind && last?.upTo === Infinity) {
        windows.set(user, [...own.slice(0, -1), { after: last.after, upTo: seq }]);
      }
    }
  }
  return windows;
};
