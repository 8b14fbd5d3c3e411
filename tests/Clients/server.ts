import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "../Chaos/rig/server.ts";
import { Database } from "./database.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

export interface RunningServer {
  readonly url: string;
  readonly close: () => void;
  /** Kills it and starts it again; null where it is not ours, or would have forgotten everything. */
  readonly restart: (() => Promise<void>) | null;
}

/** The server that CHAT_URL names, or the one that was built last as a process of its own: on a fresh database where CHAT_TEST_POSTGRES names a server for it, in memory otherwise. */
export const startServer = async (name: string): Promise<RunningServer> => {
  const given = process.env["CHAT_URL"];
  if (given !== undefined) {
    return { url: given.replace(/\/$/, ""), close: () => undefined, restart: null };
  }
  const logs = join(root, "artifacts/test-logs");
  mkdirSync(logs, { recursive: true });
  const postgres = process.env["CHAT_TEST_POSTGRES"];
  const database = postgres === undefined ? null : new Database(postgres, `${name}_${process.pid}`.replaceAll("-", "_"));
  database?.recreate();
  const server = await Server.create({ assembly: newestBuild(), connectionString: database?.connectionString ?? "", logFile: join(logs, `${name}-server.log`) });
  await server.start();
  const restart = async (): Promise<void> => {
    await server.kill();
    await server.start();
  };
  return {
    url: server.url,
    restart: database === null ? null : restart,
    close: () => {
      server.close();
      database?.drop();
    },
  };
};

const newestBuild = (): string => {
  const engines = process.env["ChatEngine"] === undefined ? ["embedded", "orleans"] : [process.env["ChatEngine"]];
  const builds = engines
    .flatMap((engine) => ["release", "debug"].map((kind) => join(root, `artifacts/${engine}/bin/Chat.Api/${kind}/Chat.Api.dll`)))
    .filter((path) => existsSync(path))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  const [newest] = builds;
  if (newest === undefined) {
    throw new Error("There is no server to test: build it first (dotnet build api), or name one in CHAT_URL.");
  }
  return newest;
};
