import type { Api, OpenConversation } from "./api.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import type { ConversationState } from "./conversation.ts";
import { Conversations, pageSize } from "./conversations.ts";
import { readNothing, readReceipt, readSyncAnswer } from "./guards.ts";
import { Names } from "./names.ts";
import { Outbox, type OutboxEntry, type OutboxStore } from "./outbox.ts";
import type { Account, Answer, MemberRole, Receipt, SendMessage, ServerEvent } from "./protocol.ts";
import { ReadMarks } from "./read-marks.ts";
import { Sync } from "./sync.ts";
import { TypingSignal } from "./typing.ts";

export interface ChatPorts {
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

/** One signed-in person's chat: the state that the views show, and the verbs they call. Each verb ends in a redraw. */
export class Chat {
  readonly me: Account;
  readonly names: Names;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly #ports: ChatPorts;
  readonly #connection: Connection;
  readonly #sync: Sync;
  readonly #readMarks: ReadMarks;
  readonly #typing: TypingSignal;
  openId: string | null = null;
  /** The first connection of a page is no interruption. */
  wasOnline = false;
  /** What went wrong last, in words for the person. */
  notice: string | null = null;

  constructor(me: Account, ports: ChatPorts) {
    this.me = me;
    this.#ports = ports;
    this.names = new Names((ids) => ports.api.usersByIds(ids), ports.redraw);
    this.names.learn(me);
    this.#connection = this.#makeConnection();
    this.outbox = this.#makeOutbox();
    this.#sync = this.#makeSync();
    this.conversations = this.#makeConversations();
    this.#readMarks = new ReadMarks((conversationId, sequence) =>
      this.#connection.invoke("MarkRead", { conversationId, sequence }, readNothing),
    );
    this.#typing = new TypingSignal(ports.now, (conversationId, isTyping) => {
      void this.#connection.invoke("Typing", { conversationId, isTyping }, readNothing);
    });
  }

  get connection(): ConnectionState {
    return this.#connection.state;
  }

  get current(): ConversationState | undefined {
    return this.openId === null ? undefined : this.conversations.get(this.openId);
  }

  get now(): number {
    return this.#ports.now();
  }

  start(): void {
    void this.conversations.list();
    this.#connection.start();
  }

  stop(): Promise<void> {
    this.outbox.close();
    return this.#connection.stop();
  }

  /** The network is back, or the page in front again. */
  nudge(): void {
    void this.#connection.nudge();
  }

  open(id: string | null): void {
    this.openId = id;
    this.notice = null;
    if (this.current !== undefined) {
      this.#enter(this.current);
    }
    this.#ports.redraw();
  }

  /** False: it was not taken, and the person keeps the text. */
  send(conversation: ConversationState, content: string): boolean {
    const taken = this.outbox.add(conversation.id, content);
    if (taken) {
      conversation.draft = "";
      this.#typing.sent(conversation.id);
      this.#ports.redraw();
    } else {
      this.#tell("Too many messages are waiting to be sent. Try again when some have gone out.");
    }
    return taken;
  }

  edit(conversation: ConversationState, draft: string): void {
    conversation.draft = draft;
    this.#typing.changed(conversation.id, draft.trim() !== "");
    this.#ports.redraw();
  }

  markRead(conversation: ConversationState): void {
    const { through } = conversation.timeline;
    if (conversation.readSequence < through) {
      conversation.moveCursor(this.me.id, through);
      this.#readMarks.mark(conversation.id, through);
      this.#ports.redraw();
    }
  }

  async startDirect(username: string): Promise<Answer<string>> {
    const user = await this.findUser(username);
    return user.ok ? this.#openNew({ type: "direct", participantIds: [user.value] }) : user;
  }

  createGroup(name: string, participantIds: readonly string[]): Promise<Answer<string>> {
    return this.#openNew({ type: "group", participantIds, name });
  }

  /** The id of who has this user name. */
  async findUser(username: string): Promise<Answer<string>> {
    const answer = await this.#ports.api.findUser(username);
    if (!answer.ok) {
      return answer;
    }
    this.names.learn(answer.value);
    return { ok: true, value: answer.value.id };
  }

  async rename(conversation: ConversationState, name: string): Promise<void> {
    this.#changed(conversation, await this.#ports.api.rename(conversation.id, name));
  }

  async addMember(conversation: ConversationState, username: string): Promise<Answer<unknown>> {
    const user = await this.findUser(username);
    const answer = user.ok ? await this.#ports.api.addMembers(conversation.id, [user.value]) : user;
    if (answer.ok) {
      this.#changed(conversation, answer);
    }
    return answer;
  }

  async changeRole(conversation: ConversationState, userId: string, role: MemberRole): Promise<void> {
    this.#changed(conversation, await this.#ports.api.changeRole(conversation.id, userId, role));
  }

  async removeMember(conversation: ConversationState, userId: string): Promise<void> {
    const answer = await this.#ports.api.removeMember(conversation.id, userId);
    if (answer.ok && userId === this.me.id) {
      this.conversations.forget(conversation.id);
    } else {
      this.#changed(conversation, answer);
    }
  }

  dismissNotice(): void {
    this.notice = null;
    this.#ports.redraw();
  }

  #enter(conversation: ConversationState): void {
    conversation.openedAt = { read: conversation.readSequence, head: conversation.timeline.through };
    if (conversation.timeline.events.length < pageSize) {
      void this.conversations.loadOlder(conversation);
    }
  }

  async #openNew(request: OpenConversation): Promise<Answer<string>> {
    const answer = await this.#ports.api.openConversation(request);
    if (!answer.ok) {
      return answer;
    }
    this.conversations.keepOpened(answer.value);
    this.open(answer.value.id);
    return { ok: true, value: answer.value.id };
  }

  #changed(conversation: ConversationState, answer: Answer<unknown>): void {
    if (answer.ok) {
      void this.conversations.refresh(conversation);
    } else {
      this.#tell(answer.refusal.message);
    }
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
    this.conversations.take({ conversationId, sequence, kind: "message", messageId, senderId: this.me.id, clientMessageId, content, sentAt });
  }

  #onState(state: ConnectionState): void {
    this.wasOnline ||= state === "online";
    if (state !== "online") {
      this.outbox.close();
    }
    this.#ports.redraw();
  }

  /** Positions need a list to stand on. */
  async #onConnected(): Promise<void> {
    if (await this.conversations.list()) {
      this.#sync.request();
    } else if (this.connection === "online") {
      this.#ports.later(1_000 * (1 + this.#ports.random()), () => void this.#onConnected());
    }
  }

  #onSynced(): void {
    this.outbox.open();
    this.#readMarks.resume();
    this.conversations.needNames();
  }

  #onEvent(event: ServerEvent): void {
    switch (event.is) {
      case "sync-needed":
        this.#sync.request();
        break;
      case "closing":
      case "ignored":
        break;
      default:
        this.conversations.on(event);
    }
    this.#ports.redraw();
  }

  #onForgotten(id: string): void {
    if (this.openId === id) {
      this.openId = null;
      this.#tell("You are no longer in this conversation.");
    }
  }

  #makeConnection(): Connection {
    const { hubUrl, api, random, wasActive } = this.#ports;
    return new Connection({
      url: hubUrl,
      accessToken: () => api.accessToken(),
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
      positions: () => this.conversations.positions(),
      ask: (positions) => this.#connection.invoke("Sync", { positions }, readSyncAnswer),
      apply: (answer, asked) => {
        this.conversations.onSync(answer, asked);
        redraw();
      },
      onDone: () => this.#onSynced(),
      later,
      random,
    });
  }

  #makeConversations(): Conversations {
    const { api, now, redraw } = this.#ports;
    return new Conversations({
      myId: this.me.id,
      api,
      names: this.names,
      now,
      onMine: (clientMessageId) => this.outbox.confirm(clientMessageId),
      onBehind: () => this.#sync.request(),
      onKept: (conversation) => {
        if (conversation.id === this.openId) {
          this.#enter(conversation);
        }
      },
      onForgotten: (id) => this.#onForgotten(id),
      redraw,
    });
  }

  #tell(notice: string): void {
    this.notice = notice;
    this.#ports.redraw();
  }
}
