import { setTimeout as delay } from "node:timers/promises";
import { HttpTransportType, HubConnectionBuilder, LogLevel, type HubConnection } from "./signalr.ts";
import type { Random } from "./random.ts";
import { SendLane } from "./send-lane.ts";
import { Timeline } from "./timeline.ts";
import type { Answer, ConversationSync, HeadChanged, LogEvent, Person } from "./wire.ts";

const pauseBetweenSendsMs = { low: 20, high: 80 };
const pauseBeforeReconnectMs = { low: 20, high: 120 };

/** One client: keeps one connection after another, sends without end, and heals what it missed. */
export class Member {
  readonly person: Person;
  readonly lanes = new Map<string, SendLane>();
  readonly timelines = new Map<string, Timeline>();
  /** The highest cursor per conversation that the server called stored. */
  readonly marked = new Map<string, number>();
  readonly faults: string[] = [];
  connections = 0;
  readonly #url: string;
  readonly #random: Random;
  #hub: HubConnection | null = null;
  #sending = false;
  #stopped = false;
  #syncing = false;
  #syncAgain = false;
  #marking = 0;

  constructor(url: string, person: Person, conversations: readonly string[], random: Random) {
    this.#url = url;
    this.person = person;
    this.#random = random;
    for (const id of conversations) {
      this.lanes.set(id, new SendLane(id, person, random, (method, argument) => this.#invoke(method, argument)));
      this.timelines.set(id, new Timeline());
      this.marked.set(id, 0);
    }
  }

  get unanswered(): number {
    return [...this.lanes.values()].reduce((sum, lane) => sum + lane.unanswered, this.#marking);
  }

  /** Runs until stopped. */
  async live(): Promise<void> {
    while (!this.#stopped) {
      await this.#connect();
      await delay(this.#random.between(pauseBeforeReconnectMs.low, pauseBeforeReconnectMs.high));
    }
  }

  /** Sends until told to stop. */
  async load(): Promise<void> {
    this.#sending = true;
    while (this.#sending) {
      const lane = this.#random.pick([...this.lanes.values()]);
      lane.offer();
      if (this.#random.chance(0.05)) {
        void this.#markRead(lane.conversationId);
      }
      await delay(this.#random.between(pauseBetweenSendsMs.low, pauseBetweenSendsMs.high));
    }
  }

  /** Something into every conversation at once. */
  burst(): void {
    [...this.lanes.values()].forEach((lane) => lane.offer());
  }

  stopLoad(): void {
    this.#sending = false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#hub?.stop();
  }

  async #connect(): Promise<void> {
    const hub = this.#build();
    const closed = new Promise<void>((resolve) => hub.onclose(() => resolve()));
    try {
      await hub.start();
    } catch {
      return;
    }
    this.#hub = hub;
    this.connections++;
    [...this.timelines.values()].forEach((timeline) => timeline.connected());
    void this.#sync();
    [...this.lanes.values()].forEach((lane) => lane.connected());
    await closed;
    this.#hub = null;
    [...this.lanes.values()].forEach((lane) => lane.disconnected());
  }

  #build(): HubConnection {
    const hub = new HubConnectionBuilder()
      .withUrl(`${this.#url}/hubs/chat`, {
        accessTokenFactory: () => this.person.token,
        transport: HttpTransportType.WebSockets,
        skipNegotiation: true,
      })
      .configureLogging(LogLevel.None)
      .build();
    hub.on("MessageReceived", (event: LogEvent) => this.#receive(event));
    hub.on("MembersChanged", (event: LogEvent) => this.#receive(event));
    hub.on("ConversationChanged", (event: HeadChanged) => this.#compare(event));
    hub.on("SyncNeeded", () => void this.#sync());
    ["ReadMoved", "TypingChanged", "PresenceChanged", "Degraded", "Closing"].forEach((name) => hub.on(name, () => undefined));
    return hub;
  }

  #receive(event: LogEvent): void {
    if (this.timelines.get(event.conversationId)?.receive(event) === false) {
      void this.#sync();
    }
  }

  #compare({ conversationId, head }: HeadChanged): void {
    const timeline = this.timelines.get(conversationId);
    if (timeline !== undefined && head > timeline.through) {
      void this.#sync();
    }
  }

  /** One at a time; what is asked for meanwhile is asked once more. */
  async #sync(): Promise<void> {
    this.#syncAgain = true;
    if (this.#syncing) {
      return;
    }
    this.#syncing = true;
    while (this.#syncAgain) {
      this.#syncAgain = false;
      await this.#syncOnce();
    }
    this.#syncing = false;
  }

  async #syncOnce(): Promise<void> {
    const positions = [...this.timelines].map(([conversationId, timeline]) => ({ conversationId, after: timeline.through }));
    const answer = await this.#invoke<{ conversations: ConversationSync[]; gone: string[] }>("Sync", { positions });
    if (answer === null) {
      return;
    }
    if (!answer.ok) {
      await delay(answer.retryAfterMs ?? 500);
      this.#syncAgain = true;
      return;
    }
    answer.gone.forEach((id) => this.faults.push(`Sync says that ${id} is gone`));
    for (const sync of answer.conversations) {
      this.timelines.get(sync.conversationId)?.apply(sync);
      this.#syncAgain ||= sync.more;
    }
  }

  async #markRead(conversationId: string): Promise<void> {
    const through = this.timelines.get(conversationId)?.through ?? 0;
    const sequence = Math.floor(this.#random.between(0.5, 1) * through);
    if (sequence === 0) {
      return;
    }
    this.#marking++;
    const answer = await this.#invoke<{ sequence: number }>("MarkRead", { conversationId, sequence });
    this.#marking--;
    if (answer?.ok) {
      if (answer.sequence < sequence) {
        this.faults.push(`MarkRead of ${sequence} answered ${answer.sequence}`);
      }
      this.marked.set(conversationId, Math.max(this.marked.get(conversationId) ?? 0, answer.sequence));
    }
  }

  /** Null when the connection was lost before the answer. An error completion is a bug of the server. */
  async #invoke<T>(method: string, argument: object): Promise<Answer<T> | null> {
    const hub = this.#hub;
    if (hub === null) {
      return null;
    }
    try {
      return await hub.invoke<Answer<T>>(method, argument);
    } catch (failure) {
      // The library rejects with the same error whether the server answered with one or is gone; only the former leaves the connection up.
      await delay(50);
      if (hub.state === "Connected") {
        this.faults.push(`${method} failed: ${String(failure)}`);
      }
      return null;
    }
  }
}
