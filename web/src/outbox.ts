import { delayBefore, type Backoff } from "./backoff.ts";
import type { Answer, Receipt, Refusal, RefusalCode, SendMessage } from "./protocol.ts";

export interface OutboxEntry {
  readonly clientMessageId: string;
  readonly conversationId: string;
  readonly content: string;
  readonly createdAt: string;
  /** The person's order: the clock may stand still or run back. */
  readonly order: number;
  readonly attempts: number;
  /** Accepted, and not in the log yet: it is kept until the log shows it. Asked again only after a reconnect. */
  readonly held?: boolean;
  /** Set: it failed for good, and waits for the person to try again or discard it. */
  readonly refusal?: Refusal;
}

/** Where unsent messages outlive the page. */
export interface OutboxStore {
  load(): readonly OutboxEntry[];
  save(entry: OutboxEntry): void;
  remove(clientMessageId: string): void;
}

export interface OutboxPorts {
  readonly store: OutboxStore;
  readonly send: (message: SendMessage) => Promise<Answer<Receipt>>;
  readonly onReceipt: (entry: OutboxEntry, receipt: Receipt) => void;
  readonly onChange: () => void;
  readonly later: (delayMs: number, then: () => void) => void;
  readonly newKey: () => string;
  readonly now: () => string;
  readonly random: () => number;
}

const maxEntries = 200;
const backoff: Backoff = { firstCeilingMs: 500, maxCeilingMs: 15_000 };

/** What becomes of a message that was refused: sent again later, kept until the connection is back, or given back to the person. */
export const fateOf = (code: RefusalCode): "later" | "reconnect" | "failed" => {
  switch (code) {
    case "unavailable":
    case "overloaded":
    case "rate_limited":
    case "no_answer":
      return "later";
    case "unreachable":
    case "unauthenticated":
      return "reconnect";
    case "invalid_request":
    case "forbidden":
    case "not_found":
    case "conflict":
    case "resync":
    case "too_large":
    case "rejected":
      return "failed";
  }
};

/**
 * Keeps every message until its receipt says that it is in the log, or the log shows it. Each has its idempotency key from the start, so sending it again is safe for ever. Per conversation
 * one is under way at a time: a message that has to wait is not overtaken by the next one.
 */
export class Outbox {
  readonly #entries = new Map<string, OutboxEntry>();
  readonly #busy = new Set<string>();
  readonly #ports: OutboxPorts;
  #open = false;
  #lastOrder = 0;

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
    for (const entry of [...ports.store.load()].sort((one, other) => one.order - other.order)) {
      this.#lastOrder = entry.order;
      // The page may have ended between the send and its receipt.
      this.#entries.set(entry.clientMessageId, { ...entry, attempts: Math.max(1, entry.attempts) });
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  of(conversationId: string): readonly OutboxEntry[] {
    return [...this.#entries.values()].filter((each) => each.conversationId === conversationId);
  }

  /** False: too many wait already. */
  add(conversationId: string, content: string): boolean {
    if (this.#entries.size >= maxEntries) {
      return false;
    }
    this.#lastOrder += 1;
    const { newKey, now } = this.#ports;
    this.#put({ clientMessageId: newKey(), conversationId, content, createdAt: now(), order: this.#lastOrder, attempts: 0 });
    void this.#pump(conversationId);
    return true;
  }

  retry(clientMessageId: string): void {
    const entry = this.#entries.get(clientMessageId);
    if (entry?.refusal !== undefined) {
      const { refusal: _, ...again } = entry;
      this.#put(again);
      void this.#pump(entry.conversationId);
    }
  }

  discard(clientMessageId: string): void {
    if (this.#entries.get(clientMessageId)?.refusal !== undefined) {
      this.#drop(clientMessageId);
    }
  }

  /** The log shows it: the receipt is not needed any more. */
  confirm(clientMessageId: string): void {
    if (this.#entries.has(clientMessageId)) {
      this.#drop(clientMessageId);
    }
  }

  /** It was held, and will never be in the log. */
  reject(clientMessageId: string, refusal: Refusal): void {
    const entry = this.#entries.get(clientMessageId);
    if (entry !== undefined) {
      const { held: _, ...rejected } = entry;
      this.#put({ ...rejected, refusal });
    }
  }

  /** The connection is there, and synced as far as the server can. */
  open(): void {
    if (!this.#open) {
      this.#entries.forEach((each) => this.#askAgain(each));
    }
    this.#open = true;
    for (const conversationId of new Set([...this.#entries.values()].map((each) => each.conversationId))) {
      void this.#pump(conversationId);
    }
  }

  close(): void {
    this.#open = false;
  }

  async #pump(conversationId: string): Promise<void> {
    if (this.#busy.has(conversationId)) {
      return;
    }
    this.#busy.add(conversationId);
    for (let next = this.#next(conversationId); next !== undefined; next = this.#next(conversationId)) {
      const wait = await this.#sendOne(next);
      if (wait > 0) {
        // Still busy until then: nothing of this conversation goes before it.
        this.#ports.later(wait, () => this.#resume(conversationId));
        return;
      }
    }
    this.#busy.delete(conversationId);
  }

  #resume(conversationId: string): void {
    this.#busy.delete(conversationId);
    void this.#pump(conversationId);
  }

  #next(conversationId: string): OutboxEntry | undefined {
    return this.#open ? this.of(conversationId).find((each) => each.refusal === undefined && each.held !== true) : undefined;
  }

  /** How long the conversation has to wait before the next send; milliseconds. */
  async #sendOne(entry: OutboxEntry): Promise<number> {
    const { clientMessageId, conversationId, content, attempts } = entry;
    const answer = await this.#ports.send({ conversationId, clientMessageId, content, ...(attempts > 0 ? { retry: true } : {}) });
    if (!answer.ok) {
      return this.#refused({ ...entry, attempts: attempts + 1 }, answer.refusal);
    }
    if (answer.value.durability === "committed") {
      this.#drop(clientMessageId);
    } else if (this.#entries.has(clientMessageId)) {
      this.#put({ ...entry, attempts: attempts + 1, held: true });
    }
    this.#ports.onReceipt(entry, answer.value);
    return 0;
  }

  #refused(entry: OutboxEntry, refusal: Refusal): number {
    if (!this.#entries.has(entry.clientMessageId)) {
      return 0;
    }
    const fate = fateOf(refusal.code);
    this.#put(fate === "failed" ? { ...entry, refusal } : entry);
    switch (fate) {
      case "failed":
        return 0;
      case "later":
        return Math.max(1, delayBefore(entry.attempts - 1, backoff, refusal.retryAfterMs ?? 0, this.#ports.random));
      case "reconnect":
        this.close();
        return 0;
    }
  }

  /** What was held may be in the log by now: the same key finds out. */
  #askAgain(entry: OutboxEntry): void {
    if (entry.held === true) {
      const { held: _, ...again } = entry;
      this.#put(again);
    }
  }

  #put(entry: OutboxEntry): void {
    this.#entries.set(entry.clientMessageId, entry);
    this.#ports.store.save(entry);
    this.#ports.onChange();
  }

  #drop(clientMessageId: string): void {
    this.#entries.delete(clientMessageId);
    this.#ports.store.remove(clientMessageId);
    this.#ports.onChange();
  }
}
