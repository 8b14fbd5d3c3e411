// What is used of the wire (docs/protocol.md).

import { setTimeout as delay } from "node:timers/promises";

const attempts = 40;
const longestAnswerMs = 15_000;

export interface LogEvent {
  readonly conversationId: string;
  /** None: the message is held, and takes its place later. */
  readonly sequence?: number | null;
  readonly kind: string;
  readonly messageId?: string;
  readonly senderId?: string;
  readonly clientMessageId?: string;
  readonly content?: string;
  readonly userIds?: readonly string[];
}

export interface HistoryPage {
  readonly events: readonly LogEvent[];
  readonly head: number;
  readonly more: boolean;
}

export interface SyncAnswer {
  readonly conversations: readonly ConversationSync[];
  readonly added: readonly ListItem[];
  readonly gone: readonly string[];
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
  readonly sequence?: number | null;
  readonly duplicate: boolean;
  readonly durability?: string;
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
  readonly readSequence: number;
  readonly unread: number;
  readonly unreadMore: boolean;
  readonly members: readonly { readonly userId: string; readonly joinedSequence: number }[];
}

export interface Person {
  readonly id: string;
  readonly token: string;
}

/** A REST answer: what it says when it is 2xx, otherwise its refusal; `lost` when there was none in time. */
export type Reply<T> = { readonly ok: true; readonly status: number; readonly body: T } | { readonly ok: false; readonly status: number; readonly code: string; readonly retryAfterMs?: number };

export const ask = async <T>(url: string, method: string, path: string, token: string | null, body?: object): Promise<Reply<T>> => {
  try {
    const response = await fetch(`${url}/api/${path}`, {
      method,
      headers: { "Content-Type": "application/json", ...(token === null ? {} : { Authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(longestAnswerMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) {
      return { ok: true, status: response.status, body: (text === "" ? {} : JSON.parse(text)) as T };
    }
    const { code, retryAfterMs } = JSON.parse(text) as { code: string; retryAfterMs?: number };
    return { ok: false, status: response.status, code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  } catch {
    return { ok: false, status: 0, code: "lost" };
  }
};

/** What must succeed in the end: asked again while the server says later, or is away. */
export const insist = async <T>(url: () => string, method: string, path: string, token: string | null, body?: object): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    const reply = await ask<T>(url(), method, path, token, body);
    if (reply.ok) {
      return reply.body;
    }
    if ((reply.status !== 503 && reply.status !== 0) || attempt === attempts) {
      throw new Error(`${method} /api/${path} answered ${reply.status} ${reply.code}.`);
    }
    await delay(reply.retryAfterMs ?? 500);
  }
};
