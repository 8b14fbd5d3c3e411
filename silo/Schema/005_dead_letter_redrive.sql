-- What became of dead letters: who tried them again, read them or gave them up, and when.

alter table dead_letters
  add column detail text,                      -- what the store said; never what the message says
  add column redrive_at timestamptz,           -- when it is redriven by itself; null: an operator decides
  add column redrives int not null default 0,
  add column tried_at timestamptz,             -- the last redrive
  add column tried_by uuid,                    -- null: it went by itself
  add column sequence bigint,                  -- its place in the log; the payload is emptied then
  add column read_at timestamptz,              -- when an operator last read what it says
  add column read_by uuid,
  add column discarded_at timestamptz,
  add column discarded_by uuid,
  add column discard_reason text;

-- The same message, dead again, is the same dead letter.
create unique index dead_letters_key on dead_letters (conversation_id, sender_id, client_message_id);

-- Dead: neither redriven nor discarded. Few, whatever the table holds.
create index dead_letters_dead on dead_letters (at, id) where sequence is null and discarded_at is null;
create index dead_letters_due on dead_letters (redrive_at) where redrive_at is not null;
