import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "../Kill/server.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

export interface RunningServer {
  readonly url: string;
  readonly close: () => void;
}

/** The server that CHAT_URL names, or the one that was built last as a process of its own. */
export const startServer = async (name: string): Promise<RunningServer> => {
  const given = process.env["CHAT_URL"];
  if (given !== undefined) {
    return { url: given.replace(/\/$/, ""), close: () => undefined };
  }
  const logs = join(root, "artifacts/test-logs");
  mkdirSync(logs, { recursive: true });
  const server = await Server.create(newestBuild(), process.env["ConnectionStrings__Postgres"] ?? "", join(logs, `${name}-server.log`));
  await server.start();
  return { url: server.url, close: () => server.close() };
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
