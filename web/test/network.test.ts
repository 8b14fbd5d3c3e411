import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "../src/api.ts";
import { delayBefore } from "../src/backoff.ts";
import { Names } from "../src/names.ts";
import { accepted, refused, type Answer, type Position, type SyncAnswer } from "../src/protocol.ts";
import { ReadMarks } from "../src/read-marks.ts";
import type { Session } from "../src/session.ts";
import { Sync } from "../src/sync.ts";
import { TypingSignal } from "../src/typing.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const user = { id: "me", email: "me@example.com", username: "me" };

type Reply = (path: string, token: string | undefined) => Response;

const setUpApi = (session: Session | null, reply: Reply) => {
  let stored = session;
  const requests: string[] = [];
  let signedOut = 0;
  const api = new Api({
    baseUrl: "",
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      requests.push(`${init?.method} ${String(input)}`);
      return Promise.resolve(reply(String(input), headers.get("Authorization")?.slice("Bearer ".length)));
    },
    sessions: {
      load: () => stored,
      save: (next) => void (stored = next),
      clear: () => void (stored = null),
    },
    now: () => 1_000_000,
    exclusively: (work) => work(),
    onSignedOut: () => void (signedOut += 1),
  });
  return { api, requests, stored: () => stored, signedOut: () => signedOut };
};

const session = (over: Partial<Session> = {}): Session => ({ accessToken: "old", refreshToken: "r1", expiresAt: 2_000_000, user, ...over });
const renewed = { accessToken: "new", refreshToken: "r2", expiresIn: 600, user };
const unauthenticated = (): Response => Response.json({ code: "unauthenticated" }, { status: 401 });

test("ten calls with an expired token refresh it once", async () => {
  const { api, requests } = setUpApi(session({ expiresAt: 1_000_000 }), (path, token) =>
    path === "/api/auth/refresh" ? Response.json(renewed) : token === "new" ? Response.json({ id: "a", username: "ann" }) : unauthenticated(),
  );
  const answers = await Promise.all(Array.from({ length: 10 }, () => api.findUser("ann")));
  assert.ok(answers.every((each) => each.ok));
  assert.equal(requests.filter((each) => each.includes("refresh")).length, 1);
});

test("a token that the server no longer takes is refreshed and the call made again", async () => {
  const { api, requests, stored } = setUpApi(session(), (path, token) =>
    path === "/api/auth/refresh" ? Response.json(renewed) : token === "new" ? Response.json({ id: "a", username: "ann" }) : unauthenticated(),
  );
  assert.equal((await api.findUser("ann")).ok, true);
  assert.deepEqual(requests, ["GET /api/users?username=ann", "POST /api/auth/refresh", "GET /api/users?username=ann"]);
  assert.equal(stored()?.refreshToken, "r2");
});

test("a refused refresh ends the session", async () => {
  const { api, signedOut, stored } = setUpApi(session({ expiresAt: 0 }), unauthenticated);
  assert.equal((await api.findUser("ann")).ok, false);
  assert.equal(signedOut(), 1);
  assert.equal(stored(), null);
});

test("an outage during the refresh does not", async () => {
  const { api, signedOut, stored } = setUpApi(session({ expiresAt: 0 }), () => new Response("", { status: 502 }));
  const answer = await api.findUser("ann");
  assert.equal(answer.ok ? "" : answer.refusal.code, "unavailable");
  assert.equal(signedOut(), 0);
  assert.notEqual(stored(), null);
});

test("another tab's refresh is used instead of a second one", async () => {
  const { api, requests } = setUpApi(session({ accessToken: "theirs" }), () => Response.json({ id: "a", username: "ann" }));
  assert.deepEqual(await api.accessToken(), accepted("theirs"));
  assert.deepEqual(requests, []);
});

test("the wait is what the server asked for and full jitter on top, up to a ceiling", () => {
  const backoff = { firstCeilingMs: 100, maxCeilingMs: 1_000 };
  assert.equal(delayBefore(0, backoff, 0, () => 0.5), 50);
  assert.equal(delayBefore(2, backoff, 700, () => 0.5), 900);
  assert.equal(delayBefore(500, backoff, 0, () => 1), 1_000);
});

test("names are asked for once, and again after a failure", async () => {
  const asked: (readonly string[])[] = [];
  let works = false;
  const names = new Names(
    (ids) => {
      asked.push(ids);
      return Promise.resolve(works ? accepted(ids.map((id) => ({ id, username: `name of ${id}` }))) : refused("unreachable", ""));
    },
    () => undefined,
  );
  names.need(["a", "b"]);
  names.need(["b"]);
  await settled();
  works = true;
  names.need(["a", "b"]);
  await settled();
  names.need(["a", "b"]);
  assert.deepEqual(asked, [["a", "b"], ["a", "b"]]);
  assert.equal(names.of("a"), "name of a");
});

test("read marks: one call at a time, then the newest only", async () => {
  const sent: number[] = [];
  const answers: ((answer: Answer<null>) => void)[] = [];
  const marks = new ReadMarks((_, sequence) => {
    sent.push(sequence);
    return new Promise((resolve) => answers.push(resolve));
  });
  [1, 2, 5, 3].forEach((each) => marks.mark("c", each));
  answers[0]?.(accepted(null));
  await settled();
  assert.deepEqual(sent, [1, 5]);
  answers[1]?.(refused("unreachable", ""));
  await settled();
  marks.resume();
  assert.deepEqual(sent, [1, 5, 5]);
});

const setUpSync = (replies: Answer<SyncAnswer>[]) => {
  const asked: (readonly Position[])[] = [];
  const delays: (() => void)[] = [];
  let done = 0;
  let delayed = 0;
  let after = 0;
  const sync = new Sync({
    positions: () => [{ conversationId: "c", after }],
    ask: (positions) => {
      asked.push(positions);
      return Promise.resolve(replies.shift() ?? accepted({ conversations: [], added: [], gone: [] }));
    },
    apply: (answer) => {
      after = answer.conversations[0]?.through ?? after;
    },
    onDone: () => void (done += 1),
    onDelayed: () => void (delayed += 1),
    later: (_, then) => void delays.push(then),
    random: () => 0,
  });
  return { sync, asked, delays, done: () => done, delayed: () => delayed };
};

const part = (through: number, more: boolean): Answer<SyncAnswer> =>
  accepted({ conversations: [{ conversationId: "c", head: 9, through, events: [], more, resync: false }], added: [], gone: [] });

test("a sync goes on while there is more, from where it is", async () => {
  const { sync, asked, done } = setUpSync([part(4, true), part(9, false)]);
  sync.request();
  sync.request();
  await settled();
  assert.deepEqual(asked.map((each) => each[0]?.after), [0, 4]);
  assert.equal(done(), 1);
});

test("a sync that does not advance does not go on for ever", async () => {
  const { sync, asked } = setUpSync([part(0, true), part(0, true)]);
  sync.request();
  await settled();
  assert.equal(asked.length, 1);
});

test("a sync that was refused comes again; one without a connection waits for the next", async () => {
  const { sync, asked, delays, done, delayed } = setUpSync([refused("unavailable", ""), refused("unreachable", "")]);
  sync.request();
  await settled();
  delays[0]?.();
  await settled();
  assert.equal(asked.length, 2);
  assert.equal(delays.length, 1);
  assert.equal(delayed(), 1);
  sync.request();
  await settled();
  assert.equal(done(), 1);
});

test("typing is said at once, renewed after 3 s, ended once", () => {
  let now = 0;
  const said: boolean[] = [];
  const typing = new TypingSignal(
    () => now,
    (_, isTyping) => void said.push(isTyping),
  );
  typing.changed("c", true);
  now = 2_999;
  typing.changed("c", true);
  now = 3_000;
  typing.changed("c", true);
  typing.changed("c", false);
  typing.changed("c", false);
  assert.deepEqual(said, [true, true, false]);
});
