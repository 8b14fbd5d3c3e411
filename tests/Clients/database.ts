import { execFileSync } from "node:child_process";

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

  #run(database: string, sql: string): void {
    const setting = (name: string): string => this.#settings.get(name) ?? "";
    const target = ["-h", setting("host"), "-p", setting("port"), "-U", setting("username"), "-d", database];
    execFileSync("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", ...target, "-c", sql], {
      env: { ...process.env, PGPASSWORD: setting("password"), PGOPTIONS: "-c client_min_messages=warning" },
    });
  }
}
