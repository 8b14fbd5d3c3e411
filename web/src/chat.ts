import type { OpenConversation } from "./api.ts";
import type { ConnectionState } from "./connection.ts";
import type { ConversationState } from "./conversation.ts";
import { Conversations, pageSize } from "./conversations.ts";
import { Live, type LivePorts } from "./live.ts";
import { Names } from "./names.ts";
import type { Outbox } from "./outbox.ts";
import type { Account, Answer, MemberRole } from "./protocol.ts";

/** One signed-in person's chat: the state that the views show, and the verbs they call. Each verb ends in a redraw. */
export class Chat {
  readonly me: Account;
  readonly names: Names;
  readonly conversations: Conversations;
  readonly #ports: LivePorts;
  readonly #live: Live;
  openId: string | null = null;
  /** What went wrong last, in words for the person. */
  notice: string | null = null;

  constructor(me: Account, ports: LivePorts) {
    this.me = me;
    this.#ports = ports;
    this.names = new Names((ids) => ports.api.usersByIds(ids), ports.redraw);
    this.names.learn(me);
    this.#live = new Live(ports, me.id, () => this.conversations);
    this.conversations = this.#makeConversations();
  }

  get connection(): ConnectionState {
    return this.#live.connection;
  }

  get wasOnline(): boolean {
    return this.#live.wasOnline;
  }

  /** What is sent now is stored later. */
  get storageDown(): boolean {
    return this.#live.degradations.storage;
  }

  get outbox(): Outbox {
    return this.#live.outbox;
  }

  get current(): ConversationState | undefined {
    return this.openId === null ? undefined : this.conversations.get(this.openId);
  }

  get now(): number {
    return this.#ports.now();
  }

  start(): void {
    void this.conversations.list();
    this.#live.start();
  }

  stop(): Promise<void> {
    return this.#live.stop();
  }

  /** The network is back, or the page in front again. */
  nudge(): void {
    this.#live.nudge();
  }

  open(id: string | null): void {
    this.openId = id;
    this.notice = null;
    this.#live.focus(id);
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
      this.#live.typing.sent(conversation.id);
      this.#ports.redraw();
    } else {
      this.#tell("Too many messages are waiting to be sent. Try again when some have gone out.");
    }
    return taken;
  }

  edit(conversation: ConversationState, draft: string): void {
    conversation.draft = draft;
    this.#live.typing.changed(conversation.id, draft.trim() !== "");
    this.#ports.redraw();
  }

  markRead(conversation: ConversationState): void {
    const { through } = conversation.timeline;
    if (conversation.readSequence < through) {
      conversation.moveCursor(this.me.id, through);
      this.#live.readMarks.mark(conversation.id, through);
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

  #onForgotten(id: string): void {
    if (this.openId === id) {
      this.openId = null;
      this.#tell("You are no longer in this conversation.");
    }
  }

  #makeConversations(): Conversations {
    const { api, now, redraw } = this.#ports;
    return new Conversations({
      myId: this.me.id,
      api,
      names: this.names,
      now,
      onMine: (clientMessageId) => this.outbox.confirm(clientMessageId),
      onRejected: (clientMessageId, refusal) => this.outbox.reject(clientMessageId, refusal),
      onBehind: () => this.#live.sync(),
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
