import { useState } from "preact/hooks";
import type { Chat } from "../chat.ts";
import { wordsFor } from "../display.ts";
import type { Answer } from "../protocol.ts";
import { Field, Problem } from "./field.tsx";
import { CloseIcon } from "./icons.tsx";
import { Modal } from "./modal.tsx";
import { goTo } from "./shell.tsx";

interface Props {
  readonly chat: Chat;
  readonly onClose: () => void;
}

export const NewConversation = ({ chat, onClose }: Props) => {
  const [group, setGroup] = useState(false);
  return (
    <Modal title="New conversation" onClose={onClose}>
      <div class="segments" role="group" aria-label="Kind of conversation">
        <button type="button" aria-pressed={!group} onClick={() => setGroup(false)}>
          One person
        </button>
        <button type="button" aria-pressed={group} onClick={() => setGroup(true)}>
          Group
        </button>
      </div>
      {group ? <GroupForm chat={chat} onClose={onClose} /> : <DirectForm chat={chat} onClose={onClose} />}
    </Modal>
  );
};

/** Closes when it worked, says why when it did not. */
const finish = (answer: Answer<string>, onClose: () => void, say: (problem: string) => void): void => {
  if (answer.ok) {
    onClose();
    goTo(answer.value);
  } else {
    say(notFoundOr(answer));
  }
};

const notFoundOr = (answer: Extract<Answer<string>, { ok: false }>): string =>
  answer.refusal.code === "not_found" ? "Nobody has this user name." : wordsFor(answer.refusal);

const DirectForm = ({ chat, onClose }: Props) => {
  const [username, setUsername] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const start = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(null);
    if (username.trim().toLowerCase() === chat.me.username.toLowerCase()) {
      setProblem("That is you.");
    } else {
      finish(await chat.startDirect(username.trim()), onClose, setProblem);
    }
  };
  return (
    <form onSubmit={(event) => void start(event)}>
      <Field label="User name" value={username} onValue={setUsername} autocomplete="off" autocapitalize="none" spellcheck={false} autofocus required />
      <Problem words={problem} />
      <button type="submit" class="primary">
        Start chatting
      </button>
    </form>
  );
};

interface Person {
  readonly id: string;
  readonly username: string;
}

const GroupForm = ({ chat, onClose }: Props) => {
  const [name, setName] = useState("");
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const create = async (event: Event): Promise<void> => {
    event.preventDefault();
    finish(await chat.createGroup(name.trim(), people.map((each) => each.id)), onClose, setProblem);
  };
  return (
    <>
      <AddPerson chat={chat} taken={people} onFound={(person) => setPeople((before) => [...before, person])} />
      {people.length > 0 && (
        <ul class="chips" aria-label="People in the group">
          {people.map((each) => (
            <li key={each.id} class="chip">
              <bdi>{each.username}</bdi>
              <button type="button" aria-label={`Remove ${each.username}`} onClick={() => setPeople(people.filter((other) => other !== each))}>
                <CloseIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={(event) => void create(event)}>
        <Field label="Group name" value={name} onValue={setName} autocomplete="off" maxLength={100} required />
        <Problem words={problem} />
        <button type="submit" class="primary" disabled={people.length === 0}>
          Create group
        </button>
      </form>
    </>
  );
};

interface AddPersonProps {
  readonly chat: Chat;
  readonly taken: readonly Person[];
  readonly onFound: (person: Person) => void;
}

const AddPerson = ({ chat, taken, onFound }: AddPersonProps) => {
  const [username, setUsername] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(null);
    const answer = await chat.findUser(username.trim());
    if (!answer.ok) {
      setProblem(notFoundOr(answer));
    } else if (answer.value === chat.me.id || taken.some((each) => each.id === answer.value)) {
      setProblem(`${username.trim()} is in it already.`);
    } else {
      onFound({ id: answer.value, username: chat.names.of(answer.value) ?? username.trim() });
      setUsername("");
    }
  };
  return (
    <form class="inline-form" onSubmit={(event) => void add(event)}>
      <Field label="Add by user name" value={username} onValue={setUsername} autocomplete="off" autocapitalize="none" spellcheck={false} autofocus required />
      <button type="submit" class="secondary">
        Add
      </button>
      <Problem words={problem} />
    </form>
  );
};
