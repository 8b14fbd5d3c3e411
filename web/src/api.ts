import {
  notUnderstood,
  readConversation,
  readHistoryPage,
  readListPage,
  readNothing,
  readRefusal,
  readSignedIn,
  readUser,
  readUsers,
  WireError,
  type Reader,
} from "./guards.ts";
import {
  accepted,
  refused,
  type Account,
  type Answer,
  type Conversation,
  type ConversationType,
  type HistoryPage,
  type ListPage,
  type MemberRole,
  type RefusalCode,
  type SignedIn,
  type User,
} from "./protocol.ts";
import { sessionFrom, type Session, type SessionStore } from "./session.ts";

export interface ApiPorts {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly sessions: SessionStore;
  readonly now: () => number;
  /** Runs one at a time over all tabs: a refresh token is good for one use. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onSignedOut: () => void;
}

export interface OpenConversation {
  readonly type: ConversationType;
  readonly participantIds: readonly string[];
  readonly name?: string;
}

const answerWithinMs = 15_000;
const renewBeforeMs = 30_000;

/** Every HTTP call. */
export class Api {
  readonly #ports: ApiPorts;
  #renewal: Promise<Answer<Session>> | null = null;

  constructor(ports: ApiPorts) {
    this.#ports = ports;
  }

  register(email: string, username: string, password: string): Promise<Answer<Account>> {
    return this.#signIn("auth/register", { email, username, password: composed(password) });
  }

  login(login: string, password: string): Promise<Answer<Account>> {
    return this.#signIn("auth/login", { login, password: composed(password) });
  }

  async logout(): Promise<void> {
    const session = this.#ports.sessions.load();
    this.#ports.sessions.clear();
    if (session !== null) {
      await this.#fetch("POST", "auth/logout", undefined, readNothing, session.accessToken);
    }
  }

  findUser(username: string): Promise<Answer<User>> {
    return this.#call("GET", `users?username=${encodeURIComponent(username)}`, undefined, readUser);
  }

  usersByIds(ids: readonly string[]): Promise<Answer<readonly User[]>> {
    return this.#call("GET", `users?ids=${ids.join(",")}`, undefined, readUsers);
  }

  conversations(cursor: string | null): Promise<Answer<ListPage>> {
    const from = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    return this.#call("GET", `conversations?limit=100${from}`, undefined, readListPage);
  }

  conversation(id: string): Promise<Answer<Conversation>> {
    return this.#call("GET", `conversations/${id}`, undefined, readConversation);
  }

  openConversation(request: OpenConversation): Promise<Answer<Conversation>> {
    return this.#call("POST", "conversations", request, readConversation);
  }

  rename(id: string, name: string): Promise<Answer<Conversation>> {
    return this.#call("PATCH", `conversations/${id}`, { name }, readConversation);
  }

  addMembers(id: string, userIds: readonly string[]): Promise<Answer<null>> {
    return this.#call("POST", `conversations/${id}/members`, { userIds }, readNothing);
  }

  removeMember(id: string, userId: string): Promise<Answer<null>> {
    return this.#call("DELETE", `conversations/${id}/members/${userId}`, undefined, readNothing);
  }

  changeRole(id: string, userId: string, role: MemberRole): Promise<Answer<null>> {
    return this.#call("PATCH", `conversations/${id}/members/${userId}`, { role }, readNothing);
  }

  history(id: string, before: number, limit: number): Promise<Answer<HistoryPage>> {
    return this.#call("GET", `conversations/${id}/messages?before=${before}&limit=${limit}`, undefined, readHistoryPage);
  }

  historyAfter(id: string, after: number, limit: number): Promise<Answer<HistoryPage>> {
    return this.#call("GET", `conversations/${id}/messages?after=${after}&limit=${limit}`, undefined, readHistoryPage);
  }

  /** A token that is good for a while yet. */
  async accessToken(): Promise<Answer<string>> {
    const session = this.#ports.sessions.load();
    if (session === null) {
      return refused("unauthenticated", "Nobody is signed in.");
    }
    if (session.expiresAt - this.#ports.now() > renewBeforeMs) {
      return accepted(session.accessToken);
    }
    return tokenOf(await this.#renew(session));
  }

  /** For a token that was refused although its time is not over. */
  async renewToken(): Promise<void> {
    const session = this.#ports.sessions.load();
    if (session !== null) {
      await this.#renew(session);
    }
  }

  async #signIn(path: string, body: object): Promise<Answer<Account>> {
    const answer = await this.#fetch("POST", path, body, readSignedIn, null);
    if (!answer.ok) {
      return answer;
    }
    this.#keep(answer.value);
    return accepted(answer.value.user);
  }

  async #call<T>(method: string, path: string, body: object | undefined, read: Reader<T>): Promise<Answer<T>> {
    const token = await this.accessToken();
    if (!token.ok) {
      return token;
    }
    const answer = await this.#fetch(method, path, body, read, token.value);
    if (answer.ok || answer.refusal.code !== "unauthenticated") {
      return answer;
    }
    const session = this.#ports.sessions.load();
    const again = session === null ? token : tokenOf(await this.#renew({ ...session, accessToken: token.value }));
    return again.ok ? this.#fetch(method, path, body, read, again.value) : again;
  }

  /** The session after the one given. Whoever asks meanwhile gets the same one. */
  #renew(session: Session): Promise<Answer<Session>> {
    this.#renewal ??= this.#ports
      .exclusively(() => this.#renewAlone(session))
      .finally(() => {
        this.#renewal = null;
      });
    return this.#renewal;
  }

  async #renewAlone(session: Session): Promise<Answer<Session>> {
    const stored = this.#ports.sessions.load();
    if (stored !== null && stored.accessToken !== session.accessToken) {
      return accepted(stored);
    }
    const answer = await this.#fetch("POST", "auth/refresh", { refreshToken: session.refreshToken }, readSignedIn, null);
    if (answer.ok) {
      return accepted(this.#keep(answer.value));
    }
    if (answer.refusal.code === "unauthenticated") {
      this.#ports.sessions.clear();
      this.#ports.onSignedOut();
    }
    return answer;
  }

  #keep(signedIn: SignedIn): Session {
    const session = sessionFrom(signedIn, this.#ports.now());
    this.#ports.sessions.save(session);
    return session;
  }

  async #fetch<T>(method: string, path: string, body: object | undefined, read: Reader<T>, token: string | null): Promise<Answer<T>> {
    try {
      const response = await this.#ports.fetch(`${this.#ports.baseUrl}/api/${path}`, {
        method,
        headers: {
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(answerWithinMs),
      });
      const content = response.status === 204 ? null : await json(response);
      return response.ok ? accepted(read(content, path)) : { ok: false, refusal: readRefusal(content, codeOf(response.status)) };
    } catch (failure) {
      return failure instanceof WireError ? notUnderstood(failure) : refused("unreachable", "The server cannot be reached.");
    }
  }
}

const tokenOf = (answer: Answer<Session>): Answer<string> => (answer.ok ? accepted(answer.value.accessToken) : answer);

const json = async (response: Response): Promise<unknown> => {
  try {
    return await response.json();
  } catch {
    return null;
  }
};

/** For answers that are not ours (a proxy's, an empty one). */
const codeOf = (status: number): RefusalCode => {
  switch (status) {
    case 401:
      return "unauthenticated";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 409:
      return "conflict";
    case 413:
      return "too_large";
    case 429:
      return "rate_limited";
    default:
      return status >= 500 ? "unavailable" : "invalid_request";
  }
};

/** Keyboards compose letters differently, and the server compares code points. */
const composed = (password: string): string => password.normalize("NFC");
