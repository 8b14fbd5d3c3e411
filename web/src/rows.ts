import type { ConversationState } from "./conversation.ts";
import { dayKeyOf } from "./display.ts";
import type { OutboxEntry } from "./outbox.ts";
import type { LogEvent } from "./protocol.ts";

/** `stored`: in the log. `held`: safe, not yet in the order. `pending` and `failed`: still here. */
export type MessageState = "stored" | "held" | "pending" | "failed";

export interface MessageRow {
  readonly is: "message";
  readonly key: string;
  readonly mine: boolean;
  readonly senderId: string;
  readonly content: string;
  readonly deleted: boolean;
  readonly sentAt: string;
  readonly state: MessageState;
  /** Same sender as the row above, shortly after it. */
  readonly continues: boolean;
  /** Others whose cursor has passed it. */
  readonly readBy: readonly string[];
  readonly entry?: OutboxEntry;
}

export type Row =
  | { readonly is: "day"; readonly key: string; readonly sentAt: string }
  | { readonly is: "new"; readonly key: string }
  | { readonly is: "note"; readonly key: string; readonly event: LogEvent }
  | MessageRow;

const togetherMs = 5 * 60_000;

/** The timeline as it is shown: the log, what is held, what is still on its way; with the lines between days and before what is new. */
export const rowsOf = (conversation: ConversationState, waiting: readonly OutboxEntry[], myId: string): readonly Row[] => {
  const rows: Row[] = [];
  const newFrom = firstNew(conversation, myId);
  const { events, held } = conversation.timeline;
  const shown = new Set(held.filter((each) => each.senderId === myId).map((each) => each.clientMessageId));
  let day = "";
  for (const item of [...events, ...held, ...waiting.filter((each) => !shown.has(each.clientMessageId))]) {
    const at = "sentAt" in item ? item.sentAt : item.createdAt;
    if (dayKeyOf(at) !== day) {
      day = dayKeyOf(at);
      rows.push({ is: "day", key: `day ${day} ${rows.length === 0 ? "first" : ""}`, sentAt: at });
    }
    if ("sentAt" in item && item.sequence !== null && item.sequence === newFrom) {
      rows.push({ is: "new", key: "new" });
    }
    const row = "sentAt" in item ? eventRow(item, conversation, myId) : entryRow(item, myId);
    if (row !== null) {
      rows.push(row.is === "message" ? { ...row, continues: continues(rows[rows.length - 1], row) } : row);
    }
  }
  return rows;
};

const firstNew = (conversation: ConversationState, myId: string): number | null => {
  const opened = conversation.openedAt;
  if (opened === null) {
    return null;
  }
  const isNew = (event: LogEvent): boolean =>
    event.kind === "message" && event.senderId !== myId && (event.sequence ?? 0) > opened.read && (event.sequence ?? 0) <= opened.head;
  return conversation.timeline.events.find(isNew)?.sequence ?? null;
};

const eventRow = (event: LogEvent, conversation: ConversationState, myId: string): Row | null => {
  switch (event.kind) {
    case "message":
      return messageRow(event, conversation, myId);
    case "members_added":
    case "member_left":
    case "role_changed":
    case "renamed":
      return { is: "note", key: `entry ${event.sequence ?? ""}`, event };
    case "other":
      return null;
  }
};

const messageRow = (event: LogEvent, conversation: ConversationState, myId: string): MessageRow => {
  const senderId = event.senderId ?? "";
  const { sequence } = event;
  return {
    is: "message",
    key: keyOf(senderId, event.clientMessageId ?? event.messageId ?? String(sequence)),
    mine: senderId === myId,
    senderId,
    content: event.content ?? "",
    deleted: event.deleted === true || event.content === undefined,
    sentAt: event.sentAt,
    state: sequence === null ? "held" : "stored",
    continues: false,
    readBy: conversation.others
      .filter((each) => sequence !== null && each.readSequence >= sequence && each.userId !== senderId)
      .map((each) => each.userId),
  };
};

const entryRow = (entry: OutboxEntry, myId: string): MessageRow => ({
  is: "message",
  key: keyOf(myId, entry.clientMessageId),
  mine: true,
  senderId: myId,
  content: entry.content,
  deleted: false,
  sentAt: entry.createdAt,
  state: entry.refusal !== undefined ? "failed" : entry.held === true ? "held" : "pending",
  continues: false,
  readBy: [],
  entry,
});

/** The same before and after the receipt: the row on the screen stays the same one. */
const keyOf = (senderId: string, id: string): string => `${senderId} ${id}`;

const continues = (above: Row | undefined, row: MessageRow): boolean =>
  above?.is === "message" && above.senderId === row.senderId && Date.parse(row.sentAt) - Date.parse(above.sentAt) < togetherMs;
