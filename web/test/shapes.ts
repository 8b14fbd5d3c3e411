// Small wire shapes for tests.
import type { ListItem, LogEvent, Member } from "../src/protocol.ts";

export const me = "me";
export const ann = "ann";

export const message = (sequence: number, over: Partial<LogEvent> = {}): LogEvent => ({
  conversationId: "c",
  sequence,
  kind: "message",
  messageId: `m${sequence}`,
  senderId: ann,
  clientMessageId: `k${sequence}`,
  content: `text ${sequence}`,
  sentAt: "2026-01-02T10:00:00Z",
  ...over,
});

export const member = (userId: string, over: Partial<Member> = {}): Member => ({
  userId,
  role: "member",
  joinedSequence: 0,
  readSequence: 0,
  ...over,
});

export const item = (over: Partial<ListItem> = {}): ListItem => ({
  id: "c",
  type: "direct",
  members: [member(me), member(ann)],
  head: 0,
  readSequence: 0,
  unread: 0,
  unreadMore: false,
  lastActivityAt: "2026-01-02T10:00:00Z",
  ...over,
});
