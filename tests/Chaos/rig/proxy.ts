// A TCP proxy that can fail like a network: a process of its own, so that the load does not slow it down. Started by proxies.ts.
import { createServer, connect, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** pass; hold: bytes towards the target wait; stall: bytes towards the client wait; silent: both wait; mute: bytes towards the client are thrown away. */
export type Mode = "pass" | "hold" | "stall" | "silent" | "mute";

/** What the owner says: the mode of all connections, new ones too; or `cut`: resets a part of them; `release`: what was held for clients that are gone goes out. */
export type Order = { readonly mode: Mode } | { readonly cut: number } | { readonly release: true };

interface Pipe {
  readonly client: Socket;
  readonly target: Socket;
  readonly held: Buffer[];
  mode: Mode;
}

const pipes = new Set<Pipe>();
let mode: Mode = "pass";
const targetPort = Number(process.argv[2]);

const apply = (pipe: Pipe, next: Mode): void => {
  pipe.mode = next;
  if (next === "stall" || next === "silent") {
    pipe.target.pause();
  } else {
    pipe.target.resume();
  }
  if (next === "silent") {
    pipe.client.pause();
  } else {
    pipe.client.resume();
  }
  if (next !== "hold") {
    pipe.held.splice(0).forEach((bytes) => pipe.target.write(bytes));
  }
};

const cut = (pipe: Pipe): void => {
  pipes.delete(pipe);
  pipe.client.resetAndDestroy();
  pipe.target.resetAndDestroy();
};

const server = createServer({ noDelay: true }, (client) => {
  const target = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
  const pipe: Pipe = { client, target, held: [], mode: "pass" };
  pipes.add(pipe);
  apply(pipe, mode);
  client.on("data", (bytes) => {
    if (pipe.mode === "hold") {
      pipe.held.push(bytes);
    } else if (!target.write(bytes)) {
      client.pause();
      target.once("drain", () => apply(pipe, pipe.mode));
    }
  });
  target.on("data", (bytes) => {
    if (pipe.mode !== "mute" && !client.write(bytes)) {
      target.pause();
      client.once("drain", () => apply(pipe, pipe.mode));
    }
  });
  // Bytes that are under way arrive although their sender is gone.
  client.on("close", () => pipe.mode !== "hold" && (pipes.delete(pipe), target.end()));
  target.on("close", () => (pipes.delete(pipe), client.end()));
  [client, target].forEach((socket) => socket.on("error", () => undefined));
});

process.on("message", (order: Order) => {
  if ("mode" in order) {
    // Held are the connections that there are; those that are made meanwhile pass.
    mode = order.mode === "hold" ? "pass" : order.mode;
    pipes.forEach((pipe) => apply(pipe, order.mode));
  } else if ("cut" in order) {
    const all = [...pipes];
    all.slice(0, Math.ceil(all.length * order.cut)).forEach(cut);
  } else {
    pipes.forEach((pipe) => {
      if (pipe.client.destroyed) {
        apply(pipe, "pass");
        pipe.target.end();
      }
    });
  }
});
process.on("disconnect", () => process.exit(0));

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
