import type { Api } from "./api.ts";
import { ConversationState, unreadAmong } from "./conversation.ts";
import type { Names } from "./names.ts";
import type { Conversation, ListPage, LogEvent, Position, Refusal, ServerEvent, SyncAnswer, Answer } from "./protocol.ts";
import { positionOf } from "./sync.ts";

export interface ConversationsPorts {
  readonly myId: string;
  readonly api: Api;
  readonly names: Names;
  readonly now: () => number;
  /** A message of mine is in the log. */
  readonly onMine: (clientMessageId: string) => void;
  /** A message of mine that was held will never be in the log. */
  readonly onRejected: (clientMessageId: string, refusal: Refusal) => void;
  /** Something is missing: ask for it by position. */
  readonly onBehind: () => void;
  readonly onKept: (conversation: ConversationState) => void;
  readonly onForgotten: (id: string) => void;
  readonly redraw: () => void;
}

export const pageSize = 50;
/** The server says when typing begins and ends. Its word for the end may get lost, and nobody types for ever. */
const typingShownMs = 30_000;

/** All conversations of the person, kept true by the list, by events and by syncs. */
/** A frame of the hub holds 32 KiB. */
const mostPositions = 300;

export class Conversations {
  readonly #ports: ConversationsPorts;
  readonly #byId = new Map<string, ConversationState>();
  #listing: Promise<boolean> | null = null;
  listed = false;
  /** The newest message by somebody else, for those who listen instead of looking. */
  heard: LogEvent | null = null;

  constructor(ports: ConversationsPorts) {
    this.#ports = ports;
  }

  get(id: string): ConversationState | undefined {
    return this.#byId.get(id);
  }

  get newestFirst(): readonly ConversationState[] {
    return [...this.#byId.values()].sort((one, other) => other.lastActivityAt.localeCompare(one.lastActivityAt));
  }

  positions(): readonly Position[] {
    return this.newestFirst.slice(0, mostPositions).map((each) => ({ conversationId: each.id, after: each.timeline.through }));
  }

  /** The whole list, page by page, once. False: it could not be had, ask again. */
  list(): Promise<boolean> {
    this.#listing ??= this.#listAll().then((complete) => {
      this.listed = complete;
      this.#listing = complete ? this.#listing : null;
      this.#ports.redraw();
      return complete;
    });
    return this.#listing;
  }

  on(event: Exclude<ServerEvent, { is: "sync-needed" | "closing" | "ignored" }>): void {
    switch (event.is) {
      case "entry":
        this.take(event.event);
        break;
      case "rejected":
        this.#onRejected(event);
        break;
      case "skipped":
        this.#place(event.conversationId, (conversation) => conversation.timeline.skip(event.sequence));
        break;
      case "changed":
        if ((this.get(event.conversationId)?.timeline.through ?? -1) < event.head) {
          this.#ports.onBehind();
        }
        break;
      case "read":
        this.#onRead(event.conversationId, event.userId, event.sequence);
        break;
      case "typing":
        this.get(event.conversationId)?.setTyping(event.userId, event.isTyping ? this.#ports.now() + typingShownMs : null);
        this.#ports.names.need([event.userId]);
        break;
    }
  }

  take(event: LogEvent): void {
    this.#place(event.conversationId, (conversation) => conversation.timeline.apply(event));
  }

  onSync(answer: SyncAnswer, asked: readonly Position[]): void {
    for (const each of answer.added) {
      // Held but not asked for, because there are so many: it begins anew where it is behind.
      if ((this.get(each.id)?.timeline.through ?? each.head) < each.head) {
        this.#byId.delete(each.id);
      }
      this.keep(new ConversationState(each, this.#ports.myId));
    }
    for (const part of answer.conversations) {
      const conversation = this.get(part.conversationId);
      if (conversation !== undefined && part.resync) {
        this.#startOver(conversation, part.head);
      } else if (conversation !== undefined) {
        this.#took(conversation, conversation.timeline.extend(positionOf(part.conversationId, asked), part.events, part.through));
      }
    }
    answer.gone.forEach((each) => this.forget(each));
  }

  keepOpened(conversation: Conversation): void {
    this.keep(ConversationState.opened(conversation, this.#ports.myId));
  }

  keep(conversation: ConversationState): void {
    if (this.#byId.has(conversation.id)) {
      return;
    }
    this.#byId.set(conversation.id, conversation);
    this.#needNames(conversation, conversation.lastMessage === undefined ? [] : [conversation.lastMessage]);
    this.#ports.onKept(conversation);
  }

  forget(id: string): void {
    if (this.#byId.delete(id)) {
      this.#ports.onForgotten(id);
    }
  }

  /** The connection is there again: what could not be had before is asked for. */
  onSynced(): void {
    for (const each of this.#byId.values()) {
      this.#needNames(each, []);
      if (each.history === "failed") {
        void this.loadOlder(each);
      }
    }
  }

  async loadOlder(conversation: ConversationState): Promise<void> {
    if (conversation.history === "loading" || !conversation.timeline.hasOlder) {
      return;
    }
    conversation.history = "loading";
    this.#ports.redraw();
    const before = conversation.timeline.first;
    const answer = await this.#ports.api.history(conversation.id, before, pageSize);
    conversation.history = answer.ok ? "idle" : "failed";
    if (answer.ok) {
      conversation.timeline.prepend(answer.value, before);
      answer.value.held?.forEach((each) => this.take(each));
      this.#needNames(conversation, answer.value.events);
    }
    this.#ports.redraw();
  }

  /** Name, members and roles anew. */
  async refresh(conversation: ConversationState): Promise<void> {
    const answer = await this.#ports.api.conversation(conversation.id);
    if (answer.ok) {
      conversation.update(answer.value);
      this.#needNames(conversation, []);
    } else if (answer.refusal.code === "not_found") {
      this.forget(conversation.id);
    }
    this.#ports.redraw();
  }

  #place(conversationId: string, place: (conversation: ConversationState) => readonly LogEvent[]): void {
    const conversation = this.get(conversationId);
    if (conversation !== undefined) {
      this.#took(conversation, place(conversation));
    }
    if (conversation === undefined || conversation.timeline.hasGap) {
      this.#ports.onBehind();
    }
  }

  #took(conversation: ConversationState, fresh: readonly LogEvent[]): void {
    conversation.absorb(fresh);
    for (const event of fresh) {
      if (event.senderId === this.#ports.myId && event.clientMessageId !== undefined) {
        this.#onMine(event, event.clientMessageId);
      } else if (event.kind === "message" && event.messageId !== this.heard?.messageId) {
        this.heard = event;
      }
    }
    this.#needNames(conversation, fresh);
    const changes = fresh.filter((each) => each.kind !== "message" && each.kind !== "other");
    if (changes.findLast((each) => each.userIds?.includes(this.#ports.myId) === true)?.kind === "member_left") {
      this.forget(conversation.id);
    } else if (changes.length > 0) {
      void this.refresh(conversation);
    }
  }

  #onMine(event: LogEvent, clientMessageId: string): void {
    if (event.sequence !== null) {
      this.#ports.onMine(clientMessageId);
    }
  }

  #onRejected(event: Extract<ServerEvent, { is: "rejected" }>): void {
    this.get(event.conversationId)?.timeline.drop(event.messageId);
    if (event.senderId !== this.#ports.myId) {
      return;
    }
    if (event.refusal.reason === "already_stored") {
      this.#ports.onMine(event.clientMessageId);
    } else {
      this.#ports.onRejected(event.clientMessageId, event.refusal);
    }
  }

  #onRead(conversationId: string, userId: string, sequence: number): void {
    const conversation = this.get(conversationId);
    if (conversation !== undefined && !conversation.moveCursor(userId, sequence)) {
      void this.#recount(conversation);
    }
  }

  /** The reader's other device read into a part of the log that is not here. */
  async #recount(conversation: ConversationState): Promise<void> {
    const from = conversation.readSequence;
    const answer = await this.#ports.api.historyAfter(conversation.id, from, 100);
    if (answer.ok && conversation.readSequence === from) {
      const { count } = unreadAmong(answer.value.events, this.#ports.myId, from);
      conversation.unread = { count, more: answer.value.more };
      this.#ports.redraw();
    }
  }

  #startOver(conversation: ConversationState, head: number): void {
    conversation.timeline.reset(head);
    void this.#recount(conversation);
    void this.refresh(conversation);
    void this.loadOlder(conversation);
  }

  async #listAll(): Promise<boolean> {
    let cursor: string | null = null;
    do {
      const answer: Answer<ListPage> = await this.#ports.api.conversations(cursor);
      if (!answer.ok) {
        return false;
      }
      answer.value.items.forEach((each) => this.keep(new ConversationState(each, this.#ports.myId)));
      cursor = answer.value.cursor;
      this.#ports.redraw();
    } while (cursor !== null);
    return true;
  }

  #needNames(conversation: ConversationState, events: readonly LogEvent[]): void {
    const people = events.flatMap((each) => [...(each.userIds ?? []), ...(each.senderId === undefined ? [] : [each.senderId])]);
    this.#ports.names.need([...conversation.members.map((each) => each.userId), ...people]);
  }
}
