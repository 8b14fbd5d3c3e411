import type { Chat } from "../chat.ts";
import { personName } from "../display.ts";

/** New messages for those who listen: older ones that scroll in are not news, so the timeline itself stays silent. */
export const Announcer = ({ chat }: { readonly chat: Chat }) => {
  const { heard } = chat.conversations;
  const words = heard === null ? "" : `${personName(heard.senderId ?? "", (id) => chat.names.of(id))}: ${heard.content ?? ""}`;
  return (
    <div class="visually-hidden" role="log" aria-live="polite" aria-label="New messages">
      {heard !== null && <p key={heard.messageId}>{words}</p>}
    </div>
  );
};
