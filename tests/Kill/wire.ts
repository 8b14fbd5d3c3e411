// What is used of the wire (docs/protocol.md).

import { setTimeout as delay } from "node:timers/promises";

const attempts = 20;

export interface LogEvent {
  readonly conversationId: string;
  readonly sequence: number;
  readonly kind: string;
  readonly messageId?: string;
  readonly senderId?: string;
  readonly clientMessageId?: string;
  readonly content?: string;
}

export interface HeadChanged {
  readonly conversationId: string;
  readonly change: string;
  readonly head: number;
  readonly sequence?: number;
}

export interface ConversationSync {
  readonly conversationId: string;
  readonly head: number;
  readonly through: number;
  readonly events: readonly LogEvent[];
  readonly more: boolean;
  readonly resync: boolean;
}

export interface Receipt {
  readonly messageId: string;
  readonly sequence: number;
  readonly duplicate: boolean;
}

export interface Refused {
  readonly ok: false;
  readonly code: string;
  readonly reason?: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

export type Answer<T> = ({ readonly ok: true } & T) | Refused;

export interface ListItem {
  readonly id: string;
  readonly head: number;
  readonly unread: number;
  readonly unreadMore: boolean;
}

export interface Person {
  readonly id: string;
  readonly token: string;
}

/** A server that says when to come back is asked again. */
export const call = async <T>(url: string, method: string, path: string, token: string | null, body?: object): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${url}/api/${path}`, {
      method,
      headers: { "Content-Type": "application/json", ...(token === null ? {} : { Authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) {
      return (await response.json()) as T;
    }
    if (response.status !== 503 || attempt === attempts) {
      throw new Error(`${method} /api/${path} answered ${response.status}: ${await response.text()}`);
    }
    const { retryAfterMs } = (await response.json()) as { retryAfterMs?: number };
    await delay(retryAfterMs ?? 500);
  }
};
