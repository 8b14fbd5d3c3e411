// Everything the server may say without being asked: the hub's method names, each with how its payload is understood.
import { absent, fields, flag, orNull, readEvent, readRefusal, text, whole } from "./guards.ts";
import type { ServerEvent } from "./protocol.ts";

type Understand = (payload: unknown) => ServerEvent;

const entry =
  (method: string): Understand =>
  (payload) => ({ is: "entry", event: readEvent(payload, method) });

/** A rename is an entry of the log; `created` and `head` only say where the log ends. */
const conversationChanged: Understand = (payload) => {
  const from = fields(payload, "ConversationChanged");
  if (!absent(from["kind"])) {
    return entry("ConversationChanged")(payload);
  }
  return {
    is: "changed",
    conversationId: text(from["conversationId"], "ConversationChanged.conversationId"),
    head: orNull(whole)(from["head"], "ConversationChanged.head") ?? 0,
  };
};

const rejected: Understand = (payload) => {
  const from = fields(payload, "MessageRejected");
  return {
    is: "rejected",
    conversationId: text(from["conversationId"], "MessageRejected.conversationId"),
    messageId: text(from["messageId"], "MessageRejected.messageId"),
    senderId: text(from["senderId"], "MessageRejected.senderId"),
    clientMessageId: text(from["clientMessageId"], "MessageRejected.clientMessageId"),
    refusal: { ...readRefusal(payload, "rejected"), message: "It could not be stored." },
  };
};

const skipped: Understand = (payload) => {
  const from = fields(payload, "Skipped");
  return {
    is: "skipped",
    conversationId: text(from["conversationId"], "Skipped.conversationId"),
    sequence: whole(from["sequence"], "Skipped.sequence"),
  };
};

const readMoved: Understand = (payload) => {
  const from = fields(payload, "ReadMoved");
  return {
    is: "read",
    conversationId: text(from["conversationId"], "ReadMoved.conversationId"),
    userId: text(from["userId"], "ReadMoved.userId"),
    sequence: whole(from["sequence"], "ReadMoved.sequence"),
  };
};

const typingChanged: Understand = (payload) => {
  const from = fields(payload, "TypingChanged");
  return {
    is: "typing",
    conversationId: text(from["conversationId"], "TypingChanged.conversationId"),
    userId: text(from["userId"], "TypingChanged.userId"),
    isTyping: flag(from["isTyping"], "TypingChanged.isTyping"),
  };
};

const degraded: Understand = (payload) => {
  const from = fields(payload, "Degraded");
  return { is: "degraded", what: text(from["what"], "Degraded.what"), since: orNull(text)(from["since"], "Degraded.since") };
};

const closing: Understand = (payload) => {
  const from = fields(payload, "Closing");
  return {
    is: "closing",
    reason: text(from["reason"], "Closing.reason"),
    retryAfterMs: orNull(whole)(from["retryAfterMs"], "Closing.retryAfterMs") ?? 0,
  };
};

export const serverMethods: Readonly<Record<string, Understand>> = {
  MessageReceived: entry("MessageReceived"),
  MessageRejected: rejected,
  MessageEdited: entry("MessageEdited"),
  MessageDeleted: entry("MessageDeleted"),
  ReactionChanged: entry("ReactionChanged"),
  MembersChanged: entry("MembersChanged"),
  ConversationChanged: conversationChanged,
  Skipped: skipped,
  ReadMoved: readMoved,
  TypingChanged: typingChanged,
  SyncNeeded: () => ({ is: "sync-needed" }),
  Closing: closing,
  PresenceChanged: () => ({ is: "ignored" }),
  NotificationReceived: () => ({ is: "ignored" }),
  Degraded: degraded,
};
