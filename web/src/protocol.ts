// The wire as the server speaks it: every shape that crosses it, no behaviour. Field names are the server's.

export type ConversationType = "direct" | "group" | "business";
export type MemberRole = "member" | "admin";

export interface User {
  readonly id: string;
  readonly username: string;
}

export interface Account extends User {
  readonly email: string;
}

export interface SignedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly user: Account;
}

export interface Member {
  readonly userId: string;
  readonly role: MemberRole;
  readonly joinedSequence: number;
  readonly readSequence: number;
}

export interface Conversation {
  readonly id: string;
  readonly type: ConversationType;
  readonly name?: string;
  readonly members: readonly Member[];
  readonly head: number;
  readonly createdAt: string;
}

export type EntryKind = "message" | "members_added" | "member_left" | "role_changed" | "renamed" | "other";

/** One entry of a conversation's log. The sequence is its place in the order, and absent only while a message is held. */
export interface LogEvent {
  readonly conversationId: string;
  readonly sequence: number | null;
  /** A kind that this client does not know is `other`: it takes its place in the order and is not shown. */
  readonly kind: EntryKind;
  readonly messageId?: string;
  readonly senderId?: string;
  readonly clientMessageId?: string;
  readonly content?: string;
  readonly sentAt: string;
  readonly userIds?: readonly string[];
  readonly role?: MemberRole;
  readonly name?: string;
  readonly deleted?: boolean;
}

export interface ListItem {
  readonly id: string;
  readonly type: ConversationType;
  readonly name?: string;
  readonly members: readonly Member[];
  readonly head: number;
  readonly readSequence: number;
  readonly unread: number;
  readonly unreadMore: boolean;
  readonly lastMessage?: LogEvent;
  readonly lastActivityAt: string;
}

export interface ListPage {
  readonly items: readonly ListItem[];
  readonly cursor: string | null;
}

export interface HistoryPage {
  readonly events: readonly LogEvent[];
  readonly head: number;
  readonly more: boolean;
  /** With the newest page: accepted, and waiting for a place behind the head. */
  readonly held?: readonly LogEvent[];
}

export interface Receipt {
  readonly messageId: string;
  readonly conversationId: string;
  readonly sequence: number | null;
  readonly sentAt: string;
  readonly duplicate: boolean;
  readonly durability: "committed" | "held";
}

export interface Position {
  readonly conversationId: string;
  readonly after: number;
}

export interface ConversationSync {
  readonly conversationId: string;
  readonly head: number;
  readonly through: number;
  readonly events: readonly LogEvent[];
  readonly more: boolean;
  readonly resync: boolean;
}

export interface SyncAnswer {
  readonly conversations: readonly ConversationSync[];
  readonly added: readonly ListItem[];
  readonly gone: readonly string[];
}

export interface SendMessage {
  readonly conversationId: string;
  readonly clientMessageId: string;
  readonly content: string;
  /** Sent before without a receipt: the server looks the key up before it appends. */
  readonly retry?: boolean;
}

/** Everything the server may say without being asked. */
export type ServerEvent =
  | { readonly is: "entry"; readonly event: LogEvent }
  | {
      readonly is: "rejected";
      readonly conversationId: string;
      readonly messageId: string;
      readonly senderId: string;
      readonly clientMessageId: string;
      readonly refusal: Refusal;
    }
  | { readonly is: "skipped"; readonly conversationId: string; readonly sequence: number }
  | { readonly is: "changed"; readonly conversationId: string; readonly head: number }
  | { readonly is: "read"; readonly conversationId: string; readonly userId: string; readonly sequence: number }
  | { readonly is: "typing"; readonly conversationId: string; readonly userId: string; readonly isTyping: boolean }
  | { readonly is: "sync-needed" }
  | { readonly is: "degraded"; readonly what: string; readonly since: string | null }
  | { readonly is: "closing"; readonly reason: string; readonly retryAfterMs: number }
  | { readonly is: "ignored" };

/** The server's codes, and what only the client can know: `unreachable` (nothing answered), `no_answer` (sent, outcome unknown). */
export type RefusalCode =
  | "invalid_request"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "resync"
  | "too_large"
  | "rejected"
  | "rate_limited"
  | "overloaded"
  | "unavailable"
  | "unreachable"
  | "no_answer";

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly reason?: string;
  readonly retryAfterMs?: number;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export const accepted = <T>(value: T): Answer<T> => ({ ok: true, value });

export const refused = (code: RefusalCode, message: string): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: { code, message },
});
