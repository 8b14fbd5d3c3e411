import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, type Json } from "./person.ts";
import { startServer, type RunningServer } from "./server.ts";

let server: RunningServer;
const timeout = 20_000;
const people: Person[] = [];

const pair = async (): Promise<readonly [Person, Person, string]> => {
  const [ann, bob] = [await Person.join(server.url, "ann"), await Person.join(server.url, "bob")];
  people.push(ann, bob);
  return [ann, bob, await ann.open(bob)];
};

before(async () => {
  server = await startServer("clients-reading");
});

after(async () => {
  await Promise.all(people.map((each) => each.disconnect()));
  server.close();
});

const readState = (item: Json | undefined): Json => ({
  unread: item?.["unread"],
  unreadMore: item?.["unreadMore"],
  readSequence: item?.["readSequence"],
});

test("unread counts the others' messages after the cursor, and the cursor moves on every screen", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  const sequences = [];
  for (const text of ["one", "two", "three"]) {
    sequences.push(Number((await ann.send(id, text))["sequence"]));
  }
  await bob.send(id, "mine does not count");
  const [first = 0, second = 0] = sequences;
  assert.deepEqual(readState(await bob.listItem(id)), { unread: 3, unreadMore: false, readSequence: first - 1 });
  assert.equal((await bob.invoke("MarkRead", { conversationId: id, sequence: second }))["ok"], true);
  assert.deepEqual(readState(await bob.listItem(id)), { unread: 1, unreadMore: false, readSequence: second });
  for (const person of [ann, bob]) {
    const moved = await person.waitFor("ReadMoved", (each) => each["sequence"] === second);
    assert.deepEqual(moved, { conversationId: id, userId: bob.id, sequence: second });
  }
});

test("a cursor never moves back, nor beyond the log", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  const sequence = Number((await ann.send(id, "text"))["sequence"]);
  await bob.invoke("MarkRead", { conversationId: id, sequence });
  const back = await bob.invoke("MarkRead", { conversationId: id, sequence: 0 });
  assert.deepEqual([back["ok"], back["sequence"]], [true, sequence]);
  await bob.invoke("MarkRead", { conversationId: id, sequence: sequence + 1_000 });
  await ann.send(id, "unread in any case");
  assert.equal((await bob.listItem(id))?.["unread"], 1);
});

test("unread is counted to 100", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  await Promise.all(Array.from({ length: 101 }, (_, index) => ann.send(id, `text ${index}`)));
  assert.deepEqual(readState(await bob.listItem(id))["unread"], 100);
  assert.deepEqual(readState(await bob.listItem(id))["unreadMore"], true);
});

test("the list shows the last message, newest conversation first", { timeout }, async () => {
  const [ann, bob, first] = await pair();
  const cleo = await Person.join(server.url, "cleo");
  people.push(cleo);
  const second = await ann.open(cleo);
  await ann.send(second, "to cleo");
  await bob.send(first, "to ann");
  const { body } = await ann.rest("GET", "conversations");
  const items = body["items"] as readonly Json[];
  assert.deepEqual(
    items.map((each) => [each["id"], (each["lastMessage"] as Json | undefined)?.["content"]]),
    [
      [first, "to ann"],
      [second, "to cleo"],
    ],
  );
});

test("typing is told to the others, and ends by itself or by the message", { timeout }, async () => {
  const [ann, bob, id] = await pair();
  assert.equal((await ann.invoke("Typing", { conversationId: id, isTyping: true }))["ok"], true);
  const began = await bob.waitFor("TypingChanged", (each) => each["isTyping"] === true);
  assert.deepEqual(began, { conversationId: id, userId: ann.id, isTyping: true });
  await ann.send(id, "done");
  await bob.waitFor("TypingChanged", (each) => each["isTyping"] === false);
  await bob.invoke("Typing", { conversationId: id, isTyping: true });
  await ann.waitFor("TypingChanged", (each) => each["userId"] === bob.id && each["isTyping"] === false);
});

test("a heartbeat is answered", { timeout }, async () => {
  const [ann] = await pair();
  assert.deepEqual(await ann.invoke("Heartbeat", { active: true }), { ok: true });
});

test("names by id, a user by name", { timeout }, async () => {
  const [ann, bob] = await pair();
  const found = await ann.rest("GET", `users?username=${bob.username.toUpperCase()}`);
  assert.deepEqual(found.body, { id: bob.id, username: bob.username });
  const named = await ann.rest("GET", `users?ids=${bob.id},${ann.id}`);
  assert.equal((named.body as unknown as readonly Json[]).length, 2);
});
