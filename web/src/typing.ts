const renewEveryMs = 3_000;

/** Says that the person types, often enough for the server not to forget it (5 s) and no oftener. */
export class TypingSignal {
  readonly #now: () => number;
  readonly #say: (conversationId: string, isTyping: boolean) => void;
  readonly #saidAt = new Map<string, number>();

  constructor(now: () => number, say: (conversationId: string, isTyping: boolean) => void) {
    this.#now = now;
    this.#say = say;
  }

  changed(conversationId: string, isTyping: boolean): void {
    const saidAt = this.#saidAt.get(conversationId);
    if (!isTyping && saidAt !== undefined) {
      this.#saidAt.delete(conversationId);
      this.#say(conversationId, false);
    } else if (isTyping && this.#now() - (saidAt ?? -renewEveryMs) >= renewEveryMs) {
      this.#saidAt.set(conversationId, this.#now());
      this.#say(conversationId, true);
    }
  }

  /** For everyone who receives it, the message itself ends the typing: the server says so. */
  sent(conversationId: string): void {
    this.#saidAt.delete(conversationId);
  }
}
