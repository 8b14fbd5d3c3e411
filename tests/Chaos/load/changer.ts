import { setTimeout as delay } from "node:timers/promises";
import type { History } from "../rig/history.ts";
import type { Random } from "../rig/random.ts";
import type { Room } from "./population.ts";
import { ask, type Person } from "./wire.ts";

const pauseMs = { low: 300, high: 1_500 };

/** Removes members of groups and adds them again. */
export class Changer {
  readonly #groups: readonly Room[];
  readonly #url: () => string;
  readonly #random: Random;
  readonly #history: History;
  readonly #out = new Map<Room, Person>();
  #stopped = false;

  constructor(rooms: readonly Room[], url: () => string, random: Random, history: History) {
    this.#groups = rooms.filter(({ isGroup }) => isGroup);
    this.#url = url;
    this.#random = random;
    this.#history = history;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      const isBack = this.#out.size > 0 && this.#random.chance(0.5);
      await this.#change(this.#random.pick(isBack ? [...this.#out.keys()] : this.#groups));
      await delay(this.#random.between(pauseMs.low, pauseMs.high));
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #change(room: Room): Promise<void> {
    const [admin, ...others] = room.members;
    const token = admin?.token ?? null;
    const out = this.#out.get(room);
    const person = out ?? this.#random.pick(others);
    const note = { worker: "changer", op: out === undefined ? "remove" : "add", user: admin?.id ?? "", conv: room.id, users: [person.id] };
    this.#history.add({ ...note, phase: "invoke" });
    const path = `conversations/${room.id}/members`;
    const reply = out === undefined
      ? await ask<object>(this.#url(), "DELETE", `${path}/${person.id}`, token)
      : await ask<object>(this.#url(), "POST", path, token, { userIds: [person.id] });
    if (reply.ok) {
      this.#history.add({ ...note, phase: "ok" });
    } else {
      this.#history.add({ ...note, phase: reply.status === 0 || reply.code === "unavailable" || reply.code === "internal_error" ? "info" : "fail", err: reply.code });
    }
    // Already gone, or already there: an earlier one without an answer.
    if (reply.ok || reply.code === "not_found" || reply.code === "conflict") {
      if (out === undefined) {
        this.#out.set(room, person);
      } else {
        this.#out.delete(room);
      }
    }
  }
}
