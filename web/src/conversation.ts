import type { Conversation, ConversationType, ListItem, LogEvent, Member } from "./protocol.ts";
import { Timeline } from "./timeline.ts";

export interface Unread {
  readonly count: number;
  readonly more: boolean;
}

const maxCounted = 100;

const counted = (count: number): Unread => ({ count: Math.min(count, maxCounted), more: count > maxCounted });

/** A message that the reader has not seen; his own are never unread. */
const isUnread = (event: LogEvent, myId: string, readSequence: number): boolean =>
  event.kind === "message" && event.deleted !== true && event.senderId !== myId && (event.sequence ?? 0) > readSequence;

export const unreadAmong = (events: readonly LogEvent[], myId: string, readSequence: number): Unread =>
  counted(events.filter((each) => isUnread(each, myId, readSequence)).length);

/** What this client knows of one conversation. */
export class ConversationState {
  readonly id: string;
  readonly type: ConversationType;
  readonly timeline: Timeline;
  readonly #myId: string;
  readonly #typing = new Map<string, number>();
  name: string | undefined;
  members: readonly Member[];
  lastMessage: LogEvent | undefined;
  lastActivityAt: string;
  readSequence: number;
  unread: Unread;
  /** Where the reader and the log were when it was opened: between them is what is new. */
  openedAt: { readonly read: number; readonly head: number } | null = null;
  history: "idle" | "loading" | "failed" = "idle";
  draft = "";

  constructor(item: ListItem, myId: string) {
    this.id = item.id;
    this.type = item.type;
    this.#myId = myId;
    this.name = item.name;
    this.members = item.members;
    this.lastMessage = item.lastMessage;
    this.lastActivityAt = item.lastActivityAt;
    this.readSequence = item.readSequence;
    this.unread = { count: item.unread, more: item.unreadMore };
    this.timeline = new Timeline(item.head, this.#me?.joinedSequence ?? 0);
  }

  /** One that was just opened or found: nothing of it has been listed yet. */
  static opened(conversation: Conversation, myId: string): ConversationState {
    const readSequence = conversation.members.find((each) => each.userId === myId)?.readSequence ?? 0;
    const { createdAt, ...known } = conversation;
    return new ConversationState({ ...known, readSequence, unread: 0, unreadMore: false, lastActivityAt: createdAt }, myId);
  }

  get others(): readonly Member[] {
    return this.members.filter((each) => each.userId !== this.#myId);
  }

  get iAmAdmin(): boolean {
    return this.#me?.role === "admin";
  }

  /** Takes in what has just been placed on the timeline. */
  absorb(fresh: readonly LogEvent[]): void {
    for (const event of fresh) {
      this.#absorbOne(event);
    }
  }

  update(conversation: Conversation): void {
    this.name = conversation.name;
    this.members = conversation.members;
  }

  /** Cursors only move forward. False: what lies between must be counted anew from the log. */
  moveCursor(userId: string, sequence: number): boolean {
    this.members = this.members.map((each) =>
      each.userId === userId && each.readSequence < sequence ? { ...each, readSequence: sequence } : each,
    );
    if (userId !== this.#myId || sequence <= this.readSequence) {
      return true;
    }
    this.readSequence = sequence;
    return this.#recount();
  }

  setTyping(userId: string, until: number | null): void {
    if (until === null) {
      this.#typing.delete(userId);
    } else if (userId !== this.#myId) {
      this.#typing.set(userId, until);
    }
  }

  typingAt(now: number): readonly string[] {
    return [...this.#typing].filter(([, until]) => until > now).map(([userId]) => userId);
  }

  get #me(): Member | undefined {
    return this.members.find((each) => each.userId === this.#myId);
  }

  #absorbOne(event: LogEvent): void {
    if (event.kind === "renamed") {
      this.name = event.name;
    }
    if (event.kind !== "message") {
      return;
    }
    this.#typing.delete(event.senderId ?? "");
    this.lastMessage = event;
    this.lastActivityAt = event.sentAt;
    if (isUnread(event, this.#myId, this.readSequence)) {
      this.unread = counted(this.unread.count + (this.unread.more ? 1 : 0) + 1);
    }
  }

  #recount(): boolean {
    const known = this.readSequence >= this.timeline.first - 1;
    if (known) {
      this.unread = unreadAmong(this.timeline.events, this.#myId, this.readSequence);
    }
    return known;
  }
}
