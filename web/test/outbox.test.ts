import assert from "node:assert/strict";
import { test } from "node:test";
import { fateOf, Outbox, type OutboxEntry } from "../src/outbox.ts";
import { accepted, refused, type Answer, type Receipt, type RefusalCode, type SendMessage } from "../src/protocol.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An outbox whose server answers when the test says so. */
const setUp = (stored: readonly OutboxEntry[] = []) => {
  const kept = new Map(stored.map((each) => [each.clientMessageId, each]));
  const calls: { message: SendMessage; answer: (answer: Answer<Receipt>) => void }[] = [];
  const delays: { delayMs: number; then: () => void }[] = [];
  const receipts: Receipt[] = [];
  let keys = 0;
  const outbox = new Outbox({
    store: {
      load: () => [...kept.values()],
      save: (entry) => void kept.set(entry.clientMessageId, entry),
      remove: (clientMessageId) => void kept.delete(clientMessageId),
    },
    send: (message) => new Promise((answer) => calls.push({ message, answer })),
    onReceipt: (_, receipt) => void receipts.push(receipt),
    onChange: () => undefined,
    later: (delayMs, then) => void delays.push({ delayMs, then }),
    newKey: () => `key ${(keys += 1)}`,
    now: () => "2026-01-02T10:00:00Z",
    random: () => 0.5,
  });
  const answer = async (reply: Answer<Receipt>): Promise<void> => {
    calls.at(-1)?.answer(reply);
    await settled();
  };
  return { outbox, kept, calls, delays, receipts, answer };
};

const receipt = (over: Partial<Receipt> = {}): Answer<Receipt> =>
  accepted({ messageId: "m", conversationId: "c", sequence: 1, sentAt: "2026-01-02T10:00:00Z", duplicate: false, durability: "committed", ...over });

const refusal = (code: RefusalCode, retryAfterMs?: number): Answer<Receipt> => ({
  ok: false,
  refusal: { code, message: code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
});

test("a message is kept from before it is sent until its receipt", async () => {
  const { outbox, kept, calls, receipts, answer } = setUp();
  outbox.open();
  outbox.add("c", "hello");
  assert.equal(kept.size, 1);
  assert.deepEqual(calls[0]?.message, { conversationId: "c", clientMessageId: "key 1", content: "hello" });
  await answer(receipt());
  assert.equal(kept.size, 0);
  assert.equal(receipts.length, 1);
});

test("without a connection it waits, and goes when there is one", async () => {
  const { outbox, calls } = setUp();
  outbox.add("c", "hello");
  assert.equal(calls.length, 0);
  outbox.open();
  await settled();
  assert.equal(calls.length, 1);
});

test("a lost connection: the same key again, marked as a retry", async () => {
  const { outbox, calls, delays, answer } = setUp();
  outbox.open();
  outbox.add("c", "hello");
  await answer(refused("unreachable", "gone"));
  assert.equal(calls.length, 1);
  assert.equal(delays.length, 0);
  outbox.open();
  await settled();
  assert.deepEqual(calls[1]?.message, { conversationId: "c", clientMessageId: "key 1", content: "hello", retry: true });
});

for (const code of ["unavailable", "overloaded", "rate_limited", "no_answer"] as const) {
  test(`${code}: again after what the server asked for, and jitter`, async () => {
    const { outbox, calls, delays, answer } = setUp();
    outbox.open();
    outbox.add("c", "hello");
    await answer(refusal(code, 700));
    assert.deepEqual(delays.map((each) => each.delayMs), [700 + 0.5 * 500]);
    delays[0]?.then();
    await settled();
    assert.equal(calls[1]?.message.retry, true);
    assert.equal(outbox.of("c")[0]?.refusal, undefined);
  });
}

test("a message that has to wait is not overtaken in its conversation, others go on", async () => {
  const { outbox, calls, delays, answer } = setUp();
  outbox.open();
  outbox.add("c", "one");
  outbox.add("c", "two");
  await answer(refusal("unavailable", 100));
  outbox.add("c", "three");
  outbox.open();
  outbox.add("d", "elsewhere");
  await settled();
  assert.deepEqual(calls.map((each) => each.message.content), ["one", "elsewhere"]);
  delays[0]?.then();
  await settled();
  for (const expected of ["one", "two", "three"]) {
    assert.equal(calls.at(-1)?.message.content, expected);
    await answer(receipt());
  }
  assert.deepEqual(outbox.of("c"), []);
});

test("a final refusal fails that message only, and it can be tried again under its key", async () => {
  const { outbox, calls, kept, answer } = setUp();
  outbox.open();
  outbox.add("c", "one");
  outbox.add("c", "two");
  await answer(refusal("rejected"));
  assert.equal(calls.at(-1)?.message.content, "two");
  await answer(receipt());
  assert.equal(outbox.of("c")[0]?.refusal?.code, "rejected");
  assert.equal(kept.get("key 1")?.refusal?.code, "rejected");
  outbox.retry("key 1");
  assert.deepEqual(calls.at(-1)?.message, { conversationId: "c", clientMessageId: "key 1", content: "one", retry: true });
});

test("a failed message can be discarded, a pending one cannot", async () => {
  const { outbox, answer } = setUp();
  outbox.open();
  outbox.add("c", "one");
  outbox.discard("key 1");
  assert.equal(outbox.size, 1);
  await answer(refusal("too_large"));
  outbox.discard("key 1");
  assert.equal(outbox.size, 0);
});

test("after a reload what was kept goes again, in its order, as retries", async () => {
  const entry = (order: number): OutboxEntry => ({
    clientMessageId: `old ${order}`,
    conversationId: "c",
    content: `text ${order}`,
    createdAt: "2026-01-02T10:00:00Z",
    order,
    attempts: 0,
  });
  const { outbox, calls, answer } = setUp([entry(2), entry(1)]);
  outbox.add("c", "new");
  outbox.open();
  await settled();
  await answer(receipt());
  await answer(receipt());
  assert.deepEqual(
    calls.map(({ message }) => [message.content, message.retry]),
    [
      ["text 1", true],
      ["text 2", true],
      ["new", undefined],
    ],
  );
});

test("the log itself confirms a message whose receipt was lost", async () => {
  const { outbox, kept, answer } = setUp();
  outbox.open();
  outbox.add("c", "one");
  outbox.confirm("key 1");
  assert.equal(kept.size, 0);
  await answer(refusal("no_answer"));
  assert.equal(outbox.size, 0);
});

test("it is bounded, and says so", () => {
  const { outbox } = setUp();
  for (let count = 0; count < 200; count += 1) {
    assert.equal(outbox.add("c", "text"), true);
  }
  assert.equal(outbox.add("c", "text"), false);
});

test("a conflict is never sent again by itself", () => assert.equal(fateOf("conflict"), "failed"));

test("a held message is kept and not sent again, until the connection is another one", async () => {
  const { outbox, kept, calls, answer } = setUp();
  outbox.open();
  outbox.add("c", "hello");
  await answer(receipt({ sequence: null, durability: "held" }));
  outbox.open();
  await settled();
  assert.equal(calls.length, 1);
  assert.equal(kept.get("key 1")?.held, true);
  outbox.close();
  outbox.open();
  await settled();
  assert.equal(calls[1]?.message.retry, true);
  await answer(receipt({ duplicate: true }));
  assert.equal(kept.size, 0);
});

test("the next message does not wait for one that is held", async () => {
  const { outbox, calls, answer } = setUp();
  outbox.open();
  outbox.add("c", "one");
  await answer(receipt({ sequence: null, durability: "held" }));
  outbox.add("c", "two");
  await settled();
  assert.equal(calls[1]?.message.content, "two");
});

test("a held message goes when the log shows it, and fails when it is rejected", async () => {
  const { outbox, kept, answer } = setUp();
  outbox.open();
  outbox.add("c", "one");
  await answer(receipt({ sequence: null, durability: "held" }));
  outbox.confirm("key 1");
  assert.equal(kept.size, 0);
  outbox.add("c", "two");
  await answer(receipt({ sequence: null, durability: "held" }));
  outbox.reject("key 2", { code: "rejected", message: "no" });
  assert.equal(kept.get("key 2")?.refusal?.code, "rejected");
  assert.equal(kept.get("key 2")?.held, undefined);
});
