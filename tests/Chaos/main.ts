// Faults, one after the other, while devices send and read; then every promise is checked against what is stored. scripts/chaos starts it.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { checkFolder, type Report, type Verdict } from "./check/checker.ts";
import { Auditor } from "./load/auditor.ts";
import { Changer } from "./load/changer.ts";
import { populate } from "./load/population.ts";
import type { Person } from "./load/wire.ts";
import { faults, type World } from "./rig/faults.ts";
import { History } from "./rig/history.ts";
import { Nemesis } from "./rig/nemesis.ts";
import { Network } from "./rig/network.ts";
import { Postgres } from "./rig/postgres.ts";
import { Random } from "./rig/random.ts";
import { Server } from "./rig/server.ts";
import { teeth } from "./rig/teeth.ts";
import { missing, readTruth } from "./rig/truth.ts";

const connectedWithinMs = 60_000;
const diskMegabytes = 1_024;
// Made before the clock's zero, tokens hold also while the clock stands back.
const signInSeconds = -6 * 3_600;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    minutes: { type: "string", default: "3" },
    most: { type: "string", default: "100000" },
    people: { type: "string", default: "200" },
    rate: { type: "string", default: "300" },
    faults: { type: "string", default: Object.keys(faults).join(",") },
    server: { type: "string" },
    root: { type: "string" },
    revision: { type: "string", default: "" },
    engine: { type: "string", default: "" },
    broken: { type: "string" },
    "fake-time": { type: "string" },
  },
});
const [seed, minutes, people, rate] = [values.seed, values.minutes, values.people, values.rate].map(Number) as [number, number, number, number];
const tooth = values.broken === undefined ? null : teeth[values.broken];
const kinds = tooth?.faults ?? values.faults.split(",");
// What is broken on purpose may never become quiet.
const quietWithinMs = tooth === null ? 60_000 : 8_000;
const unknown = kinds.filter((kind) => faults[kind] === undefined);
if (!Number.isInteger(seed) || !(minutes > 0) || !(people >= 40) || !(rate > 0) || unknown.length > 0 || tooth === undefined || values.server === undefined || values.root === undefined) {
  console.error(`usage: scripts/chaos [--seed S] [--minutes M] [--engine E] [--faults ${Object.keys(faults).join(",")}] [--most FAULTS] [--people N] [--rate SENDS_PER_S] [--broken ${Object.keys(teeth).join("|")}]`);
  process.exit(2);
}

const folder = join(values.root, "artifacts/chaos", String(seed));
const random = new Random(seed);
const history = new History(folder);
const postgres = await Postgres.create(join(values.root, "scripts/postgres"), `chat-chaos-${process.pid}`, diskMegabytes);
process.on("exit", () => postgres.remove());
["SIGINT", "SIGTERM"].forEach((signal) => process.on(signal, () => process.exit(130)));
const storageNetwork = await Network.before(postgres.port);
const server = await Server.create({
  assembly: values.server,
  connectionString: postgres.connectionString(storageNetwork.port),
  logFile: join(folder, "server.log"),
  environment: {
    Chat__Auth__PasswordIterations: "1000",
    Chat__Auth__AccessTokenSeconds: "86400",
    ...(values.broken === undefined ? {} : { CHAT_BROKEN: values.broken }),
  },
  clock: values["fake-time"] === undefined ? undefined : { library: values["fake-time"], file: join(folder, "clock") },
});
process.on("exit", () => server.close());
server.setClock(signInSeconds);
await server.start();
const deviceNetwork = await Network.before(server.port);

const { rooms, devices, behindNetwork, people: persons } = await populate(people, () => server.url, () => `http://127.0.0.1:${deviceNetwork.port}`, random.fork(), history);
server.setClock(0);
const acked = (): number => devices.reduce((sum, device) => [...device.lanes.values()].reduce((all, lane) => all + lane.acked, sum), 0);
const world: World = { server, postgres, storageNetwork, deviceNetwork, devices, behindNetwork, random: random.fork(), history, acked };
const nemesis = new Nemesis(world, kinds);
history.add({ worker: "rig", op: "settings", phase: "ok", seed, revision: values.revision, engine: values.engine, minutes, people, rate, rooms: rooms.length, devices: devices.length, kinds: [...nemesis.struck.keys()], leftOut: Object.fromEntries(nemesis.leftOut), broken: values.broken ?? null });
console.log(`chaos: seed ${seed}, ${minutes} min, ${devices.length} devices of ${persons.length} people in ${rooms.length} conversations, ${rate} sends/s, faults ${[...nemesis.struck.keys()].join(", ")}`);
nemesis.leftOut.forEach((reason, kind) => console.log(`    without ${kind}: ${reason}`));

const waitUntil = async (what: string, withinMs: number, holds: () => boolean | Promise<boolean>): Promise<Verdict> => {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await delay(50)) {
    if (await holds()) {
      return { name: what, title: what, faults: 0, examples: [] };
    }
  }
  return { name: what, title: what, faults: 1, examples: [`not within ${withinMs} ms`] };
};

const auditor = new Auditor(rooms, () => server.url, random.fork(), history);
const changer = new Changer(rooms, () => server.url, random.fork(), history);
const lives = devices.map((device) => device.live());
await waitUntil("every device connects", connectedWithinMs, () => devices.every((device) => device.isConnected));
const loads = [...devices.map((device) => device.load((devices.length / rate) * 1_000)), auditor.run(), changer.run()];

let broken: string | null = null;
try {
  await nemesis.run(minutes * 60_000, tooth?.most ?? Number(values.most));
} catch (failure) {
  broken = String(failure);
}
console.log("the load ends");
auditor.stop();
changer.stop();
devices.forEach((device) => device.stopLoad());
await Promise.all(loads);
const drained = await waitUntil("every send is answered in the end", quietWithinMs, () => devices.every((device) => device.unanswered === 0));
let held = devices.flatMap((device) => [...device.lanes.values()].flatMap((lane) => [...lane.held]));
const rescued = await waitUntil("what was held is stored in the end", quietWithinMs, async () => (held = await missing(postgres, held)).length === 0);
const heads = new Map((await postgres.rows<{ id: string; head: number }>("select id, last_sequence as head from conversations")).map(({ id, head }) => [id, head]));
const converged = await waitUntil("every device catches up by itself", quietWithinMs, () =>
  devices.every((device) => [...device.timelines].every(([id, { through }]) => through === null || through >= (heads.get(id) ?? 0))),
);
if (broken === null && tooth === null) {
  for (const room of rooms) {
    const isIn = (person: Person): boolean => devices.some((device) => device.person === person && device.timelines.get(room.id)?.through !== null);
    await Promise.all(room.members.filter(isIn).slice(0, 2).map((person) => auditor.walk(room, person)));
  }
  await Promise.all(persons.map((person) => auditor.list(person, true)));
}
devices.forEach((device) => void device.stop());
await Promise.all(lives);
const exitCode = await server.stop();
await readTruth(postgres, history);
history.close();

const report = await checkFolder(folder);
const own: Verdict[] = [
  drained,
  rescued,
  converged,
  { name: "ends", title: "the server ends in order when asked to", faults: exitCode === 0 ? 0 : 1, examples: exitCode === 0 ? [] : [`exit code ${exitCode}`] },
  { name: "works", title: "the product works again after every fault", faults: broken === null ? 0 : 1, examples: broken === null ? [] : [broken] },
];
const failed = print([...own, ...report.verdicts], report);
[storageNetwork, deviceNetwork].forEach((network) => network.close());
const caught = report.verdicts.filter(({ name, faults: count }) => count > 0 && tooth?.caughtBy.includes(name) === true).map(({ name }) => name);
if (tooth !== null) {
  console.log(`chaos: ${values.broken} is ${caught.length > 0 ? `caught by ${caught.join(", ")}; OK` : `not caught by ${tooth?.caughtBy.join(" or ")}; FAILED`}`);
}
const isGood = tooth === null ? failed === 0 : caught.length > 0;
if (isGood) {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(isGood ? 0 : 1);

function percentiles(values: readonly number[]): string {
  const sorted = Float64Array.from(values).sort();
  const at = (part: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(0);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (${sorted.length})`;
}

function print(verdicts: readonly Verdict[], { totals, live, healed }: Report): number {
  for (const { title, faults: count, examples } of verdicts) {
    console.log(`${count === 0 ? "ok" : "FAILED"} - ${title}${count === 0 ? "" : ` (${count})`}`);
    examples.forEach((example) => console.log(`    ${example}`));
  }
  console.log(`sends: ${totals.tried} tried, ${totals.acked} acknowledged (${totals.held} held first), ${totals.unknown} without an answer at first (${totals.recovered} of them stored), ${totals.refused} refused`);
  console.log(`from the receipt to members' devices: ${percentiles(live)}; from the reconnect: ${percentiles(healed)}; ${totals.repeatedEvents} events came twice`);
  const bad = verdicts.filter(({ faults: count }) => count > 0).length;
  console.log(tooth === null ? `${verdicts.length - bad} passed, ${bad} failed` : `${bad} checks of ${verdicts.length} failed`);
  const of = (...names: string[]): number => verdicts.filter(({ name }) => names.includes(name)).reduce((sum, { faults: count }) => sum + count, 0);
  const done = [...nemesis.struck].map(([kind, count]) => `${kind} ${count}`).join(", ");
  console.log(
    `chaos: seed ${seed}, ${minutes} min: ${totals.acked} acknowledged, ${nemesis.total} faults (${done}): ` +
      `${of("lost")} lost, ${of("doubled", "split")} doubled, ${of("gaps", "real-time", "send-order", "reader-order", "event-order")} reordered; ${bad === 0 ? "OK" : `FAILED, see ${folder}`}`,
  );
  return bad;
}
