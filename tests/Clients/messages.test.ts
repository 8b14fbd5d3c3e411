import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Person, type Json } from "./person.ts";
import { startServer, type RunningServer } from "./server.ts";

let server: RunningServer;
const timeout = 20_000;
const people: Person[] = [];

const join = async (name: string): Promise<Person> => {
  const person = await Person.join(server.url, name);
  people.push(person);
  return person;
};

before(async () => {
  server = await startServer("clients-messages");
});

after(async () => {
  await Promise.all(people.map((each) => each.disconnect()));
  server.close();
});

const pair = async (): Promise<readonly [Person, Person, string]> => {
  const [ann, bob] = [await join("ann"), await join("bob")];
  return [ann, bob, await ann.open(bob)];
};

const contents = (events: readonly Json[]): readonly unknown[] => events.map((each) => each["content"]);

test("a message reaches the other one and the sender's own screen, as it was acknowledged", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  const key = randomUUID();
  const receipt = await ann.send(id, "hello", key);
  assert.deepEqual(
    { ok: receipt["ok"], conversationId: receipt["conversationId"], duplicate: receipt["duplicate"], durability: receipt["durability"] },
    { ok: true, conversationId: id, duplicate: false, durability: "committed" },
  );
  for (const person of [ann, bob]) {
    const event = await person.waitFor("MessageReceived", (each) => each["clientMessageId"] === key);
    assert.deepEqual(event, {
      conversationId: id,
      sequence: receipt["sequence"],
      kind: "message",
      messageId: receipt["messageId"],
      senderId: ann.id,
      clientMessageId: key,
      content: "hello",
      type: "text",
      sentAt: receipt["sentAt"],
    });
  }
});

test("who is added hears of the conversation", { timeout }, async () => {
  const [ann, bob] = [await join("ann"), await join("bob")];
  const id = await ann.open(bob, await join("cleo"));
  await bob.waitFor("ConversationChanged", (each) => each["conversationId"] === id && each["change"] === "created");
  assert.equal((await bob.listItem(id))?.["name"], "Group");
});

test("both who start at once meet in one conversation", { timeout }, async () => {
  const [ann, bob] = [await join("ann"), await join("bob")];
  const [one, other] = await Promise.all([ann.open(bob), bob.open(ann)]);
  assert.equal(one, other);
});

test("the same key again: the same receipt, marked as a duplicate, and one message", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  const key = randomUUID();
  const first = await ann.send(id, "once", key);
  const again = await ann.send(id, "once", key, { retry: true });
  assert.deepEqual(again, { ...first, duplicate: true });
  await ann.send(id, "last");
  await bob.waitFor("MessageReceived", (each) => each["content"] === "last");
  assert.deepEqual(contents(bob.all("MessageReceived")), ["once", "last"]);
});

test("the same key with another text is a conflict", { timeout }, async () => {
  const [ann, , id] = await pair();
  const key = randomUUID();
  await ann.send(id, "one thing", key);
  const answer = await ann.send(id, "another thing", key, { retry: true });
  assert.equal(answer["ok"], false);
  assert.equal(answer["code"], "conflict");
  assert.equal(answer["reason"], "idempotency_mismatch");
});

test("two hundred sends without waiting arrive in the order of sending, without gap or double", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  const texts = Array.from({ length: 200 }, (_, index) => `message ${index}`);
  const receipts = await Promise.all(texts.map((each) => ann.send(id, each)));
  const from = Number(receipts[0]?.["sequence"]);
  assert.deepEqual(receipts.map((each) => each["sequence"]), texts.map((_, index) => from + index));
  await bob.waitFor("MessageReceived", (each) => each["content"] === "message 199");
  assert.deepEqual(contents(bob.all("MessageReceived")), texts);
});

test("both talk at once: everyone sees one order", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  const sends = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? ann : bob).send(id, `text ${index}`));
  const last = Math.max(...(await Promise.all(sends)).map((each) => Number(each["sequence"])));
  for (const person of [ann, bob]) {
    await person.waitFor("MessageReceived", (each) => each["sequence"] === last);
  }
  assert.deepEqual(contents(ann.all("MessageReceived")), contents(bob.all("MessageReceived")));
});

test("to an outsider the conversation does not exist", { timeout }, async () => {
  const [ann, , id] = await pair();
  await ann.send(id, "private");
  const eve = await join("eve");
  for (const [method, argument] of [
    ["SendMessage", { conversationId: id, clientMessageId: "k", content: "let me in" }],
    ["MarkRead", { conversationId: id, sequence: 1 }],
    ["Typing", { conversationId: id, isTyping: true }],
  ] as const) {
    const answer = await eve.invoke(method, argument);
    assert.deepEqual([method, answer["ok"], answer["code"]], [method, false, "not_found"]);
  }
  assert.equal((await eve.rest("GET", `conversations/${id}`)).status, 404);
  assert.equal((await eve.rest("GET", `conversations/${id}/messages`)).status, 404);
  const sync = await eve.invoke("Sync", { positions: [{ conversationId: id, after: 0 }] });
  assert.deepEqual([sync["conversations"], sync["added"], sync["gone"]], [[], [], [id]]);
});

test("what a connection missed comes by position, and then it goes on live", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  const seen = Number((await ann.send(id, "before"))["sequence"]);
  await bob.waitFor("MessageReceived", (each) => each["content"] === "before");
  await bob.disconnect();
  const missed = await Promise.all(["one", "two", "three"].map((each) => ann.send(id, each)));
  await bob.connect();
  const sync = await bob.invoke("Sync", { positions: [{ conversationId: id, after: seen }] });
  const [part] = sync["conversations"] as readonly Json[];
  const head = missed.at(-1)?.["sequence"];
  assert.deepEqual([sync["ok"], part?.["head"], part?.["through"], part?.["more"], part?.["resync"]], [true, head, head, false, false]);
  assert.deepEqual(contents(part?.["events"] as readonly Json[]), ["one", "two", "three"]);
  await ann.send(id, "live again");
  await bob.waitFor("MessageReceived", (each) => each["content"] === "live again");
});

test("a sync without positions gives every conversation, one with the head gives nothing", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  const head = Number((await ann.send(id, "text"))["sequence"]);
  const all = await bob.invoke("Sync", { positions: [] });
  assert.deepEqual((all["added"] as readonly Json[]).map((each) => [each["id"], each["head"], each["unread"]]), [[id, head, 1]]);
  const none = await bob.invoke("Sync", { positions: [{ conversationId: id, after: head }] });
  assert.deepEqual([none["conversations"], none["added"], none["gone"]], [[], [], []]);
});

test("a position ahead of the log is told to start over", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  await ann.send(id, "text");
  const sync = await bob.invoke("Sync", { positions: [{ conversationId: id, after: 1_000 }] });
  assert.deepEqual((sync["conversations"] as readonly Json[]).map((each) => each["resync"]), [true]);
});

test("history pages join without a gap", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  await Promise.all(Array.from({ length: 25 }, (_, index) => ann.send(id, `text ${index}`)));
  const pages: unknown[][] = [];
  for (let path = "limit=10"; path !== ""; ) {
    const { body } = await bob.rest("GET", `conversations/${id}/messages?${path}`);
    const events = body["events"] as readonly Json[];
    pages.unshift(events.map((each) => each["sequence"]));
    path = body["more"] === true ? `before=${String(events[0]?.["sequence"])}&limit=10` : "";
  }
  const sequences = pages.flat();
  assert.deepEqual(sequences, sequences.map((_, index) => index + 1));
});

test("a sender's two connections see the same", { timeout }, async () => {
  const [ann, , id] = await pair();
  const before = ann.all("MessageReceived").length;
  await ann.connect();
  await ann.send(id, "from one of them");
  await ann.waitFor("MessageReceived", (each) => each["content"] === "from one of them");
  await ann.send(id, "last");
  await ann.waitFor("MessageReceived", () => ann.all("MessageReceived").length === before + 4);
});

test("a message that is none is refused, and the conversation goes on", { timeout }, async () => {
  const [ann, , id] = await pair();
  for (const [content, code] of [
    ["", "invalid_request"],
    [" \u200b", "invalid_request"],
    ["nul \u0000", "invalid_request"],
    ["x".repeat(4_001), "too_large"],
  ] as const) {
    assert.equal((await ann.send(id, content))["code"], code);
  }
  assert.equal((await ann.send(id, "x".repeat(4_000)))["ok"], true);
});
