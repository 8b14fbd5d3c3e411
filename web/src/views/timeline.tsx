import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat.ts";
import type { ConversationState } from "../conversation.ts";
import { dayOf, noteOf, type NameOf } from "../display.ts";
import { rowsOf, type Row } from "../rows.ts";
import { DownIcon } from "./icons.tsx";
import { Message } from "./message.tsx";

interface TimelineProps {
  readonly chat: Chat;
  readonly conversation: ConversationState;
  readonly title: string;
}

const nearPx = 48;
const loadBelowPx = 240;

export const TimelineView = ({ chat, conversation, title }: TimelineProps) => {
  const rows = rowsOf(conversation, chat.outbox.of(conversation.id), chat.me.id);
  const { box, atEnd, onScroll, toEnd } = useScroll(rows, () => void chat.conversations.loadOlder(conversation));
  useEffect(() => {
    if (atEnd && document.visibilityState === "visible" && document.hasFocus()) {
      chat.markRead(conversation);
    }
  });
  return (
    <div class="timeline-frame">
      <div ref={box} class="timeline" role="log" aria-live="off" aria-label={`Messages with ${title}`} tabIndex={0} onScroll={onScroll}>
        <Beginning chat={chat} conversation={conversation} />
        <ol class="rows">
          {rows.map((row) => (
            <RowView key={row.key} row={row} chat={chat} conversation={conversation} />
          ))}
        </ol>
      </div>
      {!atEnd && (
        <button type="button" class="to-end" onClick={toEnd}>
          <DownIcon />
          {conversation.unread.count > 0 ? "New messages" : "Latest"}
        </button>
      )}
    </div>
  );
};

const Beginning = ({ chat, conversation }: { readonly chat: Chat; readonly conversation: ConversationState }) => {
  const { history, timeline } = conversation;
  if (!timeline.hasOlder) {
    return <p class="beginning">This is where the conversation begins.</p>;
  }
  return (
    <p class="beginning">
      {history === "failed" && "Older messages could not be loaded. "}
      <button type="button" class="link" aria-busy={history === "loading"} onClick={() => void chat.conversations.loadOlder(conversation)}>
        {history === "loading" ? "Loading…" : history === "failed" ? "Try again" : "Load older messages"}
      </button>
    </p>
  );
};

const RowView = ({ row, chat, conversation }: { readonly row: Row; readonly chat: Chat; readonly conversation: ConversationState }) => {
  const nameOf: NameOf = (id) => chat.names.of(id);
  switch (row.is) {
    case "day":
      return (
        <li class="day">
          <span>{dayOf(row.sentAt, chat.now)}</span>
        </li>
      );
    case "new":
      return (
        <li class="new-line">
          <span>New</span>
        </li>
      );
    case "note":
      return <li class="note">{noteOf(row.event, chat.me.id, nameOf)}</li>;
    case "message":
      return (
        <Message
          row={row}
          group={conversation.type === "group"}
          others={conversation.others.length}
          nameOf={nameOf}
          onRetry={() => chat.outbox.retry(row.entry?.clientMessageId ?? "")}
          onDiscard={() => chat.outbox.discard(row.entry?.clientMessageId ?? "")}
        />
      );
  }
};

/**
 * Where the reader looks: at the end it stays at the end, elsewhere what he looks at stays in place while older messages come in above.
 * The first time it is at what is new.
 */
const useScroll = (rows: readonly Row[], loadOlder: () => void) => {
  const box = useRef<HTMLDivElement>(null);
  const seen = useRef({ atEnd: true, height: 0, firstKey: "", placed: false });
  const [atEnd, setAtEnd] = useState(true);
  const firstKey = rows.find((each) => each.is === "message" || each.is === "note")?.key ?? "";

  const look = (): void => {
    const el = box.current;
    if (el !== null) {
      seen.current.atEnd = el.scrollHeight - el.scrollTop - el.clientHeight < nearPx;
      setAtEnd(seen.current.atEnd);
    }
  };

  useLayoutEffect(() => {
    const el = box.current;
    if (el === null) {
      return;
    }
    const { height, firstKey: before, placed, atEnd: stick } = seen.current;
    const line = el.querySelector<HTMLElement>(".new-line");
    if (!placed && line !== null) {
      el.scrollTop = line.offsetTop - loadBelowPx / 2;
    } else if (stick) {
      el.scrollTop = el.scrollHeight;
    } else if (before !== firstKey) {
      el.scrollTop += el.scrollHeight - height;
    }
    seen.current = { ...seen.current, height: el.scrollHeight, firstKey, placed: placed || firstKey !== "" };
    look();
  });

  useEffect(() => {
    const el = box.current;
    const stay = (): void => {
      if (el !== null && seen.current.atEnd) {
        el.scrollTop = el.scrollHeight;
      }
    };
    const observer = new ResizeObserver(stay);
    if (el !== null) {
      observer.observe(el);
    }
    return () => observer.disconnect();
  }, []);

  const onScroll = (): void => {
    look();
    if ((box.current?.scrollTop ?? loadBelowPx) < loadBelowPx) {
      loadOlder();
    }
  };

  const toEnd = (): void => {
    seen.current.atEnd = true;
    box.current?.scrollTo({ top: box.current.scrollHeight });
    box.current?.focus();
  };

  return { box, atEnd, onScroll, toEnd };
};
