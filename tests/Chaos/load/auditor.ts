import { setTimeout as delay } from "node:timers/promises";
import type { History } from "../rig/history.ts";
import type { Random } from "../rig/random.ts";
import { seen } from "./device.ts";
import type { Room } from "./population.ts";
import { ask, insist, type HistoryPage, type ListItem, type Person } from "./wire.ts";

const pauseMs = { low: 40, high: 160 };
const pageSize = 100;

/** Reads over REST what the devices see over the hub: pages of history and lists, as one member after the other. */
export class Auditor {
  readonly #rooms: readonly Room[];
  readonly #url: () => string;
  readonly #random: Random;
  readonly #history: History;
  #stopped = false;

  constructor(rooms: readonly Room[], url: () => string, random: Random, history: History) {
    this.#rooms = rooms;
    this.#url = url;
    this.#random = random;
    this.#history = history;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      const room = this.#random.pick(this.#rooms);
      const person = this.#random.pick(room.members);
      await (this.#random.chance(0.7) ? this.#page(room, person) : this.list(person, false));
      await delay(this.#random.between(pauseMs.low, pauseMs.high));
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** What the person's list says. The last one is asked for until there is an answer. */
  async list(person: Person, final: boolean): Promise<void> {
    const since = this.#history.now();
    const path = "conversations?limit=100";
    const reply = final ? { ok: true as const, body: await insist<{ items: ListItem[] }>(this.#url, "GET", path, person.token) } : await ask<{ items: ListItem[] }>(this.#url(), "GET", path, person.token);
    if (!reply.ok) {
      this.#history.add({ worker: "auditor", op: "refusal", phase: "fail", user: person.id, err: reply.code });
      return;
    }
    for (const { id, head, readSequence, unread, unreadMore } of reply.body.items) {
      this.#history.add({ worker: "auditor", op: "list", phase: "ok", conv: id, user: person.id, since, head, cursor: readSequence, unread, more: unreadMore, ...(final ? { final } : {}) });
    }
  }

  /** The whole history, page by page. */
  async walk(room: Room, person: Person): Promise<void> {
    for (let after = 0, more = true; more; ) {
      const since = this.#history.now();
      const page = await insist<HistoryPage>(this.#url, "GET", `conversations/${room.id}/messages?after=${after}&limit=${pageSize}`, person.token);
      this.#note(room, person, since, after, page, { final: true });
      more = page.more;
      after = page.events.at(-1)?.sequence ?? after;
    }
  }

  async #page(room: Room, person: Person): Promise<void> {
    const since = this.#history.now();
    const limit = Math.ceil(this.#random.between(0, pageSize));
    const after = this.#random.chance(0.5) ? Math.floor(this.#random.between(0, 500)) : null;
    const query = after === null ? `limit=${limit}` : `after=${after}&limit=${limit}`;
    const reply = await ask<HistoryPage>(this.#url(), "GET", `conversations/${room.id}/messages?${query}`, person.token);
    if (reply.ok) {
      this.#note(room, person, since, after, reply.body, {});
    } else {
      this.#history.add({ worker: "auditor", op: "refusal", phase: "fail", conv: room.id, user: person.id, err: reply.code });
    }
  }

  #note(room: Room, person: Person, since: number, after: number | null, { events, head, more }: HistoryPage, marks: object): void {
    const from = after === null ? {} : { after };
    this.#history.add({ worker: "auditor", op: "page", phase: "ok", conv: room.id, user: person.id, since, ...from, head, more, entries: events.map(seen), ...marks });
  }
}
