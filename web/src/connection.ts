import { HttpTransportType, HubConnectionBuilder, LogLevel, type HubConnection } from "@microsoft/signalr";
import { delayBefore, type Backoff } from "./backoff.ts";
import { notUnderstood, readAnswer, WireError, type Reader } from "./guards.ts";
import { refused, type Answer, type ServerEvent } from "./protocol.ts";
import { serverMethods } from "./server-events.ts";

export type ConnectionState = "connecting" | "online" | "waiting" | "stopped";

export interface ConnectionPorts {
  readonly url: string;
  readonly accessToken: () => Promise<Answer<string>>;
  /** The server did not take the token: the next one must be another. */
  readonly renewToken: () => Promise<void>;
  readonly random: () => number;
  /** Did the person do anything since it was last asked? */
  readonly wasActive: () => boolean;
  readonly onState: (state: ConnectionState) => void;
  readonly onConnected: () => void;
  readonly onEvent: (event: ServerEvent) => void;
}

const backoff: Backoff = { firstCeilingMs: 1_000, maxCeilingMs: 20_000 };
const answerWithinMs = 10_000;
const startWithinMs = 15_000;
const probeWithinMs = 4_000;
const heartbeatEveryMs = 30_000;
const settledAfterMs = 10_000;

/**
 * One connection to the hub after another, until stopped. The library's own reconnect is not used: it does not come back from an abort, which
 * is what a slow consumer, a drain or a revocation gets.
 */
export class Connection {
  readonly #ports: ConnectionPorts;
  #hub: HubConnection | null = null;
  #state: ConnectionState = "stopped";
  #attempt = 0;
  #retryAfterMs = 0;
  #wake: () => void = () => undefined;

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  start(): void {
    if (this.#state === "stopped") {
      void this.#run();
    }
  }

  async stop(): Promise<void> {
    this.#enter("stopped");
    this.#wake();
    await this.#hub?.stop();
  }

  /** Something changed (network back, page in front again): do not wait any longer, or find out whether the connection is still one. */
  async nudge(): Promise<void> {
    if (this.#state === "waiting") {
      this.#attempt = 0;
      this.#wake();
    } else if (this.#state === "online") {
      await this.#probe();
    }
  }

  /** Ends this connection; the next one follows at once. */
  async restart(): Promise<void> {
    await this.#hub?.stop();
  }

  async invoke<T>(method: string, argument: object, read: Reader<T>, withinMs = answerWithinMs): Promise<Answer<T>> {
    const hub = this.#hub;
    if (hub === null || this.#state !== "online") {
      return refused("unreachable", "There is no connection.");
    }
    try {
      const answer = await within(withinMs, hub.invoke<unknown>(method, argument));
      return answer === late ? refused("no_answer", "The server has not answered yet.") : readAnswer(answer, read, method);
    } catch (failure) {
      if (failure instanceof WireError) {
        return notUnderstood(failure);
      }
      // While the hub is connected a rejected call is the server's error completion: a bug there, and no reason to send it for ever.
      return hub === this.#hub && hub.state === "Connected"
        ? refused("rejected", "The server could not handle this.")
        : refused("unreachable", "The connection was lost.");
    }
  }

  async #run(): Promise<void> {
    this.#enter("connecting");
    while (!this.#stopped) {
      await this.#live();
      if (!this.#stopped) {
        await this.#pause();
      }
    }
  }

  /** From the start of one connection to its end. */
  async #live(): Promise<void> {
    const hub = this.#build();
    const ended = new Promise<void>((resolve) => hub.onclose(() => resolve()));
    try {
      if ((await within(startWithinMs, hub.start())) === late || this.#stopped) {
        await hub.stop();
        return;
      }
    } catch (failure) {
      await this.#onRefused(failure);
      return;
    }
    this.#hub = hub;
    this.#enter("online");
    const settled = setTimeout(() => (this.#attempt = 0), settledAfterMs);
    const heartbeat = setInterval(() => void this.#heartbeat(answerWithinMs), heartbeatEveryMs);
    this.#ports.onConnected();
    await ended;
    clearTimeout(settled);
    clearInterval(heartbeat);
    this.#hub = null;
  }

  /** The library tells of the status in words only. */
  async #onRefused(failure: unknown): Promise<void> {
    if (failure instanceof Error && failure.message.includes("'401'")) {
      await this.#ports.renewToken();
    }
  }

  async #pause(): Promise<void> {
    this.#enter("waiting");
    const wait = delayBefore(this.#attempt, backoff, this.#retryAfterMs, this.#ports.random);
    this.#attempt += 1;
    this.#retryAfterMs = 0;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (!this.#stopped) {
      this.#enter("connecting");
    }
  }

  #build(): HubConnection {
    const hub = new HubConnectionBuilder()
      .withUrl(this.#ports.url, { accessTokenFactory: () => this.#token(), transport: HttpTransportType.WebSockets })
      .configureLogging(LogLevel.None)
      .build();
    for (const [method, understand] of Object.entries(serverMethods)) {
      hub.on(method, (payload: unknown) => this.#receive(understand(payload)));
    }
    return hub;
  }

  #receive(event: ServerEvent): void {
    if (event.is === "closing") {
      this.#retryAfterMs = event.retryAfterMs;
    }
    this.#ports.onEvent(event);
  }

  async #token(): Promise<string> {
    const answer = await this.#ports.accessToken();
    if (!answer.ok) {
      throw new Error(answer.refusal.message);
    }
    return answer.value;
  }

  async #heartbeat(withinMs: number): Promise<boolean> {
    const answer = await this.invoke("Heartbeat", { active: this.#ports.wasActive() }, () => null, withinMs);
    return answer.ok || answer.refusal.code !== "no_answer";
  }

  async #probe(): Promise<void> {
    const hub = this.#hub;
    if (!(await this.#heartbeat(probeWithinMs)) && hub === this.#hub) {
      await this.restart();
    }
  }

  get #stopped(): boolean {
    return this.#state === "stopped";
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#ports.onState(state);
  }
}

const late = Symbol("late");

const within = async <T>(milliseconds: number, work: Promise<T>): Promise<T | typeof late> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
};
