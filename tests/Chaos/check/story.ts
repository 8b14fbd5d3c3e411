import { hashOf, type Line } from "../rig/history.ts";
import { Conversation } from "./conversation.ts";

interface Said {
  readonly op: string;
  readonly worker?: string;
  readonly phase?: Line["phase"];
  readonly [other: string]: unknown;
}

type Mutable = { -readonly [Name in keyof Line]: Line[Name] };

const step = 1e6;

/** A small run as the rig would have recorded it, told by a test: a group of three, one with two devices. */
export class Story {
  readonly lines: Mutable[] = [];
  readonly run: Line[] = [];
  readonly #through = new Map([["a1", 0], ["a2", 0], ["b1", 0], ["c1", 0]]);
  readonly #members = new Set(["a", "b", "c"]);
  readonly #cursors = new Map([["a", 0], ["b", 0], ["c", 0]]);
  readonly #joined = new Map([["a", 0], ["b", 0], ["c", 0]]);
  readonly #rows: { seq: number; kind: number; msgId: string; user: string; key?: string; hash: string | null; users: string[] }[] = [];
  #t = 0;

  constructor() {
    this.#runs({ op: "settings", kinds: ["kill"] });
    this.#say({ op: "made", users: [...this.#members] });
    this.connect();
  }

  connect(): void {
    [...this.#through.keys()].forEach((device) => this.#runs({ op: "connect", device }));
  }

  disconnect(): void {
    [...this.#through.keys()].forEach((device) => this.#runs({ op: "disconnect", device }));
  }

  fault(): void {
    this.#runs({ op: "fault", fault: "kill" });
  }

  /** Sent, stored, told to everybody who is in, acknowledged. */
  send(device: string, key: string): void {
    const invoked = this.#invoke(device, key);
    const row = this.#store(device, key);
    this.#tell(row.seq);
    this.#say({ ...invoked, seq: row.seq, msgId: row.msgId, durability: "committed" });
  }

  /** The receipt is lost; sent again, it is a duplicate. */
  recover(device: string, key: string): void {
    const invoked = this.#invoke(device, key);
    const row = this.#store(device, key);
    this.#say({ ...invoked, phase: "info", err: "lost" });
    this.#tell(row.seq);
    this.#say({ ...invoked, phase: "invoke", hash: hashOf(key), retry: true });
    this.#say({ ...invoked, seq: row.seq, msgId: row.msgId, durability: "committed", duplicate: true });
  }

  /** Held while Postgres is away, stored later. */
  hold(device: string, ...keys: string[]): void {
    for (const key of keys) {
      this.#say({ ...this.#invoke(device, key), seq: null, msgId: `m-${key}`, durability: "held" });
    }
    keys.forEach((key) => this.#tell(this.#store(device, key).seq));
  }

  refuse(device: string, key: string): void {
    const invoked = this.#invoke(device, key, true);
    this.#say({ ...invoked, phase: "fail", err: "invalid_request" });
  }

  remove(user: string): void {
    const seq = this.#change(2, user);
    this.#tell(seq);
    this.#members.delete(user);
    this.#say({ op: "remove", user: "a", users: [user] });
  }

  add(user: string): void {
    const seq = this.#change(1, user);
    this.#members.add(user);
    this.#joined.set(user, seq - 1);
    this.#cursors.set(user, seq - 1);
    for (const device of this.#devicesOf(user)) {
      this.#say({ op: "opened", user, device, after: seq - 1 });
      this.#through.set(device, seq - 1);
    }
    this.#tell(seq);
    this.#say({ op: "add", user: "a", users: [user] });
  }

  mark(user: string, seq: number): void {
    const device = this.#devicesOf(user)[0] ?? "";
    this.#say({ op: "mark", phase: "invoke", user, device, seq });
    this.#cursors.set(user, Math.max(seq, this.#cursors.get(user) ?? 0));
    this.#say({ op: "mark", user, device, seq, since: this.#t, cursor: this.#cursors.get(user) ?? 0 });
  }

  list(user: string, final = false): void {
    const cursor = this.#cursors.get(user) ?? 0;
    const from = Math.max(cursor, this.#joined.get(user) ?? 0);
    const unread = this.#rows.filter((row) => row.kind === 0 && row.seq > from && row.user !== user).length;
    this.#say({ op: "list", user, since: this.#t, cursor, head: this.#rows.length, unread, more: false, ...(final ? { final } : {}) });
  }

  page(user: string, after: number, final = false): void {
    const from = Math.max(after, this.#joined.get(user) ?? 0);
    const entries = this.#rows.slice(from).map(({ seq, msgId, hash }) => [seq, msgId, hash] as const);
    this.#say({ op: "page", user, since: this.#t, after, head: this.#rows.length, more: false, entries, ...(final ? { final } : {}) });
  }

  /** Everything that the device missed; the events of others were lost. */
  sync(device: string): void {
    const after = this.#through.get(device) ?? 0;
    const entries = this.#rows.slice(after).map(({ seq, msgId, hash }) => [seq, msgId, hash] as const);
    this.#through.set(device, this.#rows.length);
    this.#say({ op: "sync", user: device.slice(0, 1), device, session: 1, since: this.#t, after, head: this.#rows.length, through: this.#rows.length, entries });
  }

  /** Stored while nobody of these devices hears of it. */
  sendUnheard(device: string, key: string, deaf: string): void {
    const invoked = this.#invoke(device, key);
    const row = this.#store(device, key);
    this.#tell(row.seq, deaf);
    this.#say({ ...invoked, seq: row.seq, msgId: row.msgId, durability: "committed" });
  }

  /** Time goes by. */
  wait(seconds: number): void {
    this.#t += seconds * 1e9;
  }

  end(): void {
    this.#rows.forEach((row) => this.#say({ op: "row", worker: "truth", ...row }));
    this.#say({ op: "head", seq: this.#rows.length });
    this.#members.forEach((user) => this.#say({ op: "member", user, cursor: this.#cursors.get(user) ?? 0, after: this.#joined.get(user) ?? 0 }));
  }

  get conversation(): Conversation {
    return new Conversation("told", this.lines);
  }

  #invoke(device: string, key: string, bad = false): Said {
    const note = { worker: "client", op: "send", user: device.slice(0, 1), device, session: 1, key, phase: "ok" as const };
    this.#say({ ...note, phase: "invoke", hash: hashOf(key), ...(bad ? { bad } : {}) });
    return note;
  }

  #store(device: string, key: string): { seq: number; msgId: string } {
    const row = { seq: this.#rows.length + 1, kind: 0, msgId: `m-${key}`, user: device.slice(0, 1), key, hash: hashOf(key), users: [] };
    this.#rows.push(row);
    return row;
  }

  #change(kind: number, user: string): number {
    const seq = this.#rows.length + 1;
    this.#rows.push({ seq, kind, msgId: `change-${seq}`, user: "a", hash: null, users: [user] });
    return seq;
  }

  #tell(seq: number, deaf?: string): void {
    const row = this.#rows[seq - 1];
    for (const [device, through] of this.#through) {
      if (row !== undefined && device !== deaf && this.#members.has(device.slice(0, 1))) {
        const reached = through === seq - 1 ? seq : through;
        this.#through.set(device, reached);
        this.#say({ op: "event", user: device.slice(0, 1), device, session: 1, seq, msgId: row.msgId, hash: row.hash, through: reached });
      }
    }
  }

  #devicesOf(user: string): string[] {
    return [...this.#through.keys()].filter((device) => device.startsWith(user));
  }

  #say(note: Said): void {
    this.#t += step;
    this.lines.push({ t: this.#t, worker: "client", phase: "ok", conv: "told", ...note } as Mutable);
  }

  #runs(note: Said): void {
    this.#t += step;
    this.run.push({ t: this.#t, worker: "rig", phase: "ok", ...note });
  }
}
