/** How long until the next attempt: full jitter over an exponentially growing ceiling, never before the server asked for. Milliseconds. */
export interface Backoff {
  readonly firstCeilingMs: number;
  readonly maxCeilingMs: number;
}

export const delayBefore = (attempt: number, backoff: Backoff, retryAfterMs: number, random: () => number): number => {
  const ceiling = Math.min(backoff.maxCeilingMs, backoff.firstCeilingMs * 2 ** Math.min(attempt, 30));
  // The jitter comes on top of the server's wish: everyone who was told the same number must not come back together.
  return retryAfterMs + random() * ceiling;
};
