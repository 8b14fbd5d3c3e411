import type { History } from "./history.ts";
import type { Postgres } from "./postgres.ts";

const keysAtOnce = 1_000;

interface StoredEntry {
  readonly conv: string;
  readonly seq: number;
  readonly kind: number;
  readonly msgId: string | null;
  readonly user: string | null;
  readonly key: string | null;
  readonly hash: string | null;
  readonly users: readonly string[];
}

/** What Postgres has at the end goes behind what everybody saw. */
export const readTruth = async (postgres: Postgres, history: History): Promise<void> => {
  const note = { worker: "truth", phase: "ok" as const };
  const entries = await postgres.rows<StoredEntry>(`
    select conversation_id as conv, sequence as seq, kind, message_id as "msgId", sender_id as "user", client_message_id as key,
           left(encode(sha256(convert_to(content, 'UTF8')), 'hex'), 16) as hash, coalesce(data -> 'userIds', '[]') as users
    from messages order by conversation_id, sequence`);
  entries.forEach(({ user, key, ...entry }) => history.add({ ...note, op: "row", ...entry, ...(user === null ? {} : { user }), ...(key === null ? {} : { key }) }));
  const heads = await postgres.rows<{ conv: string; seq: number }>("select id as conv, last_sequence as seq from conversations");
  heads.forEach((head) => history.add({ ...note, op: "head", ...head }));
  const dead = await postgres.rows<{ conv: string; key: string; reason: string }>("select conversation_id as conv, client_message_id as key, reason from dead_letters");
  dead.forEach((letter) => history.add({ ...note, op: "dead", ...letter }));
  const members = await postgres.rows<{ conv: string; user: string; cursor: number; after: number }>(
    `select conversation_id as conv, user_id as "user", read_sequence as cursor, joined_sequence as after from members`,
  );
  members.forEach((member) => history.add({ ...note, op: "member", ...member }));
};

/** Which of these keys are neither in the log nor among the dead letters. */
export const missing = async (postgres: Postgres, keys: readonly string[]): Promise<string[]> => {
  const found = new Set<string>();
  for (let first = 0; first < keys.length; first += keysAtOnce) {
    const some = keys.slice(first, first + keysAtOnce).map((key) => `'${key}'`).join(",");
    const rows = await postgres.rows<{ key: string }>(`
      select client_message_id as key from messages where client_message_id in (${some})
      union all select client_message_id from dead_letters where client_message_id in (${some})`);
    rows.forEach(({ key }) => found.add(key));
  }
  return keys.filter((key) => !found.has(key));
};
