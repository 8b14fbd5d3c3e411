import assert from "node:assert/strict";
import { test } from "node:test";
import { ConversationState } from "../src/conversation.ts";
import type { OutboxEntry } from "../src/outbox.ts";
import type { LogEvent } from "../src/protocol.ts";
import { rowsOf, type MessageRow, type Row } from "../src/rows.ts";
import { ann, item, me, member, message } from "./shapes.ts";

const withEvents = (events: readonly LogEvent[], over: Parameters<typeof item>[0] = {}): ConversationState => {
  const state = new ConversationState(item(over), me);
  events.forEach((each) => state.absorb(state.timeline.apply(each)));
  return state;
};

const waiting = (over: Partial<OutboxEntry> = {}): OutboxEntry => ({
  clientMessageId: "w",
  conversationId: "c",
  content: "soon",
  createdAt: "2026-01-02T10:01:00Z",
  order: 1,
  attempts: 0,
  ...over,
});

const messages = (rows: readonly Row[]): readonly MessageRow[] => rows.filter((each) => each.is === "message");

test("the log comes first, what waits after it", () => {
  const rows = rowsOf(withEvents([message(1)]), [waiting(), waiting({ clientMessageId: "f", refusal: { code: "rejected", message: "no" } })], me);
  assert.deepEqual(messages(rows).map((each) => each.state), ["stored", "pending", "failed"]);
});

test("a message keeps its row when it is stored", () => {
  const before = rowsOf(withEvents([]), [waiting()], me);
  const after = rowsOf(withEvents([message(1, { senderId: me, clientMessageId: "w" })]), [], me);
  assert.equal(messages(before)[0]?.key, messages(after)[0]?.key);
});

test("a line before each day, and messages of one person go together", () => {
  const rows = rowsOf(
    withEvents([
      message(1, { sentAt: "2026-01-01T12:00:00Z" }),
      message(2, { sentAt: "2026-01-03T12:00:00Z" }),
      message(3, { sentAt: "2026-01-03T12:04:00Z" }),
      message(4, { sentAt: "2026-01-03T12:20:00Z" }),
    ]),
    [],
    me,
  );
  assert.deepEqual(rows.map((each) => each.is), ["day", "message", "day", "message", "message", "message"]);
  assert.deepEqual(messages(rows).map((each) => each.continues), [false, false, true, false]);
});

test("the line before what was new stays until the conversation is opened again", () => {
  const state = withEvents([message(1), message(2, { senderId: me }), message(3)]);
  state.openedAt = { read: 1, head: 3 };
  state.moveCursor(me, 3);
  state.absorb(state.timeline.apply(message(4)));
  assert.deepEqual(rowsOf(state, [], me).map((each) => each.is), ["day", "message", "message", "new", "message", "message"]);
});

test("nothing is new that came after the opening", () => {
  const state = withEvents([message(1)]);
  state.openedAt = { read: 0, head: 0 };
  assert.equal(rowsOf(state, [], me).some((each) => each.is === "new"), false);
});

test("a message is read by those whose cursor has passed it", () => {
  const members = [member(me), member(ann, { readSequence: 1 }), member("bob", { readSequence: 2 })];
  const rows = messages(rowsOf(withEvents([message(1, { senderId: me }), message(2, { senderId: me })], { members }), [], me));
  assert.deepEqual(rows.map((each) => each.readBy), [[ann, "bob"], ["bob"]]);
});

test("a deleted message keeps its place without content", () => {
  const rows = messages(rowsOf(withEvents([message(1, { deleted: true, content: "gone" })]), [], me));
  assert.equal(rows[0]?.deleted, true);
});

test("kinds that are not known are not shown", () => {
  assert.deepEqual(messages(rowsOf(withEvents([message(1, { kind: "other" })]), [], me)), []);
});

test("what is held stands behind the log, marked, once, and takes its place by its id", () => {
  const state = withEvents([message(1)]);
  const held = { ...message(2, { senderId: me, clientMessageId: "w" }), sequence: null };
  state.absorb(state.timeline.apply(held));
  const before = messages(rowsOf(state, [waiting({ held: true })], me));
  assert.deepEqual(before.map((each) => each.state), ["stored", "held"]);
  state.absorb(state.timeline.apply(message(2, { senderId: me, clientMessageId: "w" })));
  state.absorb(state.timeline.apply(held));
  const after = messages(rowsOf(state, [], me));
  assert.deepEqual(after.map((each) => each.state), ["stored", "stored"]);
  assert.equal(after[1]?.key, before[1]?.key);
});

test("a page that was loaded anew shows what it still knows to be held", () => {
  assert.deepEqual(messages(rowsOf(withEvents([]), [waiting({ held: true })], me)).map((each) => each.state), ["held"]);
});

test("a held message that was rejected is gone from the timeline", () => {
  const state = withEvents([message(1)]);
  state.absorb(state.timeline.apply({ ...message(2), sequence: null }));
  state.timeline.drop("m2");
  assert.deepEqual(messages(rowsOf(state, [], me)).map((each) => each.state), ["stored"]);
});
