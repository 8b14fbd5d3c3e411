/** A promise that tests/Chaos/Broken breaks on purpose: under these faults one of these checks has to find it. */
export interface Tooth {
  /** So many of them suffice. */
  readonly most: number;
  readonly faults: readonly string[];
  readonly caughtBy: readonly string[];
}

export const teeth: Readonly<Record<string, Tooth>> = {
  "ack-before-commit": { most: 4, faults: ["kill", "postgres-kill"], caughtBy: ["lost"] },
  // A batch that was under way while its server died arrives where the next one has written already.
  "no-guard": { most: 10, faults: ["late-commit"], caughtBy: ["split"] },
  // What was stored without its receipt being heard is sent again.
  "no-idempotency": { most: 6, faults: ["kill", "half-open"], caughtBy: ["doubled"] },
};
