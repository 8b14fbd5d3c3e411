// From what came over the wire to the shapes of protocol.ts, or a WireError that names the field. What is not read here is not relied on.
import type {
  Account,
  Answer,
  Conversation,
  ConversationSync,
  ConversationType,
  EntryKind,
  HistoryPage,
  ListItem,
  ListPage,
  LogEvent,
  Member,
  MemberRole,
  Receipt,
  Refusal,
  RefusalCode,
  SignedIn,
  SyncAnswer,
  User,
} from "./protocol.ts";

export class WireError extends Error {}

export type Fields = Readonly<Record<string, unknown>>;
export type Reader<T> = (value: unknown, at: string) => T;

const wrong = (at: string, expected: string): never => {
  throw new WireError(`${at} is not ${expected}`);
};

export const fields: Reader<Fields> = (value, at) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : wrong(at, "an object");

export const text: Reader<string> = (value, at) => (typeof value === "string" ? value : wrong(at, "a text"));
export const flag: Reader<boolean> = (value, at) => (typeof value === "boolean" ? value : wrong(at, "true or false"));
export const whole: Reader<number> = (value, at) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : wrong(at, "a whole number");

const oneOf =
  <T extends string>(...allowed: readonly T[]): Reader<T> =>
  (value, at) =>
    allowed.find((each) => each === value) ?? wrong(at, `one of ${allowed.join(", ")}`);

const list =
  <T>(read: Reader<T>): Reader<readonly T[]> =>
  (value, at) =>
    Array.isArray(value) ? value.map((each: unknown, index) => read(each, `${at}[${index}]`)) : wrong(at, "a list");

export const absent = (value: unknown): value is null | undefined => value === null || value === undefined;

export const orNull =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value, at) =>
    absent(value) ? null : read(value, at);

/** The key with its value, or no key at all: absent on the wire is absent here. */
const maybe = <K extends string, T>(from: Fields, key: K, read: Reader<T>, at: string): { [P in K]?: T } =>
  absent(from[key]) ? {} : ({ [key]: read(from[key], `${at}.${key}`) } as { [P in K]: T });

const conversationType = oneOf<ConversationType>("direct", "group", "business");
const role = oneOf<MemberRole>("member", "admin");
const knownKinds: ReadonlySet<string> = new Set<EntryKind>(["message", "members_added", "member_left", "role_changed", "renamed"]);
const kind: Reader<EntryKind> = (value, at) => (knownKinds.has(text(value, at)) ? (value as EntryKind) : "other");

export const readUser: Reader<User> = (value, at) => {
  const from = fields(value, at);
  return { id: text(from["id"], `${at}.id`), username: text(from["username"], `${at}.username`) };
};

export const readAccount: Reader<Account> = (value, at) => ({
  ...readUser(value, at),
  email: text(fields(value, at)["email"], `${at}.email`),
});

export const readSignedIn: Reader<SignedIn> = (value, at) => {
  const from = fields(value, at);
  return {
    accessToken: text(from["accessToken"], `${at}.accessToken`),
    refreshToken: text(from["refreshToken"], `${at}.refreshToken`),
    expiresIn: whole(from["expiresIn"], `${at}.expiresIn`),
    user: readAccount(from["user"], `${at}.user`),
  };
};

const readMember: Reader<Member> = (value, at) => {
  const from = fields(value, at);
  return {
    userId: text(from["userId"], `${at}.userId`),
    role: role(from["role"], `${at}.role`),
    joinedSequence: whole(from["joinedSequence"], `${at}.joinedSequence`),
    readSequence: whole(from["readSequence"], `${at}.readSequence`),
  };
};

export const readConversation: Reader<Conversation> = (value, at) => {
  const from = fields(value, at);
  return {
    id: text(from["id"], `${at}.id`),
    type: conversationType(from["type"], `${at}.type`),
    ...maybe(from, "name", text, at),
    members: list(readMember)(from["members"], `${at}.members`),
    head: whole(from["head"], `${at}.head`),
    createdAt: text(from["createdAt"], `${at}.createdAt`),
  };
};

export const readEvent: Reader<LogEvent> = (value, at) => {
  const from = fields(value, at);
  return {
    conversationId: text(from["conversationId"], `${at}.conversationId`),
    sequence: orNull(whole)(from["sequence"], `${at}.sequence`),
    kind: kind(from["kind"], `${at}.kind`),
    ...maybe(from, "messageId", text, at),
    ...maybe(from, "senderId", text, at),
    ...maybe(from, "clientMessageId", text, at),
    ...maybe(from, "content", text, at),
    sentAt: text(from["sentAt"], `${at}.sentAt`),
    ...maybe(from, "userIds", list(text), at),
    ...maybe(from, "role", role, at),
    ...maybe(from, "name", text, at),
    ...maybe(from, "deleted", flag, at),
  };
};

export const readListItem: Reader<ListItem> = (value, at) => {
  const from = fields(value, at);
  return {
    id: text(from["id"], `${at}.id`),
    type: conversationType(from["type"], `${at}.type`),
    ...maybe(from, "name", text, at),
    members: list(readMember)(from["members"], `${at}.members`),
    head: whole(from["head"], `${at}.head`),
    readSequence: whole(from["readSequence"], `${at}.readSequence`),
    unread: whole(from["unread"], `${at}.unread`),
    unreadMore: flag(from["unreadMore"], `${at}.unreadMore`),
    ...maybe(from, "lastMessage", readEvent, at),
    lastActivityAt: text(from["lastActivityAt"], `${at}.lastActivityAt`),
  };
};

export const readListPage: Reader<ListPage> = (value, at) => {
  const from = fields(value, at);
  return { items: list(readListItem)(from["items"], `${at}.items`), cursor: orNull(text)(from["cursor"], `${at}.cursor`) };
};

export const readHistoryPage: Reader<HistoryPage> = (value, at) => {
  const from = fields(value, at);
  return {
    events: list(readEvent)(from["events"], `${at}.events`),
    head: whole(from["head"], `${at}.head`),
    more: flag(from["more"], `${at}.more`),
    ...maybe(from, "held", list(readEvent), at),
  };
};

export const readReceipt: Reader<Receipt> = (value, at) => {
  const from = fields(value, at);
  return {
    messageId: text(from["messageId"], `${at}.messageId`),
    conversationId: text(from["conversationId"], `${at}.conversationId`),
    sequence: orNull(whole)(from["sequence"], `${at}.sequence`),
    sentAt: text(from["sentAt"], `${at}.sentAt`),
    duplicate: flag(from["duplicate"], `${at}.duplicate`),
    durability: oneOf<Receipt["durability"]>("committed", "held")(from["durability"], `${at}.durability`),
  };
};

const readConversationSync: Reader<ConversationSync> = (value, at) => {
  const from = fields(value, at);
  return {
    conversationId: text(from["conversationId"], `${at}.conversationId`),
    head: whole(from["head"], `${at}.head`),
    through: whole(from["through"], `${at}.through`),
    events: list(readEvent)(from["events"], `${at}.events`),
    more: flag(from["more"], `${at}.more`),
    resync: flag(from["resync"], `${at}.resync`),
  };
};

export const readSyncAnswer: Reader<SyncAnswer> = (value, at) => {
  const from = fields(value, at);
  return {
    conversations: list(readConversationSync)(from["conversations"], `${at}.conversations`),
    added: list(readListItem)(from["added"], `${at}.added`),
    gone: list(text)(from["gone"], `${at}.gone`),
  };
};

export const readUsers: Reader<readonly User[]> = list(readUser);

export const readNothing: Reader<null> = () => null;

const refusalCodes: ReadonlySet<string> = new Set<RefusalCode>([
  "invalid_request",
  "unauthenticated",
  "forbidden",
  "not_found",
  "conflict",
  "resync",
  "too_large",
  "rejected",
  "rate_limited",
  "overloaded",
  "unavailable",
]);

/** A hub's `{ok: false, ...}` or the problem details of REST, whose message is called `detail`. */
export const readRefusal = (value: unknown, otherwise: RefusalCode): Refusal => {
  const from = typeof value === "object" && value !== null ? (value as Fields) : {};
  const words = from["message"] ?? from["detail"] ?? from["title"];
  return {
    code: refusalCodes.has(String(from["code"])) ? (from["code"] as RefusalCode) : otherwise,
    message: typeof words === "string" ? words : "The server refused.",
    ...(typeof from["reason"] === "string" ? { reason: from["reason"] } : {}),
    ...(typeof from["retryAfterMs"] === "number" ? { retryAfterMs: from["retryAfterMs"] } : {}),
  };
};

/** What a hub method answered. */
export const readAnswer = <T>(value: unknown, read: Reader<T>, method: string): Answer<T> => {
  const from = fields(value, method);
  return flag(from["ok"], `${method}.ok`)
    ? { ok: true, value: read(value, method) }
    : { ok: false, refusal: readRefusal(value, "rejected") };
};

/** A server that speaks another language than this client: a bug, said where developers look, and not worth repeating. */
export const notUnderstood = (failure: WireError): Answer<never> => {
  console.error(failure);
  return { ok: false, refusal: { code: "rejected", message: "The server's answer was not understood." } };
};
