import type { ConversationSync, LogEvent } from "./wire.ts";

/** What one client shows of one conversation: everything up to `through`, in order. It judges nothing; the checker does. */
export class Timeline {
  /** Everything up to here is shown, or was never for this member. Null: not a member, as far as the client knows. */
  through: number | null = null;
  /** Entries that came as events and in time, not by Sync. */
  live = 0;
  readonly #ahead = new Set<number>();

  open(after: number): void {
    this.through = after;
    this.#ahead.clear();
  }

  close(): void {
    this.through = null;
    this.#ahead.clear();
  }

  /** False when something before it is missing. */
  receive({ sequence }: LogEvent & { readonly sequence: number }): boolean {
    if (this.through === null) {
      return false;
    }
    if (sequence === this.through + 1) {
      this.live++;
    }
    this.#put(sequence);
    return sequence <= this.through;
  }

  apply(sync: ConversationSync): void {
    if (this.through === null) {
      return;
    }
    sync.events.forEach(({ sequence }) => this.#put(sequence ?? 0));
    if (sync.through > this.through) {
      this.through = sync.through;
    }
    this.#take();
  }

  #put(sequence: number): void {
    if (this.through !== null && sequence > this.through) {
      this.#ahead.add(sequence);
      this.#take();
    }
  }

  #take(): void {
    while (this.through !== null && this.#ahead.delete(this.through + 1)) {
      this.through++;
    }
  }
}
