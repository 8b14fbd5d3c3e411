import type { Answer } from "./protocol.ts";

/** Tells the server how far the reader has read: the newest position only, one call at a time per conversation, repeated until it is accepted. */
export class ReadMarks {
  readonly #wanted = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #send: (conversationId: string, sequence: number) => Promise<Answer<null>>;

  constructor(send: (conversationId: string, sequence: number) => Promise<Answer<null>>) {
    this.#send = send;
  }

  mark(conversationId: string, sequence: number): void {
    this.#wanted.set(conversationId, Math.max(sequence, this.#wanted.get(conversationId) ?? 0));
    void this.#pump(conversationId);
  }

  /** The connection is there again. */
  resume(): void {
    for (const conversationId of this.#wanted.keys()) {
      void this.#pump(conversationId);
    }
  }

  async #pump(conversationId: string): Promise<void> {
    if (this.#busy.has(conversationId)) {
      return;
    }
    this.#busy.add(conversationId);
    let going = true;
    for (let next = this.#wanted.get(conversationId); going && next !== undefined; next = this.#wanted.get(conversationId)) {
      const answer = await this.#send(conversationId, next);
      going = answer.ok || answer.refusal.code === "not_found";
      if (going && this.#wanted.get(conversationId) === next) {
        this.#wanted.delete(conversationId);
      }
    }
    this.#busy.delete(conversationId);
  }
}
