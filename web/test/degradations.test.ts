import assert from "node:assert/strict";
import { test } from "node:test";
import { Degradations } from "../src/degradations.ts";
import { serverMethods } from "../src/server-events.ts";
import type { ServerEvent } from "../src/protocol.ts";

const since = "2026-03-01T12:00:00Z";
const hear = (degradations: Degradations, payload: object): void => {
  const event: ServerEvent | undefined = serverMethods["Degraded"]?.(payload);
  assert.equal(event?.is, "degraded");
  degradations.on(event.what, event.since);
};

test("storage is down from the word that it is until the word that it is not", () => {
  const degradations = new Degradations();
  assert.equal(degradations.storage, false);
  hear(degradations, { what: "storage", since });
  assert.equal(degradations.storage, true);
  hear(degradations, { what: "storage" });
  assert.equal(degradations.storage, false);
});

test("other parts say nothing about storage", () => {
  const degradations = new Degradations();
  hear(degradations, { what: "search", since });
  assert.equal(degradations.storage, false);
  hear(degradations, { what: "storage", since });
  hear(degradations, { what: "search", since: null });
  assert.equal(degradations.storage, true);
});

test("what one connection was told does not hold for the next", () => {
  const degradations = new Degradations();
  hear(degradations, { what: "storage", since });
  degradations.forget();
  assert.equal(degradations.storage, false);
});
