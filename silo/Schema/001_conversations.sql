-- Conversations, their members and their log (docs/adr/0002). Readable by operators; written only by the application.

create table conversations (
  id uuid primary key,
  type smallint not null,                      -- 0 direct, 1 group, 2 business
  name text,
  business_id uuid,
  last_sequence bigint not null default 0,     -- the guard of the log: the sequence of its newest entry
  last_activity timestamptz not null,          -- when that entry was written. No index: it would cost the append 40 %.
  created_at timestamptz not null
) with (fillfactor = 70);                      -- room for heap-only updates: every append changes its conversation's row

-- Who is in now. Leaving deletes the row, the log keeps the history. Who comes back gets a new row and sees what follows its
-- joined_sequence, as anybody who is new.
create table members (
  conversation_id uuid not null references conversations on delete cascade,
  user_id uuid not null,
  role smallint not null,                      -- 0 member, 1 admin
  joined_sequence bigint not null,             -- the head before the entry that added the member: entries after it are visible
  read_sequence bigint not null,               -- the read cursor; only moves forward
  muted_until timestamptz,
  archived boolean not null default false,
  primary key (conversation_id, user_id)
) with (fillfactor = 80);

create index members_user on members (user_id);

create table messages (
  conversation_id uuid not null,
  sequence bigint not null,
  message_id uuid,
  sender_id uuid,
  sent_at timestamptz not null,
  deleted_at timestamptz,
  reply_to bigint,
  target bigint,                               -- the sequence of the entry that this one changes
  kind smallint not null,                      -- 0 message, 1 members_added, 2 member_left, 3 role_changed, 4 renamed
  client_message_id text,
  type text,
  content text,
  content_hash bytea,                          -- SHA-256 of the original body; outlives edit and delete
  data jsonb,                                  -- of the other kinds: {"userIds": [...], "role": 0|1, "name": "..."}
  primary key (conversation_id, sequence),
  constraint messages_idempotency unique (conversation_id, sender_id, client_message_id)
);

-- What an entry of another kind than message does to its conversation.
create function apply_entry(p_conversation uuid, p_sequence bigint, p_kind smallint, p_data jsonb) returns void
language plpgsql as $$
begin
  if p_kind = 1 then
    insert into members (conversation_id, user_id, role, joined_sequence, read_sequence)
    select p_conversation, u::uuid, coalesce((p_data ->> 'role')::smallint, 0::smallint), p_sequence - 1, p_sequence - 1
    from jsonb_array_elements_text(p_data -> 'userIds') u
    on conflict (conversation_id, user_id) do nothing;
  elsif p_kind = 2 then
    delete from members m using jsonb_array_elements_text(p_data -> 'userIds') u
    where m.conversation_id = p_conversation and m.user_id = u::uuid;
  elsif p_kind = 3 then
    update members m set role = (p_data ->> 'role')::smallint from jsonb_array_elements_text(p_data -> 'userIds') u
    where m.conversation_id = p_conversation and m.user_id = u::uuid;
  elsif p_kind = 4 then
    update conversations set name = p_data ->> 'name' where id = p_conversation;
  end if;
end $$;

-- Appends entries of several conversations and returns the conversations whose head moved. A conversation is refused, and the others are not,
-- unless its entries are contiguous and begin one above its head: so the database itself keeps one order, whoever calls.
create function append_batch(
  p_conversations uuid[], p_sequences bigint[], p_kinds smallint[], p_message_ids uuid[], p_senders uuid[], p_sent_at timestamptz[],
  p_client_message_ids text[], p_types text[], p_contents text[], p_hashes bytea[], p_reply_to bigint[], p_targets bigint[], p_data jsonb[])
returns uuid[] language plpgsql set lock_timeout = '200ms' as $$
declare
  moved uuid[];
begin
  with batch as materialized (
    select e.conversation_id, min(e.sequence) as lowest, max(e.sequence) as highest, max(e.sent_at) as sent_at
    from unnest(p_conversations, p_sequences, p_sent_at) as e (conversation_id, sequence, sent_at)
    group by e.conversation_id
    having count(*) = max(e.sequence) - min(e.sequence) + 1
  ), held as materialized (
    -- In the order of their ids, so that two writers cannot lock each other out.
    select c.id, b.lowest, b.highest, b.sent_at
    from batch b join conversations c on c.id = b.conversation_id
    where c.last_sequence = b.lowest - 1
    order by c.id
    for no key update of c
  ), changed as (
    update conversations c set last_sequence = h.highest, last_activity = h.sent_at
    from held h where c.id = h.id and c.last_sequence = h.lowest - 1
    returning c.id
  )
  select coalesce(array_agg(id), '{}') into moved from changed;

  insert into messages (conversation_id, sequence, kind, message_id, sender_id, sent_at, client_message_id, type, content, content_hash, reply_to, target, data)
  select e.*
  from unnest(p_conversations, p_sequences, p_kinds, p_message_ids, p_senders, p_sent_at, p_client_message_ids, p_types, p_contents, p_hashes, p_reply_to, p_targets, p_data)
    as e (conversation_id, sequence, kind, message_id, sender_id, sent_at, client_message_id, type, content, content_hash, reply_to, target, data)
  where e.conversation_id = any (moved);

  if not (0::smallint = all (p_kinds)) then
    perform apply_entry(e.conversation_id, e.sequence, e.kind, e.data)
    from (
      select * from unnest(p_conversations, p_sequences, p_kinds, p_data) as b (conversation_id, sequence, kind, data)
      where b.kind <> 0 and b.conversation_id = any (moved)
      order by b.conversation_id, b.sequence
    ) e;
  end if;

  return moved;
end $$;
