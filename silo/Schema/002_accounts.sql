create table accounts (
  id            uuid primary key,
  email         text not null,
  email_key     text not null,
  username      text not null,
  username_key  text not null,
  password_hash text not null,
  created_at    timestamptz not null
);

-- The keys are the normalised forms: what differs only in case is the same.
create unique index accounts_email_key on accounts (email_key);
create unique index accounts_username_key on accounts (username_key);

-- A signed-in device: a family of refresh tokens of which one is live. Tokens are kept as SHA-256 only; the successor of the last one is sealed
-- under that token itself, so that whoever still shows it within the grace gets the same successor, and nobody else can read it.
create table sessions (
  id                  uuid primary key,
  account_id          uuid not null references accounts on delete cascade,
  device              text,
  token_hash          bytea not null,
  previous_hash       bytea,
  rotated_at          timestamptz,
  sealed_successor    bytea,
  created_at          timestamptz not null,
  expires_at          timestamptz not null,
  absolute_expires_at timestamptz not null,
  revoked_at          timestamptz,
  revoked_reason      text
);

create index sessions_account on sessions (account_id);

-- Keys that sign access tokens when none is configured. The newest signs, all verify.
create table signing_keys (
  id         text primary key,
  secret     bytea not null,
  created_at timestamptz not null
);
