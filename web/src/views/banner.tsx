import type { Chat } from "../chat.ts";
import { CloseIcon } from "./icons.tsx";

/** What the person should know about the connection, and what went wrong last. */
export const Banner = ({ chat }: { readonly chat: Chat }) => (
  <div class="banners">
    <div role="status">
      {interrupted(chat) && <Reconnecting chat={chat} />}
      {chat.storageDown && <StorageDown />}
    </div>
    <div role="alert">{chat.notice !== null && <Notice chat={chat} words={chat.notice} />}</div>
  </div>
);

const interrupted = (chat: Chat): boolean => {
  switch (chat.connection) {
    case "online":
    case "stopped":
      return false;
    case "connecting":
      return chat.wasOnline;
    case "waiting":
      return true;
  }
};

const Reconnecting = ({ chat }: { readonly chat: Chat }) => (
  <p class="banner is-warning">
    <span class="pulse" aria-hidden="true" />
    <span class="words">No connection. What you send now goes out when it is back.</span>
    <button type="button" class="link" onClick={() => chat.nudge()}>
      Try now
    </button>
  </p>
);

const StorageDown = () => (
  <p class="banner is-warning">
    <span class="words">Messages cannot be stored right now. They are kept and stored later.</span>
  </p>
);

const Notice = ({ chat, words }: { readonly chat: Chat; readonly words: string }) => (
  <p class="banner is-notice">
    <span class="words">{words}</span>
    <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => chat.dismissNotice()}>
      <CloseIcon />
    </button>
  </p>
);
