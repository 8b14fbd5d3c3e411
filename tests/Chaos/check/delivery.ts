import type { Line } from "../rig/history.ts";
import type { Conversation } from "./conversation.ts";
import { time } from "./log-checks.ts";

const longEnough = 10e9;

interface Session {
  readonly start: number;
  end: number;
  /** A fault held its network from here on. */
  disturbed: number;
}

/** When each device was connected. */
export class Sessions {
  readonly #of = new Map<string, Session[]>();

  constructor(runLines: Iterable<Line>) {
    for (const { op, device = "", t } of runLines) {
      const own = this.#of.get(device) ?? [];
      const last = own.at(-1);
      if (op === "connect") {
        this.#of.set(device, [...own, { start: t, end: Infinity, disturbed: Infinity }]);
      } else if (op === "disconnect" && last !== undefined) {
        last.end = t;
      } else if (op === "disturb" && last !== undefined) {
        last.disturbed = Math.min(last.disturbed, t);
      }
    }
  }

  get devices(): readonly string[] {
    return [...this.#of.keys()];
  }

  of(device: string): readonly Session[] {
    return this.#of.get(device) ?? [];
  }
}

/** How long it took from a receipt to each member's device. */
export class Delivery {
  readonly #sessions: Sessions;
  /** To devices that were connected all the time, in ms. */
  readonly live: number[] = [];
  /** From the reconnect of those that were not, in ms. */
  readonly healed: number[] = [];

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** Names what a device never got although it was connected for long enough. */
  *check(conversation: Conversation): Generator<string> {
    const acked = [...conversation.sends.values()].flatMap(({ oks }) => {
      const ok = oks.find(({ seq }) => seq !== null);
      return ok === undefined ? [] : [{ seq: ok.seq ?? 0, t: ok.t }];
    });
    for (const [device, { user, at }] of received(conversation)) {
      const lasting = conversation.lasting(user);
      if (lasting === undefined) {
        continue;
      }
      const sessions = this.#sessions.of(device);
      for (const { seq, t } of acked) {
        if (seq > lasting.after && this.#missed(sessions, t, at.get(seq) ?? Infinity)) {
          yield `${device} never got ${seq}, acknowledged at ${time(t)}, in a connection of 10 s or more`;
        }
      }
    }
  }

  /** Everything reached every member's devices in the end. */
  static *atTheEnd(conversation: Conversation): Generator<string> {
    for (const [device, { user, through }] of received(conversation)) {
      if (conversation.lasting(user) !== undefined && through !== conversation.head) {
        yield `${device} shows everything up to ${through}, the head is ${conversation.head}`;
      }
    }
  }

  #missed(sessions: readonly Session[], acked: number, came: number): boolean {
    for (const { start, end, disturbed } of sessions) {
      if (end <= acked) {
        continue;
      }
      if (came < start) {
        return false;
      }
      const good = Math.min(end, disturbed);
      if (came <= good) {
        (start <= acked ? this.live : this.healed).push(Math.max(0, came - Math.max(start, acked)) / 1e6);
        return false;
      }
      if (good - Math.max(start, acked) >= longEnough && good !== Infinity) {
        return true;
      }
    }
    return came === Infinity;
  }
}

const received = (conversation: Conversation): Map<string, { user: string | undefined; at: Map<number, number>; through: number }> => {
  const devices = new Map<string, { user: string | undefined; at: Map<number, number>; through: number }>();
  for (const { op, device, user, seq, through, after, t } of conversation.lines) {
    if (device === undefined || (op !== "event" && op !== "sync" && op !== "opened")) {
      continue;
    }
    const reader = devices.get(device) ?? { user, at: new Map<number, number>(), through: 0 };
    devices.set(device, reader);
    if (op === "opened") {
      reader.through = after ?? 0;
    }
    if (op === "event" && seq !== null && seq !== undefined && !reader.at.has(seq)) {
      reader.at.set(seq, t);
    }
    for (let next = reader.through + 1; next <= (through ?? 0); next++) {
      if (!reader.at.has(next)) {
        reader.at.set(next, t);
      }
    }
    reader.through = through ?? reader.through;
  }
  return devices;
};
