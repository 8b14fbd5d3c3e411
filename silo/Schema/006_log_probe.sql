-- What the application writes while the log was found out of reach, to learn whether appends would succeed: see probe_log().
create table log_probe (
  filler text not null
) with (autovacuum_enabled = false);           -- never more than one probe's rows

-- Writes what an append needs: rows in new blocks (an update in place succeeds on a full disk), the write-ahead log, and a commit.
-- A new file each time, so that nothing of it adds up.
create function probe_log() returns void language plpgsql set lock_timeout = '200ms' as $$
begin
  begin
    truncate log_probe;
  exception when lock_not_available then
    null;                                      -- somebody reads it, a dump perhaps: that is no reason to write nothing
  end;
  insert into log_probe select repeat('x', 1000) from generate_series(1, 250);
end $$;
