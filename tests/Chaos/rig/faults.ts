import { setTimeout as delay } from "node:timers/promises";
import type { Device } from "../load/device.ts";
import type { History } from "./history.ts";
import type { Network } from "./network.ts";
import type { Postgres } from "./postgres.ts";
import type { Random } from "./random.ts";
import type { Server } from "./server.ts";

/** What a fault can get at. */
export interface World {
  readonly server: Server;
  readonly postgres: Postgres;
  /** Between the server and Postgres. */
  readonly storageNetwork: Network;
  /** Between some devices and the server. */
  readonly deviceNetwork: Network;
  readonly devices: readonly Device[];
  readonly behindNetwork: readonly Device[];
  readonly random: Random;
  readonly history: History;
  readonly acked: () => number;
}

export interface Fault {
  /** Why it cannot be done here; null when it can. */
  readonly missing: (world: World) => string | null;
  /** Does the harm, and heals it. Says what it was. */
  readonly strike: (world: World) => Promise<string>;
}

const possible = (): null => null;

// Between the arrival of a send and its receipt there are few milliseconds: what ends a process has to fall into them.
const inTheMiddle = async ({ devices, random }: World): Promise<void> => {
  devices.forEach((device) => device.burst());
  await delay(random.between(0, 12));
};

const disturb = ({ behindNetwork }: World): void => behindNetwork.forEach((device) => device.disturbed());

const waitForAcks = async ({ acked }: World, longestMs: number): Promise<void> => {
  const before = acked();
  for (const deadline = Date.now() + longestMs; acked() < before + 20 && Date.now() < deadline; ) {
    await delay(20);
  }
};

export const faults: Readonly<Record<string, Fault>> = {
  kill: {
    missing: possible,
    strike: async (world) => {
      await inTheMiddle(world);
      await world.server.kill();
      await world.server.start();
      return "the server is killed";
    },
  },
  drain: {
    missing: possible,
    strike: async (world) => {
      await inTheMiddle(world);
      const code = await world.server.stop();
      await world.server.start();
      if (code !== 0) {
        world.history.add({ worker: "nemesis", op: "broken", phase: "info", err: `told to end, the server ended with ${code}` });
      }
      return "the server is told to end";
    },
  },
  "postgres-kill": {
    missing: possible,
    strike: async (world) => {
      await inTheMiddle(world);
      world.postgres.kill();
      await world.postgres.start();
      return "Postgres is killed";
    },
  },
  "postgres-stop": {
    missing: possible,
    strike: async (world) => {
      const ms = Math.round(world.random.pick([1_000, 1_500, 2_000, 3_000, 8_000]) * world.random.between(0.7, 1));
      await inTheMiddle(world);
      await world.postgres.pause();
      await delay(ms);
      world.postgres.goOn();
      return `Postgres stands still for ${ms} ms`;
    },
  },
  "postgres-disk": {
    missing: ({ postgres }) => postgres.diskFault,
    strike: async (world) => {
      const ms = Math.round(world.random.between(1_500, 3_500));
      world.postgres.fillDisk();
      await delay(ms);
      world.postgres.freeDisk();
      await world.postgres.start();
      return `Postgres' disk is full for ${ms} ms`;
    },
  },
  "postgres-network": {
    missing: possible,
    strike: async (world) => {
      const { storageNetwork: network, random } = world;
      const way = random.pick(["silent", "mute", "cut"] as const);
      await inTheMiddle(world);
      if (way !== "cut") {
        network.set(way);
        await delay(random.between(100, 2_500));
      }
      // After silence a part of the connections goes on where it was.
      network.cut(way === "silent" ? 0.5 : 1);
      network.set("pass");
      return `the network to Postgres: ${way}`;
    },
  },
  "late-commit": { missing: possible, strike: (world) => lateCommit(world) },
  "stalled-readers": {
    missing: possible,
    strike: async (world) => {
      disturb(world);
      world.deviceNetwork.set("stall");
      await delay(world.random.between(1_500, 4_000));
      world.deviceNetwork.set("pass");
      return `${world.behindNetwork.length} devices do not read`;
    },
  },
  "half-open": {
    missing: possible,
    strike: async (world) => {
      const { deviceNetwork: network, random } = world;
      const way = random.pick(["silent", "mute", "cut"] as const);
      disturb(world);
      if (way !== "cut") {
        network.set(way);
        await delay(random.between(500, 3_000));
      }
      network.cut(way === "mute" ? 1 : 0.6);
      network.set("pass");
      return `the network of ${world.behindNetwork.length} devices: ${way}`;
    },
  },
  clock: {
    missing: ({ server }) => (server.hasClock ? null : "libfaketime is not installed"),
    strike: async (world) => {
      const minutes = Math.round(world.random.pick([-180, -60, -5, 5, 60, 180]) * world.random.between(0.5, 1));
      world.server.setClock(minutes * 60);
      await delay(world.random.between(2_000, 4_000));
      world.server.setClock(0);
      return `the server's clock jumps by ${minutes} min and back`;
    },
  },
};

/** A batch is under way to Postgres while its server dies, and arrives when the next one has gone on in the same conversations. Its senders come back last. */
const lateCommit = async (world: World): Promise<string> => {
  const { devices, random, server, storageNetwork } = world;
  const sleeping = new Set(random.shuffle([...new Set(devices.map(({ person }) => person))]).slice(0, Math.ceil(devices.length / 2)));
  const sleepers = devices.filter(({ person }) => sleeping.has(person));
  const others = devices.filter(({ person }) => !sleeping.has(person));
  others.forEach((device) => device.pause(true));
  for (const deadline = Date.now() + 1_000; others.some((device) => device.unanswered > 0) && Date.now() < deadline; ) {
    await delay(10);
  }
  storageNetwork.set("hold");
  sleepers.forEach((device) => device.burst());
  await delay(random.between(60, 150));
  let wake = (): void => undefined;
  const awake = new Promise<void>((resolve) => (wake = resolve));
  sleepers.forEach((device) => device.stayAway(awake));
  await server.kill();
  await server.start();
  others.forEach((device) => device.pause(false));
  await waitForAcks(world, 3_000);
  storageNetwork.release();
  await delay(300);
  wake();
  return `what ${sleepers.length} devices sent reaches Postgres after its server was killed and replaced`;
};
