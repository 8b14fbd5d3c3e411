import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnswer, readEvent, readListItem, readReceipt, readRefusal, readSyncAnswer, WireError } from "../src/guards.ts";
import { serverMethods } from "../src/server-events.ts";

const wireEvent = {
  conversationId: "0190d3a0-0000-7000-8000-000000000001",
  sequence: 7,
  kind: "message",
  messageId: "0190d3a0-0000-7000-8000-000000000002",
  senderId: "0190d3a0-0000-7000-8000-000000000003",
  clientMessageId: "key",
  content: "hello",
  type: "text",
  sentAt: "2026-01-02T10:00:00Z",
};

test("an event is read, and what this client does not use is left out", () => {
  const { type: _, ...known } = wireEvent;
  assert.deepEqual(readEvent(wireEvent, "event"), known);
});

test("a kind from the future takes its place as other", () => {
  assert.equal(readEvent({ ...wireEvent, kind: "poll_opened" }, "event").kind, "other");
});

test("a held message has no sequence", () => {
  const { sequence: _, ...held } = wireEvent;
  assert.equal(readEvent({ ...held, held: true }, "event").sequence, null);
});

for (const [what, broken] of Object.entries({
  "a text for a number": { ...wireEvent, sequence: "7" },
  "a fraction": { ...wireEvent, sequence: 7.5 },
  "a negative number": { ...wireEvent, sequence: -1 },
  "a number beyond what is exact": { ...wireEvent, sequence: 2 ** 53 },
  "a number for a text": { ...wireEvent, content: 5 },
  "no conversation": { ...wireEvent, conversationId: undefined },
  "a list": [],
  nothing: null,
})) {
  test(`an event with ${what} is refused`, () => assert.throws(() => readEvent(broken, "event"), WireError));
}

test("a refusal names the field", () => {
  const item = { id: "c", type: "direct", members: [{ userId: "u", role: "owner", joinedSequence: 0, readSequence: 0 }] };
  assert.throws(() => readListItem(item, "item"), /item\.members\[0\]\.role/);
});

test("a hub answer is the value or the refusal", () => {
  const sent = { ok: true, messageId: "m", conversationId: "c", sequence: 1, sentAt: "t", duplicate: true, durability: "committed" };
  const { ok: _, ...receipt } = sent;
  assert.deepEqual(readAnswer(sent, readReceipt, "SendMessage"), { ok: true, value: receipt });
  assert.deepEqual(readAnswer({ ok: false, code: "overloaded", message: "busy", retryAfterMs: 5 }, readReceipt, "SendMessage"), {
    ok: false,
    refusal: { code: "overloaded", message: "busy", retryAfterMs: 5 },
  });
});

test("problem details carry the same refusal", () => {
  const problem = { type: "about:blank", title: "Conflict", status: 409, detail: "The group is full.", code: "conflict", reason: "group_full" };
  assert.deepEqual(readRefusal(problem, "unavailable"), { code: "conflict", message: "The group is full.", reason: "group_full" });
});

test("an error that is not ours gets the code of its status", () => {
  assert.equal(readRefusal("<html>", "unavailable").code, "unavailable");
  assert.equal(readRefusal({ code: "made_up" }, "rejected").code, "rejected");
});

test("a sync is read whole", () => {
  const sync = { conversationId: "c", head: 9, through: 8, events: [wireEvent], more: true, resync: false };
  const answer = readSyncAnswer({ ok: true, conversations: [sync], added: [], gone: ["d"] }, "Sync");
  assert.equal(answer.conversations[0]?.events[0]?.sequence, 7);
  assert.deepEqual(answer.gone, ["d"]);
});

test("a rename comes as an entry, a head as a hint", () => {
  const understand = serverMethods["ConversationChanged"];
  const renamed = { conversationId: "c", change: "renamed", head: 4, sequence: 4, kind: "renamed", name: "Team", sentAt: "t" };
  assert.equal(understand?.(renamed).is, "entry");
  assert.deepEqual(understand?.({ conversationId: "c", change: "head", head: 4 }), { is: "changed", conversationId: "c", head: 4 });
});

test("closing says when to come back", () => {
  assert.deepEqual(serverMethods["Closing"]?.({ reason: "drain", retryAfterMs: 300 }), { is: "closing", reason: "drain", retryAfterMs: 300 });
});
