import type { Chat } from "../chat.ts";
import type { ConversationState } from "../conversation.ts";
import { momentOf, previewOf, titleOf, typingOf, type NameOf } from "../display.ts";
import { Avatar } from "./avatar.tsx";
import { PlusIcon, SignOutIcon } from "./icons.tsx";

interface ListProps {
  readonly chat: Chat;
  readonly onNew: () => void;
  readonly signOut: () => void;
}

export const ConversationList = ({ chat, onNew, signOut }: ListProps) => {
  const conversations = chat.conversations.newestFirst;
  return (
    <nav class="sidebar" aria-label="Conversations">
      <header class="sidebar-head">
        <h1>Chats</h1>
        <button type="button" class="icon-button" aria-label="New conversation" title="New conversation" onClick={onNew}>
          <PlusIcon />
        </button>
      </header>
      {conversations.length === 0 ? (
        <p class="empty">{chat.conversations.listed ? "Nothing here yet. Start a conversation with the + above." : "Loading…"}</p>
      ) : (
        <ul class="conversations" onKeyDown={moveWithArrows}>
          {conversations.map((each) => (
            <Item key={each.id} chat={chat} conversation={each} />
          ))}
        </ul>
      )}
      <footer class="sidebar-foot">
        <Avatar id={chat.me.id} name={chat.me.username} small />
        <span class="who">{chat.me.username}</span>
        <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={signOut}>
          <SignOutIcon />
        </button>
      </footer>
    </nav>
  );
};

const Item = ({ chat, conversation }: { readonly chat: Chat; readonly conversation: ConversationState }) => {
  const nameOf: NameOf = (id) => chat.names.of(id);
  const title = titleOf(conversation, nameOf);
  const { count } = conversation.unread;
  return (
    <li>
      <a
        class={`conversation-item${count > 0 ? " is-unread" : ""}`}
        href={`#/c/${conversation.id}`}
        {...(chat.openId === conversation.id ? { "aria-current": "page" } : {})}
      >
        <Avatar id={avatarId(conversation)} name={title} group={conversation.type === "group"} />
        <span class="title">
          <bdi>{title}</bdi>
        </span>
        <time class="moment" dateTime={conversation.lastActivityAt}>
          {momentOf(conversation.lastActivityAt, chat.now)}
        </time>
        <Preview chat={chat} conversation={conversation} nameOf={nameOf} />
        {count > 0 && <UnreadBadge conversation={conversation} />}
      </a>
    </li>
  );
};

const Preview = ({ chat, conversation, nameOf }: { readonly chat: Chat; readonly conversation: ConversationState; readonly nameOf: NameOf }) => {
  const typing = typingOf(conversation.typingAt(chat.now), nameOf);
  const unsent = chat.outbox.of(conversation.id).findLast((each) => each.held !== true);
  return typing === "" ? (
    <span class="preview" dir="auto">
      {unsent === undefined ? previewOf(conversation, chat.me.id, nameOf) : `You: ${unsent.content}`}
    </span>
  ) : (
    <span class="preview is-typing">{typing}…</span>
  );
};

const UnreadBadge = ({ conversation }: { readonly conversation: ConversationState }) => {
  const { count, more } = conversation.unread;
  return (
    <span class="badge">
      {count}
      {more ? "+" : ""}
      <span class="visually-hidden"> unread</span>
    </span>
  );
};

/** A direct conversation has the colour of the other one. */
export const avatarId = (conversation: ConversationState): string =>
  conversation.type === "direct" ? (conversation.others[0]?.userId ?? conversation.id) : conversation.id;

const moveWithArrows = (event: KeyboardEvent): void => {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0 || !(event.currentTarget instanceof HTMLElement)) {
    return;
  }
  const links = [...event.currentTarget.querySelectorAll("a")];
  links[links.findIndex((each) => each === document.activeElement) + step]?.focus();
  event.preventDefault();
};
