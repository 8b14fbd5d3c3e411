import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const readyWithinMs = 60_000;
const drainedWithinMs = 40_000;

/** The real server as a process of its own, at one address for all of its lives. */
export class Server {
  readonly url: string;
  readonly #assembly: string;
  readonly #connectionString: string;
  readonly #log: number;
  #process: ChildProcess | null = null;
  #ended: Promise<number | null> = Promise.resolve(null);

  private constructor(assembly: string, connectionString: string, logFile: string, port: number) {
    this.#assembly = assembly;
    this.#connectionString = connectionString;
    this.#log = openSync(logFile, "w");
    this.url = `http://127.0.0.1:${port}`;
  }

  static async create(assembly: string, connectionString: string, logFile: string): Promise<Server> {
    return new Server(assembly, connectionString, logFile, await freePort());
  }

  /** Resolves when it takes part in delivery. */
  async start(): Promise<void> {
    const server = spawn("dotnet", [this.#assembly], {
      stdio: ["ignore", this.#log, this.#log],
      env: {
        ...process.env,
        ASPNETCORE_URLS: this.url,
        ConnectionStrings__Postgres: this.#connectionString,
        Chat__Silo__SiloPort: "0",
        Chat__Silo__GatewayPort: "0",
      },
    });
    this.#process = server;
    this.#ended = new Promise((resolve) => server.once("exit", (code) => resolve(code)));
    for (const deadline = Date.now() + readyWithinMs; ; await delay(20)) {
      if (await fetch(`${this.url}/health/ready`).then((answer) => answer.ok, () => false)) {
        return;
      }
      if (server.exitCode !== null || Date.now() > deadline) {
        throw new Error(server.exitCode === null ? `The server is not ready after ${readyWithinMs} ms.` : `The server ended with ${server.exitCode}.`);
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
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
