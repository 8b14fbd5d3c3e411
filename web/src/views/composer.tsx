import { useLayoutEffect, useRef } from "preact/hooks";
import type { Chat } from "../chat.ts";
import type { ConversationState } from "../conversation.ts";
import { SendIcon } from "./icons.tsx";

interface ComposerProps {
  readonly chat: Chat;
  readonly conversation: ConversationState;
  readonly title: string;
}

/** The server's default; it has the last word. Unicode code points. */
const maxLength = 4_000;
const warnFrom = 3_500;

export const Composer = ({ chat, conversation, title }: ComposerProps) => {
  const box = useRef<HTMLTextAreaElement>(null);
  const { draft } = conversation;
  const length = draft.length > warnFrom / 2 ? [...draft].length : draft.length;
  useLayoutEffect(() => fit(box.current), [draft]);
  useLayoutEffect(() => {
    // On a phone the keyboard would cover what the person came to read.
    if (!hasTouchKeyboard()) {
      box.current?.focus();
    }
  }, []);
  // A key may come before the frame that shows the one before it: what counts is the state, not what was drawn.
  const send = (): void => {
    const text = conversation.draft.trim();
    if (box.current !== null && text !== "" && chat.send(conversation, text)) {
      box.current.value = "";
      box.current.focus();
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={box}
        rows={1}
        value={draft}
        placeholder="Write a message"
        aria-label={`Message to ${title}`}
        dir="auto"
        enterkeyhint="send"
        onInput={(event) => chat.edit(conversation, event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !hasTouchKeyboard()) {
            event.preventDefault();
            send();
          }
        }}
      />
      {length >= warnFrom && (
        <span class={`counter${length > maxLength ? " is-over" : ""}`} role="status">
          {maxLength - length}
        </span>
      )}
      <button type="submit" class="send" aria-label="Send" disabled={draft.trim() === ""}>
        <SendIcon />
      </button>
    </form>
  );
};

const hasTouchKeyboard = (): boolean => matchMedia("(pointer: coarse)").matches;

/** As high as its text; the style sheet says how high at most. */
const fit = (box: HTMLTextAreaElement | null): void => {
  if (box !== null) {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }
};
