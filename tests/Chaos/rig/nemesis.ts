import { setTimeout as delay } from "node:timers/promises";
import { faults, type World } from "./faults.ts";

const calmMs = { low: 1_000, high: 3_500 };
const recoveredWithinMs = 60_000;

/** Strikes with one fault after the other, each kind as often as the others, and sees to it that the product works again before the next. */
export class Nemesis {
  readonly struck = new Map<string, number>();
  /** Kinds that cannot be done here, with the reason. */
  readonly leftOut = new Map<string, string>();
  readonly #world: World;
  readonly #kinds: readonly string[];

  constructor(world: World, kinds: readonly string[]) {
    this.#world = world;
    for (const kind of kinds) {
      const missing = faults[kind]?.missing(world) ?? null;
      if (missing !== null) {
        this.leftOut.set(kind, missing);
      }
    }
    this.#kinds = kinds.filter((kind) => !this.leftOut.has(kind));
    this.#kinds.forEach((kind) => this.struck.set(kind, 0));
  }

  get total(): number {
    return [...this.struck.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Until the time is over and every kind was done, or that many faults were. */
  async run(milliseconds: number, most: number): Promise<void> {
    const { random, acked } = this.#world;
    const end = Date.now() + milliseconds;
    let deck: string[] = [];
    while ((Date.now() < end || [...this.struck.values()].includes(0)) && this.total < most) {
      await delay(random.between(calmMs.low, calmMs.high));
      deck = deck.length > 0 ? deck : random.shuffle(this.#kinds);
      const before = acked();
      await this.#strike(deck.shift() ?? "");
      if (!(await this.#recovers())) {
        this.#world.history.add({ worker: "nemesis", op: "broken", phase: "info", err: `nothing was acknowledged for ${recoveredWithinMs} ms after a fault` });
        return;
      }
      console.log(`    ${acked() - before} acknowledged until the product worked again`);
    }
  }

  async #strike(kind: string): Promise<void> {
    const { history } = this.#world;
    const note = { worker: "nemesis", op: "fault", fault: kind };
    const began = history.now();
    history.add({ ...note, phase: "invoke" });
    const what = (await faults[kind]?.strike(this.#world)) ?? "";
    history.add({ ...note, phase: "ok", what });
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
    console.log(`${String(this.total).padStart(3)} ${(began / 1e9).toFixed(1)} s ${kind}: ${what} (${((history.now() - began) / 1e6).toFixed(0)} ms)`);
  }

  /** New acknowledgements come again. */
  async #recovers(): Promise<boolean> {
    const { acked, devices } = this.#world;
    const wanted = acked() + devices.length / 4;
    for (const deadline = Date.now() + recoveredWithinMs; Date.now() < deadline; await delay(20)) {
      if (acked() >= wanted) {
        return true;
      }
    }
    return false;
  }
}
