import type { ConversationSync, LogEvent } from "./wire.ts";

/** What one client holds of one conversation, in order. */
export class Timeline {
  readonly entries: LogEvent[] = [];
  readonly faults: string[] = [];
  /** Entries that came as events, in time, and not by Sync. */
  live = 0;
  /** Everything up to here is held, or was never for this member. */
  through = 0;
  readonly #held = new Map<number, LogEvent>();
  readonly #ahead = new Map<number, LogEvent>();
  #lastOfConnection = 0;

  connected(): void {
    this.#lastOfConnection = 0;
  }

  /** False when something before it is missing. */
  receive(event: LogEvent): boolean {
    if (event.sequence <= this.#lastOfConnection) {
      this.faults.push(`${event.conversationId}: ${event.sequence} came after ${this.#lastOfConnection} on the same connection`);
    }
    this.#lastOfConnection = event.sequence;
    if (this.#put(event)) {
      this.live++;
    }
    return event.sequence <= this.through;
  }

  apply(sync: ConversationSync): void {
    if (sync.resync) {
      this.faults.push(`${sync.conversationId}: told to load anew at ${this.through}, head ${sync.head}`);
    }
    sync.events.forEach((event) => this.#put(event));
    if (sync.through > this.through) {
      this.faults.push(`${sync.conversationId}: Sync says ${sync.through}, its events reach ${this.through}`);
    }
  }

  /** Everything is visible to these members, so what is held is contiguous. True when the entry was new and in its place. */
  #put(event: LogEvent): boolean {
    const known = this.#held.get(event.sequence) ?? this.#ahead.get(event.sequence);
    if (known !== undefined && known.messageId !== event.messageId) {
      this.faults.push(`${event.conversationId}: ${event.sequence} is ${known.messageId} and ${event.messageId}`);
    }
    if (event.sequence <= this.through) {
      return false;
    }
    this.#ahead.set(event.sequence, event);
    const isNext = event.sequence === this.through + 1;
    for (let next = this.#ahead.get(this.through + 1); next !== undefined; next = this.#ahead.get(this.through + 1)) {
      this.through++;
      this.#ahead.delete(this.through);
      this.#held.set(this.through, next);
      this.entries.push(next);
    }
    return isNext;
  }
}
