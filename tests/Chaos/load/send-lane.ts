import { setTimeout as delay } from "node:timers/promises";
import { hashOf, type History } from "../rig/history.ts";
import type { Random } from "../rig/random.ts";
import type { Answer, Receipt, Refused } from "./wire.ts";

interface Outgoing {
  readonly key: string;
  readonly content: string;
  readonly hash: string;
  /** It is empty: the server has to refuse it. */
  readonly bad: boolean;
  /** Sent before, without an answer. */
  retry: boolean;
}

/** Whose lane it is, for the history. */
export interface Sender {
  readonly user: string;
  readonly device: string;
  readonly session: () => number;
}

type Invoke = (method: string, argument: object) => Promise<Answer<Receipt> | null>;

const inFlight = 2;
const longestQueue = 6;

/** What one device sends into one conversation: in order, two in flight, each until its outcome is known. */
export class SendLane {
  readonly #conv: string;
  readonly #sender: Sender;
  readonly #random: Random;
  readonly #history: History;
  readonly #invoke: Invoke;
  readonly #waiting: Outgoing[] = [];
  readonly #sent = new Set<Outgoing>();
  #lastAcked: Outgoing | null = null;
  #number = 0;
  #connection = 0;
  #isConnected = false;
  /** Acknowledged as held: they are stored later, or set aside as dead letters. */
  readonly held = new Set<string>();
  acked = 0;
  /** Sent again: what no answer came for. */
  retried = 0;

  constructor(conv: string, sender: Sender, random: Random, history: History, invoke: Invoke) {
    this.#conv = conv;
    this.#sender = sender;
    this.#random = random;
    this.#history = history;
    this.#invoke = invoke;
  }

  get unanswered(): number {
    return this.#waiting.length + this.#sent.size;
  }

  offer(): void {
    if (this.#waiting.length >= longestQueue) {
      return;
    }
    const number = ++this.#number;
    const bad = this.#random.chance(0.01);
    const content = bad ? "" : `${number} ${"x".repeat(Math.floor(this.#random.between(0, 120)))}`;
    this.#waiting.push({ key: `${this.#sender.device}-${this.#conv.slice(0, 8)}-${number}`, content, hash: hashOf(content), bad, retry: false });
    this.#pump();
  }

  /** The last acknowledged one goes again now and then: the same key, the same receipt. */
  connected(): void {
    this.#isConnected = true;
    this.#connection++;
    if (this.#lastAcked !== null && this.#random.chance(0.3)) {
      void this.#attempt(this.#lastAcked, true);
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
    const answer = await this.#attempt(message, message.retry);
    if (connection !== this.#connection || !this.#sent.has(message) || answer === null) {
      return;
    }
    if (!answer.ok && answer.code === "unavailable") {
      message.retry = true;
      this.retried++;
      await delay(answer.retryAfterMs ?? 200);
      if (this.#sent.has(message) && connection === this.#connection) {
        void this.#send(message, connection);
      }
      return;
    }
    this.#sent.delete(message);
    if (answer.ok) {
      this.acked++;
      this.#lastAcked = message;
    }
    this.#pump();
  }

  async #attempt({ key, content, hash, bad }: Outgoing, retry: boolean): Promise<Answer<Receipt> | null> {
    const note = { worker: "client", op: "send", user: this.#sender.user, device: this.#sender.device, session: this.#sender.session(), conv: this.#conv, key };
    this.#history.add({ ...note, phase: "invoke", hash, ...(retry ? { retry } : {}), ...(bad ? { bad } : {}) });
    const answer = await this.#invoke("SendMessage", { conversationId: this.#conv, clientMessageId: key, content, ...(retry ? { retry } : {}) });
    if (answer === null) {
      this.#history.add({ ...note, phase: "info", err: "lost" });
    } else if (answer.ok) {
      const { messageId: msgId, sequence: seq = null, durability = "committed", duplicate } = answer;
      if (seq === null) {
        this.held.add(key);
      }
      this.#history.add({ ...note, phase: "ok", seq, msgId, durability, ...(duplicate ? { duplicate } : {}) });
    } else {
      this.#history.add({ ...note, phase: isOpen(answer) ? "info" : "fail", err: answer.code, ...(answer.reason === undefined ? {} : { reason: answer.reason }) });
    }
    return answer;
  }
}

const isOpen = ({ code }: Refused): boolean => code === "unavailable" || code === "internal_error";
