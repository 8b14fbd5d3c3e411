import type { Api } from "./api.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import type { Conversations } from "./conversations.ts";
import { Degradations } from "./degradations.ts";
import { readNothing, readReceipt, readSyncAnswer } from "./guards.ts";
import { Outbox, type OutboxEntry, type OutboxStore } from "./outbox.ts";
import type { Answer, Receipt, SendMessage, ServerEvent } from "./protocol.ts";
import { ReadMarks } from "./read-marks.ts";
import { Sync } from "./sync.ts";
import { TypingSignal } from "./typing.ts";

export interface LivePorts {
  readonly hubUrl: string;
  readonly api: Api;
  readonly outboxStore: OutboxStore;
  readonly random: () => number;
  readonly now: () => number;
  readonly newKey: () => string;
  readonly later: (delayMs: number, then: () => void) => void;
  readonly wasActive: () => boolean;
  readonly redraw: () => void;
}

/** What goes over the connection: out of the outbox, read marks and typing; into the conversations events, receipts and syncs. */
export class Live {
  readonly outbox: Outbox;
  readonly typing: TypingSignal;
  readonly readMarks: ReadMarks;
  readonly degradations = new Degradations();
  readonly #ports: LivePorts;
  readonly #myId: string;
  readonly #conversations: () => Conversations;
  readonly #connection: Connection;
  readonly #sync: Sync;
  /** The first connection of a page is no interruption. */
  wasOnline = false;
  #focused: string | null = null;

  constructor(ports: LivePorts, myId: string, conversations: () => Conversations) {
    this.#ports = ports;
    this.#myId = myId;
    this.#conversations = conversations;
    this.#connection = this.#makeConnection();
    this.outbox = this.#makeOutbox();
    this.#sync = this.#makeSync();
    this.readMarks = new ReadMarks((conversationId, sequence) =>
      this.#connection.invoke("MarkRead", { conversationId, sequence }, readNothing),
    );
    this.typing = new TypingSignal(ports.now, (conversationId, isTyping) => {
      void this.#connection.invoke("Typing", { conversationId, isTyping }, readNothing);
    });
  }

  get connection(): ConnectionState {
    return this.#connection.state;
  }

  start(): void {
    this.#connection.start();
  }

  stop(): Promise<void> {
    this.outbox.close();
    return this.#connection.stop();
  }

  nudge(): void {
    void this.#connection.nudge();
  }

  /** Tells the server which conversation is in front. */
  focus(conversationId: string | null): void {
    this.#focused = conversationId;
    void this.#connection.invoke("Focus", { conversationId }, readNothing);
  }

  /** Something was missed. */
  sync(): void {
    this.#sync.request();
  }

  async #send(message: SendMessage): Promise<Answer<Receipt>> {
    const answer = await this.#connection.invoke("SendMessage", message, readReceipt);
    if (!answer.ok && answer.refusal.code === "unauthenticated") {
      void this.#connection.restart();
    }
    return answer;
  }

  #onReceipt(entry: OutboxEntry, receipt: Receipt): void {
    const { clientMessageId, conversationId, content } = entry;
    const { messageId, sequence, sentAt } = receipt;
    const senderId = this.#myId;
    this.#conversations().take({ conversationId, sequence, kind: "message", messageId, senderId, clientMessageId, content, sentAt });
  }

  #onState(state: ConnectionState): void {
    this.wasOnline ||= state === "online";
    if (state !== "online") {
      this.degradations.forget();
      this.outbox.close();
    }
    this.#ports.redraw();
  }

  /** Positions need a list to stand on. */
  async #onConnected(): Promise<void> {
    if (await this.#conversations().list()) {
      this.sync();
      this.focus(this.#focused);
    } else if (this.connection === "online") {
      this.#ports.later(1_000 * (1 + this.#ports.random()), () => void this.#onConnected());
    }
  }

  #onSynced(): void {
    this.outbox.open();
    this.readMarks.resume();
    this.#conversations().onSynced();
  }

  #onEvent(event: ServerEvent): void {
    switch (event.is) {
      case "sync-needed":
        this.sync();
        break;
      case "degraded":
        this.degradations.on(event.what, event.since);
        break;
      case "closing":
      case "ignored":
        break;
      default:
        this.#conversations().on(event);
    }
    this.#ports.redraw();
  }

  #makeConnection(): Connection {
    const { hubUrl, api, random, wasActive } = this.#ports;
    return new Connection({
      url: hubUrl,
      accessToken: () => api.accessToken(),
      renewToken: () => api.renewToken(),
      random,
      wasActive,
      onState: (state) => this.#onState(state),
      onConnected: () => void this.#onConnected(),
      onEvent: (event) => this.#onEvent(event),
    });
  }

  #makeOutbox(): Outbox {
    const { outboxStore, redraw, later, newKey, now, random } = this.#ports;
    return new Outbox({
      store: outboxStore,
      send: (message) => this.#send(message),
      onReceipt: (entry, receipt) => this.#onReceipt(entry, receipt),
      onChange: redraw,
      later,
      newKey,
      now: () => new Date(now()).toISOString(),
      random,
    });
  }

  #makeSync(): Sync {
    const { later, random, redraw } = this.#ports;
    return new Sync({
      positions: () => this.#conversations().positions(),
      ask: (positions) => this.#connection.invoke("Sync", { positions }, readSyncAnswer),
      apply: (answer, asked) => {
        this.#conversations().onSync(answer, asked);
        redraw();
      },
      onDone: () => this.#onSynced(),
      // A server that cannot read its log may still hold what is sent to it.
      onDelayed: () => this.outbox.open(),
      later,
      random,
    });
  }
}
