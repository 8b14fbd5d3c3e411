import type { HistoryPage, LogEvent } from "./protocol.ts";

const maxAhead = 500;

/**
 * A contiguous part of one conversation's log: everything from `first` to `through`, in sequence. What the member may not see counts as
 * held. Whatever changes it answers the entries that took their place by it.
 */
export class Timeline {
  #events: readonly LogEvent[] = [];
  #ahead = new Map<number, LogEvent | null>();
  #held = new Map<string, LogEvent>();
  #first: number;
  #through: number;
  #hasOlder: boolean;

  constructor(head: number, joinedSequence: number) {
    this.#through = head;
    this.#first = head + 1;
    this.#hasOlder = head > joinedSequence;
  }

  /** The last contiguous sequence: the position that `Sync` is told. */
  get through(): number {
    return this.#through;
  }

  get first(): number {
    return this.#first;
  }

  get events(): readonly LogEvent[] {
    return this.#events;
  }

  /** Durable in the server's fallback, not yet in the order. */
  get held(): readonly LogEvent[] {
    return [...this.#held.values()];
  }

  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  /** Entries wait beyond a hole: what is missing must be asked for. */
  get hasGap(): boolean {
    return this.#ahead.size > 0;
  }

  apply(event: LogEvent): readonly LogEvent[] {
    return event.sequence === null ? this.#hold(event) : this.#place(event.sequence, event);
  }

  /** A held message that will never have a place. */
  drop(messageId: string): void {
    this.#held.delete(messageId);
  }

  /** An entry that this member may not see only takes its place. */
  skip(sequence: number): readonly LogEvent[] {
    return this.#place(sequence, null);
  }

  /** What the server gave from `after` through `through`: complete, but for what the member may not see. */
  extend(after: number, events: readonly LogEvent[], through: number): readonly LogEvent[] {
    if (after > this.#through) {
      return [];
    }
    const fresh = events.filter((each) => each.sequence !== null && each.sequence > this.#through);
    this.#append(fresh);
    this.#through = Math.max(this.#through, through);
    return [...fresh, ...this.#closeUp()];
  }

  /** A page of what lies before `first`; one that no longer fits is ignored. */
  prepend(page: HistoryPage, before: number): void {
    if (before !== this.#first) {
      return;
    }
    const older = page.events.filter((each) => each.sequence !== null && each.sequence < before);
    this.#events = [...older, ...this.#events];
    this.#hasOlder = page.more && older.length > 0;
    this.#first = this.#hasOlder ? (older[0]?.sequence ?? before) : 1;
  }

  /** What is here is of no use any more: begin again at the end of the log. */
  reset(head: number): void {
    this.#events = [];
    this.#ahead.clear();
    this.#held.clear();
    this.#through = head;
    this.#first = head + 1;
    this.#hasOlder = head > 0;
  }

  #hold(event: LogEvent): readonly LogEvent[] {
    const id = event.messageId;
    if (id === undefined || this.#held.has(id) || this.#events.some((each) => each.messageId === id)) {
      return [];
    }
    this.#held.set(id, event);
    return [event];
  }

  #place(sequence: number, event: LogEvent | null): readonly LogEvent[] {
    // Beyond the bound it is dropped: the sync that the gap causes brings it again.
    if (sequence > this.#through && (this.#ahead.size < maxAhead || sequence === this.#through + 1)) {
      this.#ahead.set(sequence, event);
    }
    return this.#closeUp();
  }

  #closeUp(): readonly LogEvent[] {
    const fresh: LogEvent[] = [];
    for (let next = this.#ahead.get(this.#through + 1); next !== undefined; next = this.#ahead.get(this.#through + 1)) {
      this.#through += 1;
      if (next !== null) {
        fresh.push(next);
      }
    }
    for (const sequence of this.#ahead.keys()) {
      if (sequence <= this.#through) {
        this.#ahead.delete(sequence);
      }
    }
    this.#append(fresh);
    return fresh;
  }

  #append(events: readonly LogEvent[]): void {
    if (events.length === 0) {
      return;
    }
    for (const each of events) {
      this.#held.delete(each.messageId ?? "");
    }
    this.#events = [...this.#events, ...events];
  }
}
