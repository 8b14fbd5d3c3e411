import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEvent } from "../src/protocol.ts";
import { Timeline } from "../src/timeline.ts";
import { message } from "./shapes.ts";

const sequences = (events: readonly LogEvent[]): readonly (number | null)[] => events.map((each) => each.sequence);

test("events in order extend it", () => {
  const timeline = new Timeline(0, 0);
  assert.deepEqual(sequences(timeline.apply(message(1))), [1]);
  assert.deepEqual(sequences(timeline.apply(message(2))), [2]);
  assert.equal(timeline.through, 2);
});

test("an event that is held already changes nothing", () => {
  const timeline = new Timeline(0, 0);
  timeline.apply(message(1));
  assert.deepEqual(timeline.apply(message(1)), []);
  assert.deepEqual(sequences(timeline.events), [1]);
});

test("an event beyond a hole waits until the hole is filled", () => {
  const timeline = new Timeline(0, 0);
  timeline.apply(message(1));
  assert.deepEqual(timeline.apply(message(3)), []);
  assert.equal(timeline.hasGap, true);
  assert.equal(timeline.through, 1);
  assert.deepEqual(sequences(timeline.apply(message(2))), [2, 3]);
  assert.equal(timeline.hasGap, false);
});

test("any order of arrival, doubled, ends as the log", () => {
  const arrivals = [5, 3, 3, 1, 4, 2, 5, 1, 6];
  const timeline = new Timeline(0, 0);
  const placed = arrivals.flatMap((each) => sequences(timeline.apply(message(each))));
  assert.deepEqual(placed, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(sequences(timeline.events), [1, 2, 3, 4, 5, 6]);
});

test("an entry that may not be seen takes its place", () => {
  const timeline = new Timeline(0, 0);
  timeline.apply(message(2));
  assert.deepEqual(sequences(timeline.skip(1)), [2]);
  assert.equal(timeline.through, 2);
});

test("a sync fills holes, counts what may not be seen, and lets go what waited", () => {
  const timeline = new Timeline(0, 0);
  timeline.apply(message(1));
  timeline.apply(message(6));
  assert.deepEqual(sequences(timeline.extend(1, [message(2), message(4)], 5)), [2, 4, 6]);
  assert.equal(timeline.through, 6);
  assert.equal(timeline.hasGap, false);
});

test("a sync that was overtaken by events doubles nothing", () => {
  const timeline = new Timeline(0, 0);
  timeline.apply(message(1));
  timeline.apply(message(2));
  assert.deepEqual(sequences(timeline.extend(0, [message(1), message(2), message(3)], 3)), [3]);
});

test("a sync from beyond what is held is not taken", () => {
  const timeline = new Timeline(1, 0);
  assert.deepEqual(timeline.extend(5, [message(6)], 6), []);
  assert.equal(timeline.through, 1);
});

test("older pages go in front until there is no more", () => {
  const timeline = new Timeline(4, 0);
  assert.equal(timeline.hasOlder, true);
  timeline.prepend({ events: [message(3), message(4)], head: 4, more: true }, 5);
  assert.equal(timeline.first, 3);
  timeline.prepend({ events: [message(1), message(2)], head: 4, more: false }, 3);
  assert.deepEqual(sequences(timeline.events), [1, 2, 3, 4]);
  assert.equal(timeline.hasOlder, false);
});

test("a page that was asked for twice is taken once", () => {
  const timeline = new Timeline(2, 0);
  const page = { events: [message(1), message(2)], head: 2, more: false };
  timeline.prepend(page, 3);
  timeline.prepend(page, 3);
  assert.deepEqual(sequences(timeline.events), [1, 2]);
});

test("a held message gives way to the committed one", () => {
  const timeline = new Timeline(0, 0);
  assert.equal(timeline.apply(message(0, { sequence: null, messageId: "m" })).length, 1);
  assert.deepEqual(timeline.apply(message(0, { sequence: null, messageId: "m" })), []);
  timeline.apply(message(1, { messageId: "m" }));
  assert.deepEqual(timeline.held, []);
  assert.deepEqual(sequences(timeline.events), [1]);
  assert.deepEqual(timeline.apply(message(0, { sequence: null, messageId: "m" })), []);
});

test("what waits beyond a hole is bounded", () => {
  const timeline = new Timeline(0, 0);
  for (let sequence = 2; sequence < 2_000; sequence += 1) {
    timeline.apply(message(sequence));
  }
  assert.equal(timeline.apply(message(1)).length, 501);
  assert.equal(timeline.through, 501);
});

test("starting over forgets all but where the log ends", () => {
  const timeline = new Timeline(0, 0);
  timeline.apply(message(1));
  timeline.apply(message(9));
  timeline.reset(20);
  assert.deepEqual([timeline.through, timeline.first, timeline.hasOlder, timeline.hasGap], [20, 21, true, false]);
});
