import { useEffect, useState } from "preact/hooks";
import type { Chat } from "../chat.ts";
import { Announcer } from "./announcer.tsx";
import { Banner } from "./banner.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { ConversationView } from "./conversation.tsx";
import { NewConversation } from "./new-conversation.tsx";

export const goTo = (conversationId: string | null): void => {
  location.hash = conversationId === null ? "/" : `/c/${conversationId}`;
};

export const Shell = ({ chat, signOut }: { readonly chat: Chat; readonly signOut: () => void }) => {
  const [creating, setCreating] = useState(false);
  const unread = chat.conversations.newestFirst.filter((each) => each.unread.count > 0).length;
  useEffect(() => {
    document.title = unread === 0 ? "Chat" : `(${unread}) Chat`;
  }, [unread]);
  return (
    <div class={`shell${chat.openId === null ? "" : " has-open"}`}>
      <ConversationList chat={chat} onNew={() => setCreating(true)} signOut={signOut} />
      <main class="main">
        <Banner chat={chat} />
        {chat.current === undefined ? (
          <Nothing chat={chat} onNew={() => setCreating(true)} />
        ) : (
          <ConversationView key={chat.current.id} chat={chat} conversation={chat.current} />
        )}
      </main>
      {creating && <NewConversation chat={chat} onClose={() => setCreating(false)} />}
      <Announcer chat={chat} />
    </div>
  );
};

const Nothing = ({ chat, onNew }: { readonly chat: Chat; readonly onNew: () => void }) => {
  if (chat.openId !== null && !chat.conversations.listed) {
    return <p class="nothing">Loading…</p>;
  }
  return (
    <div class="nothing">
      <img src="/icon.svg" alt="" width="56" height="56" />
      <p>{chat.openId === null ? "Choose a conversation, or start a new one." : "This conversation does not exist, or you are not in it."}</p>
      <button type="button" class="primary" onClick={onNew}>
        New conversation
      </button>
      {chat.openId !== null && (
        <button type="button" class="link only-narrow" onClick={() => goTo(null)}>
          Back to the list
        </button>
      )}
    </div>
  );
};
