// From state to words: pure, and the only place where other people's names are made fit to be shown.
import type { ConversationState } from "./conversation.ts";
import type { LogEvent, Refusal } from "./protocol.ts";

export type NameOf = (userId: string) => string | undefined;

const hues = 8;

/** Characters that turn the direction of what follows, break lines or show nothing: a name made of them can pose as another. */
const deceptive = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115F\u1160\u2800\u3164\uFFA0]/gu;

export const cleanName = (name: string): string => {
  const clean = name.replace(deceptive, "").replace(/\s+/gu, " ").trim();
  return clean === "" ? "Nameless" : clean;
};

export const personName = (userId: string, nameOf: NameOf): string => {
  const name = nameOf(userId);
  return name === undefined ? "Somebody" : cleanName(name);
};

export const initialsOf = (name: string): string => {
  const words = cleanName(name).split(/[\s._-]+/u).filter((word) => word !== "");
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0] ?? "").join("").toUpperCase();
};

/** The same colour for the same person everywhere. */
export const hueOf = (id: string): number => {
  let sum = 0;
  for (const character of id) {
    sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  }
  return sum % hues;
};

export const titleOf = (conversation: ConversationState, nameOf: NameOf): string => {
  if (conversation.name !== undefined) {
    return cleanName(conversation.name);
  }
  const names = conversation.others.map((each) => personName(each.userId, nameOf));
  return names.length === 0 ? "Only you" : listOf(names);
};

export const listOf = (names: readonly string[]): string => {
  const [last, ...before] = [...names].reverse();
  return before.length === 0 ? (last ?? "") : `${before.reverse().join(", ")} and ${last ?? ""}`;
};

export const noteOf = (event: LogEvent, myId: string, nameOf: NameOf): string => {
  const called = (userId: string | undefined): string =>
    userId === undefined ? "Somebody" : userId === myId ? "You" : personName(userId, nameOf);
  const actor = called(event.senderId);
  const whom = listOf((event.userIds ?? []).map((each) => (each === myId ? "you" : personName(each, nameOf))));
  const oneself = event.userIds?.length === 1 && event.userIds[0] === event.senderId;
  switch (event.kind) {
    case "members_added":
      return `${actor} added ${whom}`;
    case "member_left":
      return oneself ? `${actor} left` : `${actor} removed ${whom}`;
    case "role_changed":
      return event.role === "admin" ? `${actor} made ${whom} an admin` : `${actor} made ${whom} a member`;
    case "renamed":
      return `${actor} named the group “${cleanName(event.name ?? "")}”`;
    case "message":
    case "other":
      return "";
  }
};

export const previewOf = (conversation: ConversationState, myId: string, nameOf: NameOf): string => {
  const message = conversation.lastMessage;
  if (message === undefined) {
    return "No messages yet";
  }
  const words = message.deleted === true ? "Message deleted" : (message.content ?? "");
  if (message.senderId === myId) {
    return `You: ${words}`;
  }
  return conversation.type === "group" ? `${personName(message.senderId ?? "", nameOf)}: ${words}` : words;
};

export const typingOf = (userIds: readonly string[], nameOf: NameOf): string => {
  const names = userIds.map((each) => personName(each, nameOf));
  return names.length === 0 ? "" : names.length > 2 ? "Several people are typing" : `${listOf(names)} ${names.length === 1 ? "is" : "are"} typing`;
};

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const dateAndYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

export const timeOf = (sentAt: string): string => clock.format(new Date(sentAt));

export const dayKeyOf = (sentAt: string): string => {
  const day = new Date(sentAt);
  return `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`;
};

export const dayOf = (sentAt: string, now: number): string => {
  const day = new Date(sentAt);
  const daysAgo = Math.round((startOfDay(new Date(now)) - startOfDay(day)) / 86_400_000);
  if (daysAgo <= 1) {
    return daysAgo === 1 ? "Yesterday" : "Today";
  }
  return daysAgo < 7 ? weekday.format(day) : (day.getFullYear() === new Date(now).getFullYear() ? date : dateAndYear).format(day);
};

/** For the list: the time today, the day before that. */
export const momentOf = (at: string, now: number): string => {
  const day = dayOf(at, now);
  return day === "Today" ? timeOf(at) : day;
};

const startOfDay = (day: Date): number => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();

/** What a person can do about it comes first; the server's own words where they say more. */
export const wordsFor = (refusal: Refusal): string => {
  switch (refusal.code) {
    case "unreachable":
      return "There is no connection to the server.";
    case "rate_limited":
    case "overloaded":
    case "unavailable":
    case "no_answer":
      return "The server is busy. Try again in a moment.";
    case "invalid_request":
    case "unauthenticated":
    case "forbidden":
    case "not_found":
    case "conflict":
    case "resync":
    case "too_large":
    case "rejected":
      return refusal.message;
  }
};
