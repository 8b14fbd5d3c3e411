import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, realpathSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const startWithinMs = 60_000;
const marginBytes = 1 << 20;
// Of the small disk the log of writes ahead may take this much.
const walMegabytes = 256;

/** A Postgres of the rig's own, made by scripts/postgres; as root on a small file system of its own, which can be filled. */
export class Postgres {
  readonly #script: string;
  readonly #folder: string;
  readonly #isOwnDisk: boolean;
  #settings: ReadonlyMap<string, string> = new Map();

  private constructor(script: string, folder: string, isOwnDisk: boolean) {
    this.#script = script;
    this.#folder = folder;
    this.#isOwnDisk = isOwnDisk;
  }

  static async create(script: string, name: string, megabytes: number): Promise<Postgres> {
    const folder = join("/var/tmp", name);
    mkdirSync(folder, { recursive: true });
    const mounted = process.getuid?.() === 0 && isMounted(folder, megabytes);
    const postgres = new Postgres(script, folder, mounted);
    await postgres.start();
    await postgres.#psql(`alter system set max_wal_size = '${walMegabytes}MB'`);
    await postgres.#psql("select pg_reload_conf()");
    return postgres;
  }

  /** Why the disk cannot be filled; null when it can. */
  get diskFault(): string | null {
    return this.#isOwnDisk ? null : "only root can mount a small file system";
  }

  get port(): number {
    return Number(this.#settings.get("port"));
  }

  /** As the server is told, through this port. */
  connectionString(port: number): string {
    return [...this.#settings].map(([key, value]) => `${key}=${key === "port" ? port : value}`).join(";");
  }

  /** After a crash it may refuse for a while: until the processes of the old one are gone. Always on the port that the networks lead to. */
  async start(): Promise<void> {
    for (const deadline = Date.now() + startWithinMs; ; await delay(300)) {
      try {
        const { stdout } = await run(this.#script, ["start", this.#folder, ...(this.#settings.has("port") ? [String(this.port)] : [])]);
        const pairs = stdout.trim().split(";").filter((part) => part.includes("="));
        this.#settings = new Map(pairs.map((part) => [part.slice(0, part.indexOf("=")).toLowerCase(), part.slice(part.indexOf("=") + 1)]));
        // Just killed, it may still have looked like one that runs.
        await this.#psql("select 1");
        return;
      } catch (failure) {
        if (Date.now() > deadline) {
          throw failure;
        }
      }
    }
  }

  kill(): void {
    process.kill(this.#postmaster(), "SIGKILL");
  }

  /** All of its processes stand still. */
  async pause(): Promise<void> {
    this.#signal("SIGSTOP");
    // A process that was forked meanwhile.
    await delay(20);
    this.#signal("SIGSTOP");
  }

  goOn(): void {
    this.#signal("SIGCONT");
  }

  /** To the last page, whatever Postgres itself writes meanwhile. */
  fillDisk(): void {
    const ballast = join(this.#home(), "ballast");
    const { bavail, bsize } = statfsSync(this.#home());
    execFileSync("fallocate", ["-l", String(Math.max(bsize, bavail * bsize - marginBytes)), ballast]);
    try {
      for (;;) {
        appendFileSync(ballast, Buffer.alloc(bsize));
      }
    } catch {
      // That is what was wanted.
    }
  }

  freeDisk(): void {
    rmSync(join(this.#home(), "ballast"), { force: true });
  }

  async rows<T>(query: string): Promise<T[]> {
    const stdout = await this.#psql(`select row_to_json(rows) from (${query}) rows`);
    return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as T);
  }

  /** It ends, and nothing of it stays. */
  remove(): void {
    try {
      this.goOn();
    } catch {
      // It does not run.
    }
    const home = this.#home();
    try {
      execFileSync(this.#script, ["stop", this.#folder]);
    } catch {
      this.kill();
    }
    if (this.#isOwnDisk) {
      execFileSync("umount", ["-l", home]);
    }
    rmSync(home, { recursive: true, force: true });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #psql(sql: string): Promise<string> {
    const setting = (name: string): string => this.#settings.get(name) ?? "";
    const target = ["-h", setting("host"), "-p", setting("port"), "-U", setting("username"), "-d", setting("database")];
    const { stdout } = await run("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", ...target, "-c", sql], {
      env: { ...process.env, PGPASSWORD: setting("password"), PGOPTIONS: "-c client_min_messages=warning" },
      maxBuffer: 1 << 30,
    });
    return stdout;
  }

  #home(): string {
    return realpathSync(this.#folder);
  }

  #postmaster(): number {
    return Number(readFileSync(join(this.#home(), "data", "postmaster.pid"), "utf8").split("\n")[0]);
  }

  #signal(signal: NodeJS.Signals): void {
    const postmaster = this.#postmaster();
    const children = execFileSync("ps", ["-o", "pid=", "--ppid", String(postmaster)], { encoding: "utf8" }).split("\n").map(Number).filter((pid) => pid > 0);
    for (const pid of [postmaster, ...children]) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has just ended.
      }
    }
  }
}

const isMounted = (folder: string, megabytes: number): boolean => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=711`, "chat-chaos", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
