import { useState } from "preact/hooks";
import type { Chat } from "../chat.ts";
import type { ConversationState } from "../conversation.ts";
import { personName, titleOf, wordsFor } from "../display.ts";
import type { Member } from "../protocol.ts";
import { Avatar } from "./avatar.tsx";
import { Field, Problem } from "./field.tsx";
import { Modal } from "./modal.tsx";

interface Props {
  readonly chat: Chat;
  readonly conversation: ConversationState;
}

export const GroupDetails = ({ chat, conversation, onClose }: Props & { readonly onClose: () => void }) => (
  <Modal title={titleOf(conversation, (id) => chat.names.of(id))} onClose={onClose}>
    {conversation.iAmAdmin && <Rename chat={chat} conversation={conversation} />}
    <h3>{conversation.members.length} members</h3>
    <ul class="members">
      {conversation.members.map((each) => (
        <MemberRow key={each.userId} chat={chat} conversation={conversation} member={each} />
      ))}
    </ul>
    {conversation.iAmAdmin && <AddMember chat={chat} conversation={conversation} />}
    <Leave chat={chat} conversation={conversation} />
    <Problem words={chat.notice} />
  </Modal>
);

/** Asked twice: there is no way back in without an admin. */
const Leave = ({ chat, conversation }: Props) => {
  const [sure, setSure] = useState(false);
  return sure ? (
    <div class="choice">
      <p>You lose access to its messages.</p>
      <button type="button" class="secondary" onClick={() => setSure(false)}>
        Stay
      </button>
      <button type="button" class="danger" onClick={() => void chat.removeMember(conversation, chat.me.id)}>
        Leave
      </button>
    </div>
  ) : (
    <button type="button" class="danger" onClick={() => setSure(true)}>
      Leave the group
    </button>
  );
};

const Rename = ({ chat, conversation }: Props) => {
  const [name, setName] = useState(conversation.name ?? "");
  return (
    <form
      class="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        void chat.rename(conversation, name.trim());
      }}
    >
      <Field label="Group name" value={name} onValue={setName} maxLength={100} autocomplete="off" required />
      <button type="submit" class="secondary" disabled={name.trim() === "" || name.trim() === conversation.name}>
        Rename
      </button>
    </form>
  );
};

const MemberRow = ({ chat, conversation, member }: Props & { readonly member: Member }) => {
  const name = personName(member.userId, (id) => chat.names.of(id));
  const isMe = member.userId === chat.me.id;
  return (
    <li class="member">
      <Avatar id={member.userId} name={name} small />
      <span class="name">
        <bdi>{name}</bdi>
        {isMe && <span class="quiet"> (you)</span>}
        {member.role === "admin" && <span class="tag">Admin</span>}
      </span>
      {conversation.iAmAdmin && !isMe && (
        <span class="actions">
          <button
            type="button"
            class="link"
            onClick={() => void chat.changeRole(conversation, member.userId, member.role === "admin" ? "member" : "admin")}
          >
            {member.role === "admin" ? "Make member" : "Make admin"}
          </button>
          <button type="button" class="link" aria-label={`Remove ${name}`} onClick={() => void chat.removeMember(conversation, member.userId)}>
            Remove
          </button>
        </span>
      )}
    </li>
  );
};

const AddMember = ({ chat, conversation }: Props) => {
  const [username, setUsername] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(null);
    const answer = await chat.addMember(conversation, username.trim());
    if (answer.ok) {
      setUsername("");
    } else {
      setProblem(answer.refusal.code === "not_found" ? "Nobody has this user name." : wordsFor(answer.refusal));
    }
  };
  return (
    <form class="inline-form" onSubmit={(event) => void add(event)}>
      <Field label="Add by user name" value={username} onValue={setUsername} autocomplete="off" autocapitalize="none" spellcheck={false} required />
      <button type="submit" class="secondary">
        Add
      </button>
      <Problem words={problem} />
    </form>
  );
};
