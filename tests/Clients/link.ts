import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** The wire between a client and the server, in the hands of the test: it can be cut, in the middle of whatever goes over it, and joined. */
export class Link {
  readonly url: string;
  readonly #listener: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #joined = true;
  /** Bytes of the server's that are swallowed: the client is heard and gets no answer. */
  #deaf = false;

  private constructor(listener: Server, target: URL) {
    this.#listener = listener;
    this.#target = target;
    this.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    listener.on("connection", (client) => this.#carry(client));
  }

  static to(url: string): Promise<Link> {
    const listener = createServer();
    return new Promise((resolve) => listener.listen(0, "127.0.0.1", () => resolve(new Link(listener, new URL(url)))));
  }

  cut(): void {
    this.#joined = false;
    this.#sockets.forEach((each) => each.destroy());
  }

  join(): void {
    this.#joined = true;
    this.#deaf = false;
  }

  swallowAnswers(): void {
    this.#deaf = true;
  }

  close(): void {
    this.cut();
    this.#listener.close();
  }

  #carry(client: Socket): void {
    if (!this.#joined) {
      client.destroy();
      return;
    }
    const server = connect(Number(this.#target.port), this.#target.hostname);
    client.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => this.#deaf || client.write(bytes));
    this.#tie(client, server);
    this.#tie(server, client);
  }

  #tie(one: Socket, other: Socket): void {
    this.#sockets.add(one);
    one.on("error", () => undefined);
    one.on("close", () => {
      this.#sockets.delete(one);
      other.destroy();
    });
  }
}
