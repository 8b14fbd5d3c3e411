import { listOf, personName, timeOf, wordsFor, type NameOf } from "../display.ts";
import type { MessageRow } from "../rows.ts";
import { Avatar } from "./avatar.tsx";
import { CheckIcon, ClockIcon, DoubleCheckIcon, WarningIcon } from "./icons.tsx";

interface MessageProps {
  readonly row: MessageRow;
  readonly group: boolean;
  readonly others: number;
  readonly nameOf: NameOf;
  readonly onRetry: () => void;
  readonly onDiscard: () => void;
}

export const Message = ({ row, group, others, nameOf, onRetry, onDiscard }: MessageProps) => {
  const sender = row.mine ? "You" : personName(row.senderId, nameOf);
  const pictured = group && !row.mine;
  const named = pictured && !row.continues;
  return (
    <li class={`message ${row.mine ? "mine" : "theirs"}${row.continues ? " continues" : ""}${pictured ? " with-avatar" : ""} is-${row.state}`} data-state={row.state}>
      {pictured && (row.continues ? <span class="avatar-space" /> : <Avatar id={row.senderId} name={sender} small />)}
      <div class="bubble">
        <span class={named ? "sender" : "visually-hidden"}>
          <bdi>{sender}</bdi>
        </span>
        <div class="said">
          <p class={`text${row.deleted ? " is-deleted" : ""}`} dir="auto">
            {row.deleted ? "Message deleted" : row.content}
          </p>
          <span class="meta">
            <time dateTime={row.sentAt}>{timeOf(row.sentAt)}</time>
            {(row.mine || row.state === "held") && <Status row={row} others={others} nameOf={nameOf} />}
          </span>
        </div>
      </div>
      {row.entry?.refusal !== undefined && (
        <p class="failure">
          <span>Not sent. {wordsFor(row.entry.refusal)}</span>
          <span>
            <button type="button" class="link" onClick={onRetry}>
              Try again
            </button>
            <button type="button" class="link" onClick={onDiscard}>
              Discard
            </button>
          </span>
        </p>
      )}
    </li>
  );
};

interface StatusProps {
  readonly row: MessageRow;
  readonly others: number;
  readonly nameOf: NameOf;
}

const Status = ({ row, others, nameOf }: StatusProps) => {
  const words = statusOf(row, others, nameOf);
  return (
    <span class={`status${row.readBy.length > 0 ? " is-read" : ""}`} title={words}>
      <StatusIcon row={row} others={others} />
      <span class="visually-hidden">{words}</span>
    </span>
  );
};

const StatusIcon = ({ row, others }: { readonly row: MessageRow; readonly others: number }) => {
  switch (row.state) {
    case "pending":
    case "held":
      return <ClockIcon />;
    case "failed":
      return <WarningIcon />;
    case "stored":
      return row.readBy.length > 0 && row.readBy.length >= others ? <DoubleCheckIcon /> : <CheckIcon />;
  }
};

const statusOf = (row: MessageRow, others: number, nameOf: NameOf): string => {
  switch (row.state) {
    case "pending":
      return "Sending";
    case "held":
      return "Waiting to be stored";
    case "failed":
      return "Not sent";
    case "stored":
      return row.readBy.length === 0
        ? "Sent"
        : others === 1
          ? "Read"
          : `Read by ${row.readBy.length >= others ? "everyone" : listOf(row.readBy.map((each) => personName(each, nameOf)))}`;
  }
};
