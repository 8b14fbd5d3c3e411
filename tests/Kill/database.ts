import { execFileSync } from "node:child_process";

/** One entry of the log as Postgres has it. */
export interface Row {
  readonly conversationId: string;
  readonly sequence: number;
  readonly kind: number;
  readonly messageId: string | null;
  readonly senderId: string | null;
  readonly clientMessageId: string | null;
  readonly content: string | null;
}

export interface MemberRow {
  readonly conversationId: string;
  readonly userId: string;
  readonly readSequence: number;
  /** Messages by others, not deleted, visible to the member, after the read cursor: counted from the log. */
  readonly unread: number;
}

export interface HeadRow {
  readonly conversationId: string;
  readonly head: number;
}

/** A database of its own for one run, on a server where databases may be made and dropped. */
export class Database {
  readonly #settings: ReadonlyMap<string, string>;
  readonly #name: string;

  constructor(serverConnectionString: string, name: string) {
    const pairs = serverConnectionString.split(";").filter((part) => part.includes("="));
    this.#settings = new Map(pairs.map((part) => [part.slice(0, part.indexOf("=")).toLowerCase(), part.slice(part.indexOf("=") + 1)]));
    this.#name = name;
  }

  get connectionString(): string {
    return [...this.#settings].map(([key, value]) => `${key}=${key === "database" ? this.#name : value}`).join(";");
  }

  recreate(): void {
    this.drop();
    this.#run("postgres", `create database ${this.#name}`);
  }

  drop(): void {
    this.#run("postgres", `drop database if exists ${this.#name} with (force)`);
  }

  log(): Row[] {
    return this.#rows(`
      select conversation_id as "conversationId", sequence, kind, message_id as "messageId", sender_id as "senderId",
             client_message_id as "clientMessageId", content
      from messages order by conversation_id, sequence`);
  }

  heads(): HeadRow[] {
    return this.#rows(`select id as "conversationId", last_sequence as head from conversations`);
  }

  members(): MemberRow[] {
    return this.#rows(`
      select m.conversation_id as "conversationId", m.user_id as "userId", m.read_sequence as "readSequence",
             (select count(*) from messages e where e.conversation_id = m.conversation_id and e.kind = 0 and e.deleted_at is null
              and e.sender_id <> m.user_id and e.sequence > greatest(m.read_sequence, m.joined_sequence)) as unread
      from members m`);
  }

  #rows<T>(query: string): T[] {
    return this.#run(this.#name, `select row_to_json(rows) from (${query}) rows`)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as T);
  }

  #run(database: string, sql: string): string {
    const setting = (name: string): string => this.#settings.get(name) ?? "";
    const target = ["-h", setting("host"), "-p", setting("port"), "-U", setting("username"), "-d", database];
    return execFileSync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", ...target, "-c", sql], {
      encoding: "utf8",
      env: { ...process.env, PGPASSWORD: setting("password"), PGOPTIONS: "-c client_min_messages=warning" },
      maxBuffer: 1 << 30,
    });
  }
}
