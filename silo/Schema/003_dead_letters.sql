-- Messages set aside because they can never be stored as they are. Readable by operators; they leave by redrive or discard.

create table dead_letters (
  id uuid primary key,
  conversation_id uuid not null,               -- no reference: a dead letter outlives what it belonged to
  sender_id uuid not null,
  client_message_id text not null,
  message_id uuid not null,
  payload bytea not null,                      -- the message as UTF-8 JSON; bytes, because what poisoned the log may not be text to it
  reason text not null,
  attempts int not null,
  at timestamptz not null
);

create index dead_letters_at on dead_letters (at, id);
