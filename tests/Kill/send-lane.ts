import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "./random.ts";
import type { Answer, Person, Receipt } from "./wire.ts";

export interface Outgoing {
  readonly key: string;
  readonly content: string;
  readonly mustBeRefused: boolean;
  /** Sent before without an answer. */
  retry: boolean;
}

export interface Acked {
  readonly key: string;
  readonly content: string;
  readonly receipt: Receipt;
}

type Invoke = (method: string, argument: object) => Promise<Answer<Receipt> | null>;

const inFlight = 2;
const longestQueue = 10;

/** What one client sends into one conversation: in order, two in flight, each until its outcome is known. */
export class SendLane {
  readonly conversationId: string;
  readonly acked: Acked[] = [];
  /** Keys of what was refused for good: they may never be seen again. */
  readonly refused: string[] = [];
  readonly faults: string[] = [];
  retried = 0;
  /** Committed, and the receipt was lost with the server. */
  recovered = 0;
  /** Answers that left the outcome open: what followed meanwhile may have overtaken. */
  unavailable = 0;
  readonly #person: Person;
  readonly #random: Random;
  readonly #invoke: Invoke;
  readonly #waiting: Outgoing[] = [];
  readonly #sent = new Set<Outgoing>();
  #number = 0;
  #connection = 0;
  #isConnected = false;

  constructor(conversationId: string, person: Person, random: Random, invoke: Invoke) {
    this.conversationId = conversationId;
    this.#person = person;
    this.#random = random;
    this.#invoke = invoke;
  }

  get unanswered(): number {
    return this.#waiting.length + this.#sent.size;
  }

  offer(): void {
    if (this.#waiting.length < longestQueue) {
      const number = ++this.#number;
      const mustBeRefused = this.#random.chance(0.02);
      const content = mustBeRefused ? "" : `${number} ${"x".repeat(Math.floor(this.#random.between(0, 200)))}`;
      this.#waiting.push({ key: `${this.#person.id}-${number}`, content, mustBeRefused, retry: false });
      this.#pump();
    }
  }

  connected(): void {
    this.#isConnected = true;
    this.#connection++;
    const last = this.acked.at(-1);
    if (last !== undefined) {
      void this.#sendAgain(last);
    }
    this.#pump();
  }

  /** What has no answer goes again, before anything newer. */
  disconnected(): void {
    this.#isConnected = false;
    const again = [...this.#sent];
    again.forEach((message) => (message.retry = true));
    this.#sent.clear();
    this.#waiting.unshift(...again);
    this.retried += again.length;
  }

  #pump(): void {
    while (this.#isConnected && this.#sent.size < inFlight) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        return;
      }
      this.#sent.add(next);
      void this.#send(next, this.#connection);
    }
  }

  async #send(message: Outgoing, connection: number): Promise<void> {
    const answer = await this.#invoke("SendMessage", this.#request(message, message.retry));
    if (answer === null || connection !== this.#connection || !this.#sent.has(message)) {
      return;
    }
    if (!answer.ok && answer.code === "unavailable") {
      message.retry = true;
      this.unavailable++;
      await delay(answer.retryAfterMs ?? 200);
      if (this.#sent.has(message)) {
        void this.#send(message, connection);
      }
      return;
    }
    this.#sent.delete(message);
    this.#settle(message, answer);
    this.#pump();
  }

  #settle(message: Outgoing, answer: Answer<Receipt>): void {
    if (!answer.ok) {
      this.refused.push(message.key);
      if (!message.mustBeRefused && answer.code !== "overloaded" && answer.code !== "rate_limited") {
        this.faults.push(`${message.key} was refused: ${answer.code} ${answer.message}`);
      }
      return;
    }
    if (message.mustBeRefused || (answer.duplicate && !message.retry)) {
      this.faults.push(`${message.key} was accepted${answer.duplicate ? " as a duplicate, sent once" : ", empty as it is"}`);
    }
    this.recovered += answer.duplicate ? 1 : 0;
    this.acked.push({ key: message.key, content: message.content, receipt: answer });
  }

  /** The same key gives the same receipt, also after the restart. */
  async #sendAgain({ key, content, receipt }: Acked): Promise<void> {
    const answer = await this.#invoke("SendMessage", this.#request({ key, content }, true));
    if (answer === null || (!answer.ok && answer.code === "unavailable")) {
      return;
    }
    if (!answer.ok || !answer.duplicate || answer.messageId !== receipt.messageId || answer.sequence !== receipt.sequence) {
      this.faults.push(`${key}, receipt ${JSON.stringify(receipt)}, sent again gave ${JSON.stringify(answer)}`);
    }
  }

  #request(message: { readonly key: string; readonly content: string }, retry: boolean): object {
    return { conversationId: this.conversationId, clientMessageId: message.key, content: message.content, ...(retry ? { retry } : {}) };
  }
}
