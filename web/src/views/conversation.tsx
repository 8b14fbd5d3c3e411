import { useState } from "preact/hooks";
import type { Chat } from "../chat.ts";
import type { ConversationState } from "../conversation.ts";
import { titleOf, typingOf, type NameOf } from "../display.ts";
import { Avatar } from "./avatar.tsx";
import { Composer } from "./composer.tsx";
import { avatarId } from "./conversation-list.tsx";
import { GroupDetails } from "./group-details.tsx";
import { BackIcon, PeopleIcon } from "./icons.tsx";
import { goTo } from "./shell.tsx";
import { TimelineView } from "./timeline.tsx";

interface ConversationProps {
  readonly chat: Chat;
  readonly conversation: ConversationState;
}

export const ConversationView = ({ chat, conversation }: ConversationProps) => {
  const [showDetails, setShowDetails] = useState(false);
  const nameOf: NameOf = (id) => chat.names.of(id);
  const title = titleOf(conversation, nameOf);
  const typing = typingOf(conversation.typingAt(chat.now), nameOf);
  return (
    <section class="conversation" aria-label={`Conversation: ${title}`}>
      <header class="conversation-head">
        <button type="button" class="icon-button only-narrow" aria-label="Back to the list" onClick={() => goTo(null)}>
          <BackIcon />
        </button>
        <Avatar id={avatarId(conversation)} name={title} group={conversation.type === "group"} />
        <div class="heading">
          <h2>
            <bdi>{title}</bdi>
          </h2>
          {conversation.type === "group" && <p class="subtitle">{conversation.members.length} members</p>}
        </div>
        {conversation.type === "group" && (
          <button type="button" class="icon-button" aria-label="Group details" title="Group details" onClick={() => setShowDetails(true)}>
            <PeopleIcon />
          </button>
        )}
      </header>
      <TimelineView chat={chat} conversation={conversation} title={title} />
      <p class="typing">{typing !== "" && <Typing words={typing} />}</p>
      <Composer chat={chat} conversation={conversation} title={title} />
      {showDetails && <GroupDetails chat={chat} conversation={conversation} onClose={() => setShowDetails(false)} />}
    </section>
  );
};

const Typing = ({ words }: { readonly words: string }) => (
  <>
    <span class="dots" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
    {words}
  </>
);
