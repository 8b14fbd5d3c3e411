import { readAccount, fields, text, whole } from "./guards.ts";
import type { Account, SignedIn } from "./protocol.ts";

export interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly expiresAt: number;
  readonly user: Account;
}

/** Where the signed-in person outlives the page; all tabs share it. */
export interface SessionStore {
  load(): Session | null;
  save(session: Session): void;
  clear(): void;
}

export const sessionFrom = (signedIn: SignedIn, now: number): Session => ({
  accessToken: signedIn.accessToken,
  refreshToken: signedIn.refreshToken,
  expiresAt: now + signedIn.expiresIn * 1000,
  user: signedIn.user,
});

export const readSession = (value: unknown): Session => {
  const from = fields(value, "session");
  return {
    accessToken: text(from["accessToken"], "session.accessToken"),
    refreshToken: text(from["refreshToken"], "session.refreshToken"),
    expiresAt: whole(from["expiresAt"], "session.expiresAt"),
    user: readAccount(from["user"], "session.user"),
  };
};
