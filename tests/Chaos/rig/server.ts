import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const readyWithinMs = 60_000;
const betweenStartsMs = 300;
const drainedWithinMs = 45_000;
// Only the wall clock. Without the last one every timed wait of .NET ends at once and begins again: four seconds of a processor for a start.
const clockThatMoves = { FAKETIME_CACHE_DURATION: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1", FAKETIME_FORCE_MONOTONIC_FIX: "0" };

export interface ServerSettings {
  readonly assembly: string;
  readonly connectionString: string;
  readonly logFile: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** libfaketime, and the file by which the server's clock is moved while it runs. */
  readonly clock?: { readonly library: string; readonly file: string } | undefined;
}

/** The real server as a process of its own, at one address for all of its lives. */
export class Server {
  readonly port: number;
  readonly #settings: ServerSettings;
  readonly #log: number;
  readonly #fallback: string;
  #process: ChildProcess | null = null;
  #ended: Promise<number | null> = Promise.resolve(null);

  private constructor(settings: ServerSettings, port: number) {
    this.#settings = settings;
    this.port = port;
    this.#log = openSync(settings.logFile, "w");
    // Kept over its lives, as a volume would be; what another database left there is not ours.
    this.#fallback = resolve(`${settings.logFile}.fallback`);
    rmSync(this.#fallback, { recursive: true, force: true });
    this.setClock(0);
  }

  static async create(settings: ServerSettings): Promise<Server> {
    return new Server(settings, await freePort());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get hasClock(): boolean {
    return this.#settings.clock !== undefined;
  }

  setClock(offsetSeconds: number): void {
    if (this.#settings.clock !== undefined) {
      writeFileSync(this.#settings.clock.file, `${offsetSeconds >= 0 ? "+" : ""}${offsetSeconds}`);
    }
  }

  /** Resolves when it takes part in delivery; one that ends before is started again, as a supervisor would. */
  async start(): Promise<void> {
    this.#launch();
    for (const deadline = Date.now() + readyWithinMs; ; await delay(20)) {
      if (await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then((answer) => answer.ok, () => false)) {
        return;
      }
      if (Date.now() > deadline) {
        throw new Error(`The server is not ready after ${readyWithinMs} ms (log: ${this.#settings.logFile}).`);
      }
      if (this.#process?.exitCode !== null || this.#process.signalCode !== null) {
        await delay(betweenStartsMs);
        this.#launch();
      }
    }
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#ended;
  }

  /** Asks it to end in order; its exit code, null when it had to be killed. */
  async stop(): Promise<number | null> {
    this.#process?.kill("SIGTERM");
    const code = await Promise.race([this.#ended, delay(drainedWithinMs, null, { ref: false })]);
    await this.kill();
    return code;
  }

  close(): void {
    this.#process?.kill("SIGKILL");
    closeSync(this.#log);
  }

  #launch(): void {
    const { clock } = this.#settings;
    const fakeTime = clock === undefined ? {} : { ...clockThatMoves, LD_PRELOAD: clock.library, FAKETIME_TIMESTAMP_FILE: clock.file };
    const server = spawn("dotnet", [this.#settings.assembly], {
      stdio: ["ignore", this.#log, this.#log],
      env: {
        ...process.env,
        ...fakeTime,
        ...this.#settings.environment,
        ASPNETCORE_URLS: this.url,
        ConnectionStrings__Postgres: this.#settings.connectionString,
        Chat__Silo__SiloPort: "0",
        Chat__Silo__GatewayPort: "0",
        Chat__Fallback__Folder: this.#fallback,
      },
    });
    this.#process = server;
    this.#ended = new Promise((resolve) => server.once("exit", (code) => resolve(code)));
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
