import assert from "node:assert/strict";
import test from "node:test";
import { check } from "./checker.ts";
import { Story } from "./story.ts";

const clean = (): Story => {
  const story = new Story();
  story.send("a1", "a1-1");
  story.send("b1", "b1-1");
  story.send("a1", "a1-2");
  story.refuse("b1", "b1-2");
  story.mark("b", 2);
  story.list("b");
  story.page("b", 0);
  story.disconnect();
  story.fault();
  story.connect();
  story.recover("a2", "a2-1");
  story.remove("c");
  story.send("b1", "b1-3");
  story.send("b1", "b1-4");
  story.add("c");
  story.send("c1", "c1-1");
  story.sendUnheard("a1", "a1-3", "b1");
  story.sync("b1");
  story.hold("b1", "b1-5", "b1-6");
  story.send("b1", "b1-7");
  story.mark("b", 8);
  story.list("b");
  story.page("b", 4);
  story.list("c", true);
  story.page("b", 0, true);
  story.page("a", 0, true);
  story.wait(20);
  story.disconnect();
  story.end();
  return story;
};

const failing = async (story: Story): Promise<string[]> =>
  (await check(story.run, [story.conversation])).verdicts.filter(({ faults }) => faults > 0).map(({ name, examples }) => `${name}: ${examples[0] ?? ""}`);

type Lines = Story["lines"];

const one = (lines: Lines, holds: (line: Lines[number]) => boolean): Lines[number] => {
  const found = lines.find(holds);
  assert.ok(found, "The story has no such line.");
  return found;
};

const row = (lines: Lines, seq: number): Lines[number] => one(lines, (line) => line.op === "row" && line.seq === seq);
const ack = (lines: Lines, key: string): Lines[number] => one(lines, (line) => line.op === "send" && line.phase === "ok" && line.key === key);
const remove = (lines: Lines, line: Lines[number]): void => void lines.splice(lines.indexOf(line), 1);
const behind = (lines: Lines, line: Lines[number], more: object): void => void lines.splice(lines.indexOf(line) + 1, 0, { ...line, ...more });
const swap = (one: Lines[number], other: Lines[number], ...names: string[]): void => names.forEach((name) => ([one[name], other[name]] = [other[name], one[name]]));

const mutations: Readonly<Record<string, readonly [caughtBy: string, mutate: (lines: Lines, story: Story) => void]>> = {
  "an acknowledged row is gone": ["lost", (lines) => remove(lines, row(lines, 9))],
  "a row is gone from the middle": ["gaps", (lines) => remove(lines, row(lines, 3))],
  "a row is there twice, under another sequence": ["doubled", (lines) => behind(lines, row(lines, 13), { seq: 14, msgId: "another" })],
  "two rows have one sequence": ["split", (lines) => behind(lines, row(lines, 4), { msgId: "another", key: "a9-9" })],
  "the head is ahead of the rows": ["gaps", (lines) => (one(lines, ({ op }) => op === "head").seq = 99)],
  "two sequences are swapped": ["real-time", (lines) => swap(row(lines, 1), row(lines, 3), "seq")],
  "a connection's sends are swapped": ["send-order", (lines) => swap(row(lines, 6), row(lines, 7), "seq")],
  "what was held comes in another order": ["send-order", (lines) => swap(row(lines, 11), row(lines, 12), "seq")],
  "a refused message is stored": ["resurrected", (lines) => behind(lines, row(lines, 13), { seq: 14, key: "b1-2", msgId: "another" })],
  "a message that nobody sent is stored": ["resurrected", (lines) => behind(lines, row(lines, 13), { seq: 14, key: "x-1", msgId: "another" })],
  "an empty message is accepted": ["resurrected", (lines) => (one(lines, ({ key, phase }) => key === "b1-2" && phase === "fail").phase = "ok")],
  "a receipt names another sequence": ["receipts", (lines) => (ack(lines, "a1-2").seq = 2)],
  "a receipt names another message": ["receipts", (lines) => (ack(lines, "a1-2").msgId = "another")],
  "a key has two receipts": ["receipts", (lines) => behind(lines, ack(lines, "a1-3"), { seq: 8, duplicate: true })],
  "the stored text is another one": ["receipts", (lines) => (row(lines, 1).hash = "another")],
  "an event has another message at a sequence": ["split", (lines) => (one(lines, ({ op, seq, device }) => op === "event" && seq === 2 && device === "c1").msgId = "another")],
  "a page has another text at a sequence": ["split", (lines) => (one(lines, ({ op }) => op === "page").entries = [[1, "m-a1-1", "another"]])],
  "a device never got what it shows": ["reader-order", (lines) => remove(lines, one(lines, ({ op, seq, device }) => op === "event" && seq === 2 && device === "b1"))],
  "what Sync brings has a hole": ["reader-order", (lines) => (one(lines, ({ op }) => op === "sync").entries = [])],
  "two events of a connection are swapped": [
    "event-order",
    (lines) => {
      const event = (seq: number): Lines[number] => one(lines, (line) => line.op === "event" && line.seq === seq && line.device === "a1");
      swap(event(6), event(7), "seq", "msgId", "hash");
    },
  ],
  "a read does not know of one's own message": ["own-writes", (lines) => (one(lines, ({ op, user, after }) => op === "page" && user === "b" && after === 4).head = 6)],
  "a head falls": ["monotonic-reads", (lines) => (one(lines, ({ op, final, user }) => op === "page" && final === true && user === "b").head = 9)],
  "a removed member gets an event": ["window", (lines) => behind(lines, one(lines, ({ op, seq, device }) => op === "event" && seq === 6 && device === "b1"), { user: "c", device: "c1" })],
  "a new member reads what was before": ["window", (lines) => behind(lines, one(lines, ({ op, user }) => op === "page" && user === "b"), { user: "c", entries: [[7, "m-b1-4", row(lines, 7).hash ?? null]] })],
  "a page has a hole": ["pages", (lines) => (one(lines, ({ op, after }) => op === "page" && after === 4).entries = one(lines, ({ op, after }) => op === "page" && after === 4).entries?.toSpliced(1, 1) ?? [])],
  "a walk ends early": ["pages", (lines) => (one(lines, ({ op, final }) => op === "page" && final === true).entries = one(lines, ({ op, final }) => op === "page" && final === true).entries?.slice(0, -1) ?? [])],
  "a stored cursor is lower": ["cursors", (lines) => (one(lines, ({ op, user }) => op === "member" && user === "b").cursor = 7)],
  "a cursor that nobody moved is higher": ["cursors", (lines) => (one(lines, ({ op, user }) => op === "member" && user === "a").cursor = 1)],
  "an acknowledged cursor falls": ["cursors", (lines) => (one(lines, ({ op, phase, seq }) => op === "mark" && phase === "ok" && seq === 8).cursor = 1)],
  "an unread count is one too high": ["unread", (lines) => (one(lines, ({ op }) => op === "list").unread = 2)],
  "an unread count is one too low": ["unread", (lines) => (one(lines, ({ op }) => op === "list").unread = 0)],
  "a device ends without the last entry": ["at-the-end", (lines) => remove(lines, lines.findLast(({ op, device }) => op === "event" && device === "a1") ?? row(lines, 1))],
  "a connected device never gets an entry": ["delivery", (lines) => remove(lines, lines.findLast(({ op, device }) => op === "event" && device === "a2") ?? row(lines, 1))],
  "a good message is refused for good": ["answers", (lines) => Object.assign(ack(lines, "a1-3"), { phase: "fail", err: "rejected" })],
  "a message that was sent once is a duplicate": ["answers", (lines) => (ack(lines, "a1-3").duplicate = true)],
  "no fault was done": ["vacuity", (_, { run }) => void run.splice(run.findIndex(({ op }) => op === "fault"), 1)],
  "nobody reconnected": ["vacuity", (_, { run }) => void run.splice(run.findLastIndex(({ op }) => op === "connect") - 3, 4)],
  "nothing was sent": ["vacuity", (lines) => void lines.splice(0, lines.length)],
};

test("a clean history passes", async () => assert.deepEqual(await failing(clean()), []));

for (const [name, [caughtBy, mutate]] of Object.entries(mutations)) {
  test(`${name}: caught by ${caughtBy}`, async () => {
    const story = clean();
    mutate(story.lines, story);
    const caught = await failing(story);
    assert.ok(caught.some((fault) => fault.startsWith(`${caughtBy}: `)), `caught by: ${caught.join("; ")}`);
  });
}
