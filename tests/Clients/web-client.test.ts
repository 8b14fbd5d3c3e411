import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Api } from "../../web/src/api.ts";
import { Chat } from "../../web/src/chat.ts";
import type { ConversationState } from "../../web/src/conversation.ts";
import type { OutboxEntry, OutboxStore } from "../../web/src/outbox.ts";
import type { Session, SessionStore } from "../../web/src/session.ts";
import { Link } from "./link.ts";
import { startServer, type RunningServer } from "./server.ts";

// The web page's own state and network, without the page, over a wire that breaks.

let server: RunningServer;
const timeout = 40_000;
const ends: (() => void)[] = [];

before(async () => {
  server = await startServer("clients-web-client");
});

after(() => {
  ends.forEach((end) => end());
  server.close();
});

class Kept implements OutboxStore {
  readonly entries = new Map<string, OutboxEntry>();
  load = (): readonly OutboxEntry[] => [...this.entries.values()];
  save = (entry: OutboxEntry): void => void this.entries.set(entry.clientMessageId, entry);
  remove = (clientMessageId: string): void => void this.entries.delete(clientMessageId);
}

interface Device {
  readonly chat: Chat;
  readonly link: Link;
  readonly outbox: Kept;
  readonly api: Api;
  readonly sessions: SessionStore;
  /** Resolves when what is shown makes it true. */
  readonly shows: (condition: (chat: Chat) => boolean) => Promise<void>;
}

const signIn = async (api: Api, name: string) => {
  const username = `${name}_${randomBytes(4).toString("hex")}`;
  const answer = await api.register(`${username}@example.com`, username, "a long password");
  assert.ok(answer.ok);
  return answer.value;
};

const makeSessions = (): SessionStore => {
  let session: Session | null = null;
  return { load: () => session, save: (next) => void (session = next), clear: () => void (session = null) };
};

const makeApi = (baseUrl: string, sessions: SessionStore): Api =>
  new Api({ baseUrl, fetch, sessions, now: () => Date.now(), exclusively: (work) => work(), onSignedOut: () => undefined });

const startChat = (me: Chat["me"], parts: Omit<Device, "chat" | "shows">): Device => {
  const waiting = new Set<() => void>();
  const chat = new Chat(me, {
    hubUrl: `${parts.link.url}/hubs/chat`,
    api: parts.api,
    outboxStore: parts.outbox,
    random: () => 0.1,
    now: () => Date.now(),
    newKey: () => randomUUID(),
    later: (delayMs, then) => setTimeout(then, delayMs),
    wasActive: () => true,
    redraw: () => waiting.forEach((look) => look()),
  });
  chat.start();
  ends.push(() => void chat.stop());
  const shows = (condition: (chat: Chat) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (condition(chat)) {
          waiting.delete(look);
          resolve();
        }
      };
      waiting.add(look);
      look();
    });
  return { ...parts, chat, shows };
};

const device = async (name: string): Promise<Device> => {
  const link = await Link.to(server.url);
  ends.push(() => link.close());
  const sessions = makeSessions();
  const api = makeApi(link.url, sessions);
  return startChat(await signIn(api, name), { api, sessions, link, outbox: new Kept() });
};

const only = (chat: Chat): ConversationState | undefined => chat.conversations.newestFirst[0];

const contents = (chat: Chat): readonly (string | undefined)[] =>
  (only(chat)?.timeline.events ?? []).filter((each) => each.kind === "message").map((each) => each.content);

const talk = async (): Promise<readonly [Device, Device, ConversationState]> => {
  const [ann, bob] = [await device("ann"), await device("bob")];
  assert.ok((await ann.chat.startDirect(bob.chat.me.username)).ok);
  await bob.shows((chat) => only(chat) !== undefined);
  const conversation = only(ann.chat);
  assert.ok(conversation);
  return [ann, bob, conversation];
};

const texts = (from: number, to: number): readonly string[] => Array.from({ length: to - from + 1 }, (_, index) => `text ${from + index}`);

test("two clients talk; the other one's list counts what is unread", { timeout }, async () => {
  const [ann, bob, conversation] = await talk();
  texts(1, 3).forEach((each) => ann.chat.send(conversation, each));
  await bob.shows((chat) => contents(chat).length === 3);
  assert.equal(only(bob.chat)?.unread.count, 3);
  assert.equal(only(bob.chat)?.lastMessage?.content, "text 3");
  const other = only(bob.chat);
  assert.ok(other);
  bob.chat.markRead(other);
  await ann.shows((chat) => only(chat)?.others[0]?.readSequence === other.timeline.through);
  assert.equal(other.unread.count, 0);
});

test("a wire that breaks again and again in the middle of sending: everything arrives once, in order", { timeout }, async () => {
  const [ann, bob, conversation] = await talk();
  for (const round of [0, 1, 2, 3, 4]) {
    texts(round * 10 + 1, round * 10 + 10).forEach((each) => ann.chat.send(conversation, each));
    await bob.shows((chat) => contents(chat).length > round * 10 + 3);
    (round % 2 === 0 ? ann : bob).link.cut();
    await (round % 2 === 0 ? ann : bob).shows((chat) => chat.connection !== "online");
    (round % 2 === 0 ? ann : bob).link.join();
  }
  await ann.shows((chat) => chat.outbox.size === 0 && contents(chat).length === 50);
  await bob.shows((chat) => contents(chat).length === 50);
  assert.deepEqual(contents(ann.chat), texts(1, 50));
  assert.deepEqual(contents(bob.chat), texts(1, 50));
  assert.equal(ann.outbox.entries.size, 0);
});

test("what is written without a connection waits, outlives the page, and goes out once", { timeout }, async () => {
  const [ann, bob, conversation] = await talk();
  ann.link.cut();
  await ann.shows((chat) => chat.connection !== "online");
  texts(1, 3).forEach((each) => ann.chat.send(conversation, each));
  assert.deepEqual(ann.chat.outbox.of(conversation.id).map((each) => each.content), texts(1, 3));
  await ann.chat.stop();
  ann.link.join();
  const again = startChat(ann.chat.me, ann);
  await bob.shows((chat) => contents(chat).length === 3);
  await again.shows((chat) => chat.outbox.size === 0 && only(chat)?.lastMessage?.content === "text 3");
  assert.deepEqual(contents(bob.chat), texts(1, 3));
});

test("receipts that never came: the same keys again, no double", { timeout }, async () => {
  const [ann, bob, conversation] = await talk();
  ann.link.swallowAnswers();
  ann.chat.send(conversation, "text 1");
  await bob.shows((chat) => contents(chat).length === 1);
  assert.equal(ann.chat.outbox.size, 1);
  ann.link.cut();
  await ann.shows((chat) => chat.connection !== "online");
  ann.link.join();
  await ann.shows((chat) => chat.outbox.size === 0);
  ann.chat.send(conversation, "text 2");
  await bob.shows((chat) => contents(chat).length === 2);
  assert.deepEqual(contents(ann.chat), texts(1, 2));
  assert.deepEqual(contents(bob.chat), texts(1, 2));
});

test("a token that the server no longer takes is renewed on the way back", { timeout }, async () => {
  const [ann, bob, conversation] = await talk();
  const session = ann.sessions.load();
  assert.ok(session);
  ann.link.cut();
  await ann.shows((chat) => chat.connection !== "online");
  ann.sessions.save({ ...session, accessToken: `${session.accessToken}x` });
  ann.chat.send(conversation, "text 1");
  ann.link.join();
  await bob.shows((chat) => contents(chat).length === 1);
  assert.notEqual(ann.sessions.load()?.refreshToken, session.refreshToken);
});

test("who was away finds what he missed, new conversations too", { timeout }, async () => {
  const [ann, bob, conversation] = await talk();
  bob.link.cut();
  await bob.shows((chat) => chat.connection !== "online");
  texts(1, 120).forEach((each) => ann.chat.send(conversation, each));
  await ann.shows((chat) => chat.outbox.size === 0);
  const cleo = await device("cleo");
  assert.ok((await cleo.chat.createGroup("Team", [bob.chat.me.id, ann.chat.me.id])).ok);
  bob.link.join();
  await bob.shows((chat) => chat.conversations.newestFirst.length === 2 && chat.conversations.get(conversation.id)?.timeline.through === conversation.timeline.through);
  const caughtUp = bob.chat.conversations.get(conversation.id);
  assert.deepEqual(caughtUp?.timeline.events.filter((each) => each.kind === "message").map((each) => each.content), texts(1, 120));
  assert.deepEqual(caughtUp?.unread, { count: 100, more: true });
});

test("a group: named, renamed, joined and left, seen by all", { timeout }, async () => {
  const [ann, bob] = await talk();
  const cleo = await device("cleo");
  assert.ok((await ann.chat.createGroup("Team", [bob.chat.me.id])).ok);
  const group = ann.chat.current;
  assert.ok(group);
  const seenBy = (chat: Chat): ConversationState | undefined => chat.conversations.get(group.id);
  await bob.shows((chat) => seenBy(chat)?.name === "Team");
  await ann.chat.rename(group, "Crew");
  await bob.shows((chat) => seenBy(chat)?.name === "Crew");
  await ann.chat.addMember(group, cleo.chat.me.username);
  await cleo.shows((chat) => seenBy(chat)?.members.length === 3);
  await bob.shows((chat) => seenBy(chat)?.members.length === 3);
  const bobs = seenBy(bob.chat);
  assert.ok(bobs);
  await bob.chat.removeMember(bobs, bob.chat.me.id);
  assert.equal(seenBy(bob.chat), undefined);
  await ann.shows(() => group.members.length === 2);
  await ann.chat.removeMember(group, cleo.chat.me.id);
  await cleo.shows((chat) => seenBy(chat) === undefined);
});
