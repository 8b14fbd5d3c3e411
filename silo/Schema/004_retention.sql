-- Retention: the beginning of a log goes, in order; what operators hold stays.

alter table conversations add column trimmed_through bigint not null default 0;   -- entries up to here are gone: the log begins one above

-- Deleted messages that still have their content. Small, because purging empties it.
create index messages_unpurged on messages (conversation_id, sequence) where deleted_at is not null and content is not null;

-- Legal holds, kept after their release: who held what, when and why.
create table retention_holds (
  id uuid primary key,
  conversation_id uuid not null references conversations,
  reason text not null,
  placed_by uuid not null,
  placed_at timestamptz not null,
  release_reason text,
  released_by uuid,
  released_at timestamptz
);

create unique index retention_holds_active on retention_holds (conversation_id) where released_at is null;

create table retention_runs (
  id uuid primary key,
  number bigint not null generated always as identity unique,   -- the order of runs, whatever the clock said
  outcome smallint not null,                   -- 0 running, 1 completed, 2 refused, 3 failed, 4 interrupted
  reason text,
  dry_run boolean not null,
  forced_by uuid,
  force_reason text,
  started_at timestamptz not null,
  ended_at timestamptz,
  cut_off timestamptz not null,
  purge_cut_off timestamptz not null,
  log_rows bigint not null default 0,
  due_rows bigint not null default 0,
  conversations bigint not null default 0,
  held_conversations bigint not null default 0,
  archived_rows bigint not null default 0,
  archive_files int not null default 0,
  deleted_rows bigint not null default 0,
  purged_contents bigint not null default 0
);

-- Takes entries from the beginning of logs. All of them go or none: RT001 when one is not as it was read (p_versions: its xmin), or is not the next
-- one of its log; RT002 when a hold stands. The conversations are locked last, for as long as the commit takes: who appends waits for no deletion.
create function trim_log(p_conversations uuid[], p_sequences bigint[], p_versions text[]) returns void
language plpgsql set lock_timeout = '200ms' set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  found_rows bigint;
  logs bigint;
begin
  delete from messages m
  using unnest(p_conversations, p_sequences, p_versions) as e (conversation_id, sequence, version)
  where m.conversation_id = e.conversation_id and m.sequence = e.sequence and m.xmin::text = e.version;
  get diagnostics found_rows = row_count;
  if found_rows <> cardinality(p_sequences) then
    raise exception 'entries changed since they were read' using errcode = 'RT001';
  end if;

  perform from conversations c where c.id = any (p_conversations) order by c.id for no key update;
  if exists (select from retention_holds h where h.conversation_id = any (p_conversations) and h.released_at is null) then
    raise exception 'a conversation is held' using errcode = 'RT002';
  end if;

  update conversations c set trimmed_through = t.highest
  from (
    select e.conversation_id, min(e.sequence) as lowest, max(e.sequence) as highest, count(*) as entries
    from unnest(p_conversations, p_sequences) as e (conversation_id, sequence) group by e.conversation_id
  ) t
  where c.id = t.conversation_id and c.trimmed_through = t.lowest - 1 and t.entries = t.highest - t.lowest + 1;
  get diagnostics found_rows = row_count;
  select count(distinct e) into logs from unnest(p_conversations) e;
  if found_rows <> logs then
    raise exception 'the log does not begin there' using errcode = 'RT001';
  end if;
end $$;

-- Empties deleted messages; answers how many. Holds neither come nor go meanwhile, so that one which was placed before it is respected.
create function purge_deleted(p_before timestamptz, p_limit int) returns bigint
language plpgsql set lock_timeout = '200ms' as $$
declare
  purged bigint;
begin
  lock table retention_holds in share mode;
  update messages m set content = null
  from (
    select d.conversation_id, d.sequence from messages d
    where d.deleted_at is not null and d.content is not null and d.deleted_at < p_before
      and not exists (select from retention_holds h where h.conversation_id = d.conversation_id and h.released_at is null)
    order by d.conversation_id, d.sequence limit p_limit for update skip locked
  ) due
  where m.conversation_id = due.conversation_id and m.sequence = due.sequence;
  get diagnostics purged = row_count;
  return purged;
end $$;
