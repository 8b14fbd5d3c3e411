import assert from "node:assert/strict";
import { test } from "node:test";
import { ConversationState } from "../src/conversation.ts";
import { cleanName, dayOf, hueOf, initialsOf, listOf, noteOf, previewOf, titleOf, typingOf } from "../src/display.ts";
import { ann, item, me, member, message } from "./shapes.ts";

const nameOf = (id: string): string | undefined => ({ ann: "ann", bob: "bob", cid: "cid" })[id];

for (const [given, shown] of [
  ["ann", "ann"],
  ["an\u202En", "ann"],
  ["\u2066ann\u2069", "ann"],
  ["a\u0000n\u0007n", "ann"],
  ["ann\r\nadmin", "annadmin"],
  ["  ann   lee ", "ann lee"],
  ["\u200B\u3164", "Nameless"],
] as const) {
  test(`the name ${JSON.stringify(given)} is shown as ${shown}`, () => assert.equal(cleanName(given), shown));
}

test("initials", () => {
  assert.deepEqual(["ann", "ann.lee", "Ann van Lee", "💡lamp"].map(initialsOf), ["A", "AL", "AL", "💡"]);
});

test("a person's colour is always the same one", () => {
  assert.equal(hueOf("ann"), hueOf("ann"));
  assert.ok(hueOf("0190d3a0-0000-7000-8000-000000000001") < 8);
});

test("a conversation is called by its name, else by the others", () => {
  const members = [member(me), member(ann), member("bob"), member("nobody")];
  assert.equal(titleOf(new ConversationState(item({ name: "Team\u202E" }), me), nameOf), "Team");
  assert.equal(titleOf(new ConversationState(item({ type: "group", members }), me), nameOf), "ann, bob and Somebody");
});

test("lists of names", () => {
  assert.deepEqual([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listOf), ["", "a", "a and b", "a, b and c"]);
});

test("notes say who did what to whom", () => {
  const note = (over: Parameters<typeof message>[1]): string => noteOf(message(1, over), me, nameOf);
  assert.equal(note({ kind: "members_added", userIds: ["bob", me] }), "ann added bob and you");
  assert.equal(note({ kind: "member_left", userIds: [ann] }), "ann left");
  assert.equal(note({ kind: "member_left", senderId: me, userIds: ["bob"] }), "You removed bob");
  assert.equal(note({ kind: "renamed", name: "Team" }), "ann named the group “Team”");
});

test("the preview says whose message it is where that is not plain", () => {
  const preview = (type: "direct" | "group", senderId: string): string =>
    previewOf(new ConversationState(item({ type, lastMessage: message(1, { senderId }) }), me), me, nameOf);
  assert.deepEqual([preview("direct", ann), preview("group", ann), preview("direct", me)], ["text 1", "ann: text 1", "You: text 1"]);
});

test("typing", () => {
  assert.deepEqual(
    [[], [ann], [ann, "bob"], [ann, "bob", "cid"]].map((each) => typingOf(each, nameOf)),
    ["", "ann is typing", "ann and bob are typing", "Several people are typing"],
  );
});

test("days", () => {
  const now = new Date(2026, 4, 20, 9).getTime();
  const day = (...date: readonly [number, number, number]): string => dayOf(new Date(date[0], date[1], date[2], 23).toISOString(), now);
  assert.equal(day(2026, 4, 20), "Today");
  assert.equal(day(2026, 4, 19), "Yesterday");
  assert.match(day(2026, 4, 15), /^\p{L}+$/u);
  assert.match(day(2025, 4, 15), /2025/);
});
