import { delayBefore, type Backoff } from "./backoff.ts";
import { fateOf } from "./outbox.ts";
import type { Answer, Position, SyncAnswer } from "./protocol.ts";

export interface SyncPorts {
  readonly positions: () => readonly Position[];
  readonly ask: (positions: readonly Position[]) => Promise<Answer<SyncAnswer>>;
  readonly apply: (answer: SyncAnswer, asked: readonly Position[]) => void;
  readonly onDone: () => void;
  /** The server is there and cannot answer now. */
  readonly onDelayed: () => void;
  readonly later: (delayMs: number, then: () => void) => void;
  readonly random: () => number;
}

const backoff: Backoff = { firstCeilingMs: 500, maxCeilingMs: 15_000 };

/** Heals whatever was missed: one question at a time, again while there is more, and again when it was wanted meanwhile. */
export class Sync {
  readonly #ports: SyncPorts;
  #running = false;
  #again = false;
  #failures = 0;

  constructor(ports: SyncPorts) {
    this.#ports = ports;
  }

  request(): void {
    this.#again = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#running) {
      return;
    }
    this.#running = true;
    while (this.#again) {
      this.#again = false;
      await this.#round();
    }
    this.#running = false;
  }

  async #round(): Promise<void> {
    const asked = this.#ports.positions();
    const answer = await this.#ports.ask(asked);
    if (answer.ok) {
      this.#failures = 0;
      this.#ports.apply(answer.value, asked);
      this.#again ||= answer.value.conversations.some((each) => each.more && each.through > positionOf(each.conversationId, asked));
      if (!this.#again) {
        this.#ports.onDone();
      }
    } else if (fateOf(answer.refusal.code) !== "reconnect") {
      const wait = delayBefore(this.#failures, backoff, answer.refusal.retryAfterMs ?? 0, this.#ports.random);
      this.#failures += 1;
      this.#ports.onDelayed();
      this.#ports.later(wait, () => this.request());
    }
  }
}

/** What was not asked for counts as behind everything. */
export const positionOf = (conversationId: string, asked: readonly Position[]): number =>
  asked.find((each) => each.conversationId === conversationId)?.after ?? 0;
