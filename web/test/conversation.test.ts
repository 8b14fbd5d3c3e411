import assert from "node:assert/strict";
import { test } from "node:test";
import { ConversationState } from "../src/conversation.ts";
import { ann, item, me, member, message } from "./shapes.ts";

const receive = (state: ConversationState, ...events: readonly ReturnType<typeof message>[]): void =>
  events.forEach((each) => state.absorb(state.timeline.apply(each)));

test("unread goes on from what the list counted", () => {
  const state = new ConversationState(item({ head: 5, readSequence: 3, unread: 2 }), me);
  receive(state, message(6), message(7, { senderId: me }), message(8, { kind: "renamed" }), message(9, { deleted: true }));
  assert.deepEqual(state.unread, { count: 3, more: false });
});

test("the same event twice counts once", () => {
  const state = new ConversationState(item(), me);
  receive(state, message(1), message(1));
  assert.equal(state.unread.count, 1);
});

test("unread is counted to 100", () => {
  const state = new ConversationState(item({ head: 200, unread: 99 }), me);
  receive(state, message(201));
  assert.deepEqual(state.unread, { count: 100, more: false });
  receive(state, message(202), message(203));
  assert.deepEqual(state.unread, { count: 100, more: true });
});

test("reading to the end leaves nothing, reading half leaves the rest", () => {
  const state = new ConversationState(item(), me);
  receive(state, message(1), message(2), message(3));
  assert.equal(state.moveCursor(me, 1), true);
  assert.equal(state.unread.count, 2);
  assert.equal(state.moveCursor(me, 3), true);
  assert.equal(state.unread.count, 0);
});

test("cursors never move back", () => {
  const state = new ConversationState(item({ head: 9, readSequence: 9 }), me);
  state.moveCursor(me, 4);
  state.moveCursor(ann, 7);
  state.moveCursor(ann, 2);
  assert.equal(state.readSequence, 9);
  assert.equal(state.others[0]?.readSequence, 7);
});

test("a cursor into what is not here asks for a recount", () => {
  const state = new ConversationState(item({ head: 50, readSequence: 10, unread: 40 }), me);
  assert.equal(state.moveCursor(me, 30), false);
});

test("a message ends its sender's typing", () => {
  const state = new ConversationState(item(), me);
  state.setTyping(ann, 1_000);
  assert.deepEqual(state.typingAt(500), [ann]);
  receive(state, message(1));
  assert.deepEqual(state.typingAt(500), []);
});

test("typing is over when its time is, and never one's own", () => {
  const state = new ConversationState(item(), me);
  state.setTyping(ann, 1_000);
  state.setTyping(me, 1_000);
  assert.deepEqual(state.typingAt(999), [ann]);
  assert.deepEqual(state.typingAt(1_000), []);
});

test("who joined late has nothing older", () => {
  const members = [member(me, { joinedSequence: 8 }), member(ann)];
  assert.equal(new ConversationState(item({ head: 8, members }), me).timeline.hasOlder, false);
  assert.equal(new ConversationState(item({ head: 9, members }), me).timeline.hasOlder, true);
});
