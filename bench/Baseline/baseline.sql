-- The columns, the primary key and the idempotency index of the product's log, so that the work of the database is comparable. No guard: nothing checks the order here.
create table messages (
  conversation_id uuid not null,
  sequence bigint not null,
  message_id uuid,
  sender_id uuid,
  sent_at timestamptz not null,
  deleted_at timestamptz,
  reply_to bigint,
  target bigint,
  kind smallint not null,
  client_message_id text,
  type text,
  content text,
  content_hash bytea,
  data jsonb,
  primary key (conversation_id, sequence),
  constraint messages_idempotency unique (conversation_id, sender_id, client_message_id)
);
