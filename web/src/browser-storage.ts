// What outlives the page, in localStorage. Without it (private windows, full disks) the page works, and forgets when it closes.
import type { OutboxEntry, OutboxStore } from "./outbox.ts";
import { readSession, type Session, type SessionStore } from "./session.ts";

export const sessionKey = "chat.session";

const read = (key: string): unknown => {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
};

const write = (key: string, value: unknown): void => {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Kept in memory only.
  }
};

const remove = (key: string): void => {
  try {
    localStorage.removeItem(key);
  } catch {
    // It was never there.
  }
};

export class StoredSession implements SessionStore {
  #session: Session | null = null;

  load(): Session | null {
    try {
      const stored = read(sessionKey);
      return stored === null ? this.#session : readSession(stored);
    } catch {
      return null;
    }
  }

  save(session: Session): void {
    this.#session = session;
    write(sessionKey, session);
  }

  clear(): void {
    this.#session = null;
    remove(sessionKey);
  }
}

/** One key per message: two tabs of the same person do not overwrite each other's. */
export class StoredOutbox implements OutboxStore {
  readonly #prefix: string;

  constructor(userId: string) {
    this.#prefix = `chat.outbox.${userId}.`;
  }

  load(): readonly OutboxEntry[] {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith(this.#prefix))
        .map(read)
        .filter(isEntry);
    } catch {
      return [];
    }
  }

  save(entry: OutboxEntry): void {
    write(this.#prefix + entry.clientMessageId, entry);
  }

  remove(clientMessageId: string): void {
    remove(this.#prefix + clientMessageId);
  }
}

const isEntry = (value: unknown): value is OutboxEntry => {
  const entry = value as Partial<OutboxEntry> | null;
  return (
    typeof entry?.clientMessageId === "string" &&
    typeof entry.conversationId === "string" &&
    typeof entry.content === "string" &&
    typeof entry.createdAt === "string" &&
    typeof entry.order === "number" &&
    typeof entry.attempts === "number"
  );
};
