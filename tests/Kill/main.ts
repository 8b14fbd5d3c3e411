// kill -9 of the server, again and again, while clients send; then every promise is checked against the log. tests/Kill/rounds starts it.
import { parseArgs } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { checksOf, type Check } from "./checks.ts";
import { Database } from "./database.ts";
import { Member } from "./member.ts";
import { Random } from "./random.ts";
import { Server } from "./server.ts";
import { call, type ListItem, type Person } from "./wire.ts";

const people = 20;
const groupSize = 8;
const loadSeconds = { low: 0.5, high: 2 };
// Between the arrival of a send and its receipt there are few milliseconds: the kill has to fall into them.
const killAfterBurstMs = { low: 0, high: 8 };
const leastAckedPerRound = 50;
const healWithinMs = 30_000;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    server: { type: "string" },
    postgres: { type: "string" },
    log: { type: "string", default: "kill-server.log" },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed) || values.server === undefined || values.postgres === undefined) {
  console.error("usage: tests/Kill/rounds [--rounds N] [--seed S]");
  process.exit(2);
}

const random = new Random(seed);
const database = new Database(values.postgres, `kill_${process.pid}`);
database.recreate();
const server = await Server.create(values.server, database.connectionString, values.log);
process.on("exit", () => server.close());

const register = async (number: number): Promise<Person> => {
  const username = `sender${number}`;
  const password = `correct horse ${username}`;
  const signIn = (path: string, body: object) => call<{ user: { id: string }; accessToken: string }>(server.url, "POST", path, null, body);
  // A conflict: it was done, and the answer was lost.
  const { user, accessToken } = await signIn("auth/register", { email: `${username}@example.com`, username, password }).catch((failure: unknown) =>
    String(failure).includes("answered 409") ? signIn("auth/login", { login: username, password }) : Promise.reject(failure),
  );
  return { id: user.id, token: accessToken };
};

const open = async (members: readonly Person[], name?: string): Promise<{ id: string; members: readonly Person[] }> => {
  const [opener, ...others] = members;
  const participantIds = others.map(({ id }) => id);
  const body = name === undefined ? { type: "direct", participantIds } : { type: "group", name, participantIds };
  const { id } = await call<{ id: string }>(server.url, "POST", "conversations", opener?.token ?? null, body);
  return { id, members };
};

/** Pairs, and one group of those who have no pair and some who have. */
const openAll = async (persons: readonly Person[]): Promise<{ id: string; members: readonly Person[] }[]> => {
  const conversations = [await open(persons.slice(-groupSize), "All together")];
  for (let first = 0; first < people - 2; first += 2) {
    conversations.push(await open(persons.slice(first, first + 2)));
  }
  return conversations;
};

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

const waitUntil = async (what: string, holds: () => boolean): Promise<Check> => {
  const deadline = Date.now() + healWithinMs;
  while (!holds() && Date.now() < deadline) {
    await delay(20);
  }
  return { name: what, faults: holds() ? [] : [`not within ${healWithinMs} ms`] };
};

console.log(`${rounds} rounds, seed ${seed}`);
await server.start();
const persons: Person[] = [];
for (let number = 0; number < people; number++) {
  persons.push(await register(number));
}
const conversations = await openAll(persons);
const members = persons.map((person) => {
  const own = conversations.filter((conversation) => conversation.members.includes(person)).map(({ id }) => id);
  return new Member(server.url, person, own, new Random(random.next() * 2 ** 32));
});
const lanes = members.flatMap((member) => [...member.lanes.values()]);
const acked = (): number => sum(lanes.map((lane) => lane.acked.length));

const lives = members.map((member) => member.live());
const loads = members.map((member) => member.load());
let inFlightAtKills = 0;
let idleRounds = 0;
for (let round = 1; round <= rounds; round++) {
  const seconds = random.between(loadSeconds.low, loadSeconds.high);
  const before = acked();
  await waitUntil("the load runs", () => acked() > before);
  await delay(seconds * 1_000);
  members.forEach((member) => member.burst());
  await delay(random.between(killAfterBurstMs.low, killAfterBurstMs.high));
  const retriedBefore = sum(lanes.map((lane) => lane.retried));
  await server.kill();
  const startedAt = Date.now();
  await server.start();
  const inFlight = sum(lanes.map((lane) => lane.retried)) - retriedBefore;
  inFlightAtKills += inFlight;
  idleRounds += acked() === before ? 1 : 0;
  console.log(`round ${round}: killed after ${seconds.toFixed(2)} s, ${acked() - before} acked, ${inFlight} without an answer; ready again after ${Date.now() - startedAt} ms`);
}

await delay(loadSeconds.high * 1_000);
members.forEach((member) => member.stopLoad());
await Promise.all(loads);
const drained = await waitUntil("every outbox drains", () => members.every((member) => member.unanswered === 0));
const heads = new Map(database.heads().map(({ conversationId, head }) => [conversationId, head]));
const converged = await waitUntil("every client catches up by itself", () =>
  members.every((member) => [...member.timelines].every(([id, timeline]) => timeline.through >= (heads.get(id) ?? Infinity))),
);
const lists = new Map<string, readonly ListItem[]>();
for (const { id, token } of persons) {
  lists.set(id, (await call<{ items: ListItem[] }>(server.url, "GET", "conversations?limit=100", token)).items);
}
const exitCode = await server.stop();
await Promise.all(members.map((member) => member.stop()));
await Promise.all(lives);

const entries = members.flatMap((member) => [...member.timelines.values()]);
const live = sum(entries.map((timeline) => timeline.live));
const held = sum(entries.map((timeline) => timeline.entries.length));
const reconnects = sum(members.map((member) => member.connections)) - people;
const recovered = sum(lanes.map((lane) => lane.recovered));
const refusals = sum(lanes.map((lane) => lane.refused.length));
console.log(`${acked()} acked, ${inFlightAtKills} without an answer at a kill, ${recovered} of them stored; ${refusals} refused; ${reconnects} reconnects; ${live} of ${held} entries came live`);

const checks: Check[] = [
  drained,
  converged,
  { name: "the server ends in order when asked to", faults: exitCode === 0 ? [] : [`exit code ${exitCode}`] },
  ...checksOf({ members, log: database.log(), heads: new Map(database.heads().map((row) => [row.conversationId, row.head])), memberRows: database.members(), lists }),
  {
    name: "the rounds were real: load, kills in the middle of sends, reconnects, live delivery, refusals",
    faults: [
      ...(acked() >= leastAckedPerRound * rounds ? [] : [`${acked()} acked in ${rounds} rounds`]),
      ...(idleRounds === 0 ? [] : [`nothing was acked in ${idleRounds} rounds`]),
      ...(inFlightAtKills >= rounds ? [] : [`${inFlightAtKills} sends were in flight at ${rounds} kills`]),
      ...(recovered > 0 || rounds < 5 ? [] : ["no kill fell between a commit and its receipt"]),
      ...(reconnects >= people * rounds * 0.8 ? [] : [`${reconnects} reconnects of ${people} clients in ${rounds} rounds`]),
      ...(live >= held / 2 ? [] : [`${live} of ${held} entries came live`]),
      ...(refusals > 0 ? [] : ["nothing was refused"]),
    ],
  },
];
for (const { name, faults } of checks) {
  console.log(`${faults.length === 0 ? "ok" : "FAILED"} - ${name}${faults.length === 0 ? "" : ` (${faults.length})`}`);
  faults.slice(0, 5).forEach((fault) => console.log(`    ${fault}`));
}
const failed = checks.filter(({ faults }) => faults.length > 0).length;
console.log(`${checks.length - failed} passed, ${failed} failed`);
if (failed === 0) {
  database.drop();
}
process.exit(failed === 0 ? 0 : 1);
