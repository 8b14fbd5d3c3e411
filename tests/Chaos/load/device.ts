import { setTimeout as delay } from "node:timers/promises";
import { hashOf, type History, type Note, type Seen } from "../rig/history.ts";
import type { Random } from "../rig/random.ts";
import { SendLane } from "./send-lane.ts";
import { HttpTransportType, HubConnectionBuilder, LogLevel, type HubConnection } from "./signalr.ts";
import { Timeline } from "./timeline.ts";
import type { Answer, ConversationSync, HeadChanged, ListItem, LogEvent, Person, SyncAnswer } from "./wire.ts";

const pauseBeforeReconnectMs = { low: 20, high: 150 };

/** One device of one person: keeps one connection after another, sends without end, and heals what it missed. */
export class Device {
  readonly person: Person;
  readonly name: string;
  readonly lanes = new Map<string, SendLane>();
  readonly timelines = new Map<string, Timeline>();
  session = 0;
  readonly #url: () => string;
  readonly #random: Random;
  readonly #history: History;
  #hub: HubConnection | null = null;
  #sending = false;
  #paused = false;
  #stopped = false;
  #syncing = false;
  #syncAgain = false;
  #away: Promise<void> = Promise.resolve();
  #marking = 0;

  constructor(name: string, person: Person, conversations: readonly string[], url: () => string, random: Random, history: History) {
    this.name = name;
    this.person = person;
    this.#url = url;
    this.#random = random;
    this.#history = history;
    const sender = { user: person.id, device: name, session: () => this.session };
    for (const id of conversations) {
      this.lanes.set(id, new SendLane(id, sender, random, history, (method, argument) => this.#invoke(method, argument)));
      this.timelines.set(id, new Timeline());
      this.timelines.get(id)?.open(0);
    }
  }

  get isConnected(): boolean {
    return this.#hub !== null;
  }

  get unanswered(): number {
    return [...this.lanes.values()].reduce((sum, lane) => sum + lane.unanswered, this.#marking);
  }

  /** Runs until stopped. */
  async live(): Promise<void> {
    while (!this.#stopped) {
      await this.#away;
      await this.#connect();
      await delay(this.#random.between(pauseBeforeReconnectMs.low, pauseBeforeReconnectMs.high));
    }
  }

  /** Sends until told to stop. */
  async load(pauseMs: number): Promise<void> {
    this.#sending = true;
    await delay(this.#random.between(0, pauseMs));
    while (this.#sending) {
      const conv = this.#random.pick([...this.lanes.keys()]);
      if (this.#hub !== null && !this.#paused && this.timelines.get(conv)?.through !== null) {
        this.lanes.get(conv)?.offer();
        if (this.#random.chance(0.03)) {
          void this.#markRead(conv);
        }
      }
      await delay(this.#random.between(0.5, 1.5) * pauseMs);
    }
  }

  /** Something into every conversation at once. */
  burst(): void {
    [...this.lanes].filter(([id]) => this.timelines.get(id)?.through !== null).forEach(([, lane]) => lane.offer());
  }

  /** Once its connection is gone it does not come back before this is done. */
  stayAway(until: Promise<void>): void {
    this.#away = until;
  }

  /** What its connection shows from now on is the fault's doing. */
  disturbed(): void {
    this.#note({ op: "disturb", phase: "ok" });
  }

  drop(): void {
    void this.#hub?.stop();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
  }

  stopLoad(): void {
    this.#sending = false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#hub?.stop();
  }

  #note(note: Omit<Note, "worker" | "user" | "device" | "session">): void {
    this.#history.add({ worker: "client", user: this.person.id, device: this.name, session: this.session, ...note } as Note);
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
    this.session++;
    this.#note({ op: "connect", phase: "ok" });
    void this.#sync();
    [...this.lanes.values()].forEach((lane) => lane.connected());
    await closed;
    this.#hub = null;
    this.#note({ op: "disconnect", phase: "ok" });
    [...this.lanes.values()].forEach((lane) => lane.disconnected());
  }

  #build(): HubConnection {
    const hub = new HubConnectionBuilder()
      .withUrl(`${this.#url()}/hubs/chat`, {
        accessTokenFactory: () => this.person.token,
        transport: HttpTransportType.WebSockets,
        skipNegotiation: true,
      })
      .configureLogging(LogLevel.None)
      .build();
    ["MessageReceived", "MembersChanged"].forEach((name) => hub.on(name, (event: LogEvent) => this.#receive(event)));
    hub.on("ConversationChanged", (event: HeadChanged) => this.#compare(event));
    hub.on("SyncNeeded", () => void this.#sync());
    ["ReadMoved", "TypingChanged", "PresenceChanged", "Degraded", "Closing"].forEach((name) => hub.on(name, () => undefined));
    return hub;
  }

  #receive(event: LogEvent): void {
    const timeline = this.timelines.get(event.conversationId);
    if (timeline === undefined) {
      return;
    }
    const { sequence = null, messageId: msgId = null, clientMessageId: key, conversationId: conv } = event;
    const complete = sequence === null || timeline.receive({ ...event, sequence });
    this.#note({ op: "event", phase: "ok", conv, seq: sequence, msgId, ...(key === undefined ? {} : { key }), hash: seenHash(event), ...through(timeline) });
    if (event.kind === "member_left" && event.userIds?.includes(this.person.id)) {
      this.#close(conv);
    } else if (!complete) {
      void this.#sync();
    }
  }

  #compare({ conversationId, head }: HeadChanged): void {
    const timeline = this.timelines.get(conversationId);
    if (timeline !== undefined && head > (timeline.through ?? -1)) {
      void this.#sync();
    }
  }

  #close(conv: string): void {
    this.timelines.get(conv)?.close();
    this.#note({ op: "closed", phase: "ok", conv });
  }

  /** One at a time; what is asked for meanwhile is asked once more. */
  async #sync(): Promise<void> {
    this.#syncAgain = true;
    if (this.#syncing) {
      return;
    }
    this.#syncing = true;
    while (this.#syncAgain && !this.#stopped) {
      this.#syncAgain = false;
      await this.#syncOnce();
    }
    this.#syncing = false;
  }

  async #syncOnce(): Promise<void> {
    const session = this.session;
    const since = this.#history.now();
    const positions = [...this.timelines].flatMap(([conversationId, { through: after }]) => (after === null ? [] : [{ conversationId, after }]));
    const answer = await this.#invoke<SyncAnswer>("Sync", { positions });
    if (answer === null || session !== this.session) {
      return;
    }
    if (!answer.ok) {
      await delay(answer.retryAfterMs ?? 500);
      this.#syncAgain = true;
      return;
    }
    answer.gone.filter((id) => this.timelines.get(id)?.through !== null).forEach((id) => this.#close(id));
    answer.added.forEach((item) => this.#added(item));
    answer.conversations.forEach((sync) => this.#apply(sync, since, new Map(positions.map((p) => [p.conversationId, p.after]))));
  }

  #added({ id, members }: ListItem): void {
    const timeline = this.timelines.get(id);
    const joined = members.find(({ userId }) => userId === this.person.id)?.joinedSequence;
    if (timeline?.through === null && joined !== undefined) {
      timeline.open(joined);
      this.#note({ op: "opened", phase: "ok", conv: id, after: joined });
      this.#syncAgain = true;
    }
  }

  #apply(sync: ConversationSync, since: number, asked: ReadonlyMap<string, number>): void {
    const timeline = this.timelines.get(sync.conversationId);
    if (timeline === undefined || timeline.through === null) {
      return;
    }
    if (sync.resync) {
      // Drop what is held and load anew.
      timeline.open(0);
    } else {
      timeline.apply(sync);
    }
    const { conversationId: conv, head, events, resync } = sync;
    const after = asked.get(conv) ?? 0;
    this.#note({ op: "sync", phase: "ok", conv, since, after, upTo: sync.through, head, entries: events.map(seen), ...(resync ? { resync } : {}), ...through(timeline) });
    this.#syncAgain ||= sync.more || resync;
  }

  async #markRead(conv: string): Promise<void> {
    const asked = Math.floor(this.#random.between(0.5, 1) * (this.timelines.get(conv)?.through ?? 0));
    if (asked === 0) {
      return;
    }
    this.#marking++;
    const since = this.#history.now();
    this.#note({ op: "mark", phase: "invoke", conv, seq: asked });
    const answer = await this.#invoke<{ sequence: number }>("MarkRead", { conversationId: conv, sequence: asked });
    this.#marking--;
    const outcome = answer === null ? { phase: "info" as const, err: "lost" } : answer.ok ? { phase: "ok" as const, cursor: answer.sequence } : { phase: "fail" as const, err: answer.code };
    this.#note({ op: "mark", conv, seq: asked, since, ...outcome });
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
        this.#note({ op: "broken", phase: "info", err: `${method}: ${String(failure)}` });
      }
      return null;
    }
  }
}

const through = (timeline: Timeline): { through?: number } => (timeline.through === null ? {} : { through: timeline.through });

const seenHash = ({ content }: LogEvent): string | null => (content === undefined ? null : hashOf(content));

export const seen = (event: LogEvent): Seen => [event.sequence ?? 0, event.messageId ?? null, seenHash(event)];
