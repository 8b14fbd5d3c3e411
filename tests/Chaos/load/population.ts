import type { History } from "../rig/history.ts";
import type { Random } from "../rig/random.ts";
import { Device } from "./device.ts";
import { insist, type Person } from "./wire.ts";

const groupSize = 8;
const atOnce = 16;

export interface Room {
  readonly id: string;
  readonly isGroup: boolean;
  /** The first opened it and is its admin. */
  readonly members: readonly Person[];
}

export interface Population {
  readonly people: readonly Person[];
  readonly rooms: readonly Room[];
  readonly devices: readonly Device[];
  /** Those whose network can fail. */
  readonly behindNetwork: readonly Device[];
}

/** Of ten people four are in pairs and eight in groups; one of each conversation has a second device. */
export const populate = async (count: number, url: () => string, networkUrl: () => string, random: Random, history: History): Promise<Population> => {
  const people: Person[] = [];
  for (let first = 0; first < count; first += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - first) }, (_, index) => first + index);
    people.push(...(await Promise.all(numbers.map((number) => register(url, number)))));
  }
  const rooms: Room[] = [];
  for (let first = 0; first + 2 <= count * 0.4; first += 2) {
    rooms.push(await open(url, people.slice(first, first + 2), false));
  }
  for (let first = Math.floor(count * 0.2); first + groupSize <= count; first += groupSize) {
    rooms.push(await open(url, people.slice(first, first + groupSize), true));
  }
  rooms.forEach(({ id, members }) => history.add({ worker: "rig", op: "made", phase: "ok", conv: id, users: members.map((person) => person.id) }));

  const devices: Device[] = [];
  const behindNetwork: Device[] = [];
  const add = (person: Person, suffix: string): void => {
    const own = rooms.filter(({ members }) => members.includes(person)).map(({ id }) => id);
    const isBehind = random.chance(0.25);
    const device = new Device(`${people.indexOf(person)}${suffix}`, person, own, isBehind ? networkUrl : url, random.fork(), history);
    devices.push(device);
    if (isBehind) {
      behindNetwork.push(device);
    }
  };
  people.filter((person) => rooms.some(({ members }) => members.includes(person))).forEach((person) => add(person, "a"));
  new Set(rooms.flatMap(({ members }) => members.slice(0, 1))).forEach((person) => add(person, "b"));
  return { people, rooms, devices, behindNetwork };
};

const register = async (url: () => string, number: number): Promise<Person> => {
  const username = `person${number}`;
  const password = `correct horse ${username}`;
  const signIn = (path: string, body: object) => insist<{ user: { id: string }; accessToken: string }>(url, "POST", `auth/${path}`, null, body);
  // A conflict: it was done, and the answer was lost.
  const { user, accessToken } = await signIn("register", { email: `${username}@example.com`, username, password }).catch((failure: unknown) =>
    String(failure).includes("answered 409") ? signIn("login", { login: username, password }) : Promise.reject(failure),
  );
  return { id: user.id, token: accessToken };
};

const open = async (url: () => string, members: readonly Person[], isGroup: boolean): Promise<Room> => {
  const [opener, ...others] = members;
  const participantIds = others.map(({ id }) => id);
  const body = isGroup ? { type: "group", name: "Together", participantIds } : { type: "direct", participantIds };
  const { id } = await insist<{ id: string }>(url, "POST", "conversations", opener?.token ?? null, body);
  return { id, isGroup, members };
};
