import type { Api } from "./api.ts";
import { Chat } from "./chat.ts";
import type { LivePorts } from "./live.ts";
import type { OutboxStore } from "./outbox.ts";
import type { Account, Answer } from "./protocol.ts";
import type { SessionStore } from "./session.ts";

export interface AppPorts extends Omit<LivePorts, "outboxStore"> {
  readonly sessions: SessionStore;
  readonly outboxOf: (userId: string) => OutboxStore;
}

/** Who uses this page: nobody yet, or one person with a chat. */
export class App {
  readonly #ports: AppPorts;
  readonly #api: Api;
  chat: Chat | null = null;
  /** Where the address of the page points. */
  openId: string | null = null;
  /** The session ended without the person's doing. */
  signedOutBy: string | null = null;

  constructor(ports: AppPorts) {
    this.#ports = ports;
    this.#api = ports.api;
  }

  /** Goes on where the last visit ended. */
  start(): void {
    const session = this.#ports.sessions.load();
    if (session !== null) {
      this.#enter(session.user);
    }
    this.#ports.redraw();
  }

  async signIn(login: string, password: string): Promise<Answer<Account>> {
    return this.#entered(await this.#api.login(login, password));
  }

  async register(email: string, username: string, password: string): Promise<Answer<Account>> {
    return this.#entered(await this.#api.register(email, username, password));
  }

  async signOut(): Promise<void> {
    await this.#leave();
    await this.#api.logout();
  }

  /** The server ended the session. What waits in the outbox stays for the next sign-in. */
  onSignedOut(): void {
    this.signedOutBy = "You have been signed out. Sign in again to go on.";
    void this.#leave();
  }

  open(id: string | null): void {
    this.openId = id;
    this.chat?.open(id);
  }

  #entered(answer: Answer<Account>): Answer<Account> {
    if (answer.ok) {
      this.#enter(answer.value);
    }
    return answer;
  }

  #enter(me: Account): void {
    this.signedOutBy = null;
    this.chat = new Chat(me, { ...this.#ports, outboxStore: this.#ports.outboxOf(me.id) });
    this.chat.open(this.openId);
    this.chat.start();
  }

  async #leave(): Promise<void> {
    const chat = this.chat;
    this.chat = null;
    this.#ports.redraw();
    await chat?.stop();
  }
}
