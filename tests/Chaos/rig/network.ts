import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Mode, Order } from "./proxy.ts";

/** A stretch of network between somebody and a port of this machine. */
export class Network {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  static async before(targetPort: number): Promise<Network> {
    const child = fork(fileURLToPath(new URL("proxy.ts", import.meta.url)), [String(targetPort)]);
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new Network(child, port);
  }

  set(mode: Mode): void {
    this.#order({ mode });
  }

  /** Resets this part of the connections. */
  cut(part: number): void {
    this.#order({ cut: part });
  }

  /** What was under way of clients that have gone arrives now. */
  release(): void {
    this.#order({ release: true });
  }

  close(): void {
    this.#process.disconnect();
  }

  #order(order: Order): void {
    this.#process.send(order);
  }
}
