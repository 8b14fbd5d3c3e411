import { randomBytes, randomUUID } from "node:crypto";
import { HttpTransportType, HubConnectionBuilder, LogLevel, type HubConnection } from "../../web/node_modules/@microsoft/signalr";

/** What came over the wire, as it came: these tests are about its field names. */
export type Json = Readonly<Record<string, unknown>>;

export interface Heard {
  readonly method: string;
  readonly payload: Json;
}

interface Waiting {
  readonly matches: (heard: Heard) => boolean;
  readonly resolve: (payload: Json) => void;
}

const methods = [
  "MessageReceived",
  "MembersChanged",
  "ConversationChanged",
  "ReadMoved",
  "TypingChanged",
  "PresenceChanged",
  "SyncNeeded",
  "Closing",
  "Skipped",
  "Degraded",
];

/** Somebody with an account and the plain library, who remembers everything that he was told. */
export class Person {
  readonly id: string;
  readonly username: string;
  readonly heard: Heard[] = [];
  readonly #url: string;
  readonly #accessToken: string;
  readonly #waiting = new Set<Waiting>();
  /** The newest is spoken through, all of them are listened to. */
  #hubs: readonly HubConnection[] = [];

  private constructor(url: string, signedIn: Json) {
    const user = signedIn["user"] as { readonly id: string; readonly username: string };
    this.id = user.id;
    this.username = user.username;
    this.#url = url;
    this.#accessToken = String(signedIn["accessToken"]);
  }

  static async register(url: string, name: string): Promise<Person> {
    const username = `${name}_${randomBytes(4).toString("hex")}`;
    const answer = await fetch(`${url}/api/auth/register`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email: `${username}@example.com`, username, password: "a long password" }),
    });
    if (answer.status !== 201) {
      throw new Error(`Registration answered ${answer.status}: ${await answer.text()}`);
    }
    return new Person(url, (await answer.json()) as Json);
  }

  /** Registered and connected. */
  static async join(url: string, name: string): Promise<Person> {
    const person = await Person.register(url, name);
    await person.connect();
    return person;
  }

  async connect(): Promise<void> {
    const hub = new HubConnectionBuilder()
      .withUrl(`${this.#url}/hubs/chat`, { accessTokenFactory: () => this.#accessToken, transport: HttpTransportType.WebSockets })
      .configureLogging(LogLevel.None)
      .build();
    methods.forEach((method) => hub.on(method, (payload: Json) => this.#hear({ method, payload })));
    await hub.start();
    this.#hubs = [hub, ...this.#hubs];
  }

  async disconnect(): Promise<void> {
    await Promise.all(this.#hubs.map((each) => each.stop()));
    this.#hubs = [];
  }

  invoke(method: string, argument: Json): Promise<Json> {
    const [hub] = this.#hubs;
    if (hub === undefined) {
      throw new Error(`${this.username} is not connected.`);
    }
    return hub.invoke<Json>(method, argument);
  }

  send(conversationId: string, content: string, clientMessageId: string = randomUUID(), more: Json = {}): Promise<Json> {
    return this.invoke("SendMessage", { conversationId, clientMessageId, content, ...more });
  }

  async rest(method: string, path: string, body?: Json): Promise<{ readonly status: number; readonly body: Json }> {
    const answer = await fetch(`${this.#url}/api/${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.#accessToken}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Json) };
  }

  async open(...others: readonly Person[]): Promise<string> {
    const participantIds = others.map((each) => each.id);
    const request = others.length === 1 ? { type: "direct", participantIds } : { type: "group", participantIds, name: "Group" };
    const answer = await this.rest("POST", "conversations", request);
    return String(answer.body["id"]);
  }

  async listItem(conversationId: string): Promise<Json | undefined> {
    const { body } = await this.rest("GET", "conversations?limit=100");
    return (body["items"] as readonly Json[]).find((each) => each["id"] === conversationId);
  }

  /** The first event that matches, heard already or still to come. The test's own time limit ends a wait in vain. */
  waitFor(method: string, matches: (payload: Json) => boolean = () => true): Promise<Json> {
    const wanted = (heard: Heard): boolean => heard.method === method && matches(heard.payload);
    const known = this.heard.find(wanted);
    return known === undefined ? new Promise((resolve) => this.#waiting.add({ matches: wanted, resolve })) : Promise.resolve(known.payload);
  }

  all(method: string): readonly Json[] {
    return this.heard.filter((each) => each.method === method).map((each) => each.payload);
  }

  #hear(heard: Heard): void {
    this.heard.push(heard);
    for (const each of this.#waiting) {
      if (each.matches(heard)) {
        this.#waiting.delete(each);
        each.resolve(heard.payload);
      }
    }
  }
}
