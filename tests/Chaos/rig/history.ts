import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** invoke: asked. ok: acknowledged. fail: the server said that nothing happened. info: nobody knows. */
export type Phase = "invoke" | "ok" | "fail" | "info";

/** An entry of the log as somebody saw it: sequence, message id, hash of the content. */
export type Seen = readonly [sequence: number, messageId: string | null, hash: string | null];

/** A line of the history. Times are nanoseconds of one monotonic clock since the run began; the wall clock is never used. */
export interface Line {
  readonly t: number;
  readonly worker: string;
  readonly op: string;
  readonly phase: Phase;
  readonly user?: string;
  readonly device?: string;
  readonly session?: number;
  readonly conv?: string;
  readonly key?: string;
  readonly seq?: number | null;
  readonly msgId?: string | null;
  readonly hash?: string | null;
  readonly durability?: string;
  readonly duplicate?: boolean;
  readonly retry?: boolean;
  /** It may not be stored: the rig sent what has to be refused. */
  readonly bad?: boolean;
  readonly kind?: number;
  readonly users?: readonly string[];
  /** When a read was asked for, of which this line is the answer. */
  readonly since?: number;
  readonly after?: number;
  readonly through?: number;
  readonly head?: number;
  readonly entries?: readonly Seen[];
  readonly cursor?: number;
  readonly unread?: number;
  readonly more?: boolean;
  readonly err?: string;
  readonly [other: string]: unknown;
}

export type Note = Omit<Line, "t">;

const flushBytes = 1 << 16;
const flushMs = 500;

/** What everybody did and saw, as JSON lines: a file per conversation, and `run.jsonl` for what concerns none of them. */
export class History {
  readonly folder: string;
  readonly #began = process.hrtime.bigint();
  readonly #waiting = new Map<string, string[]>();
  readonly #sizes = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(folder: string) {
    this.folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.#timer = setInterval(() => this.flush(), flushMs);
    this.#timer.unref();
  }

  now(): number {
    return Number(process.hrtime.bigint() - this.#began);
  }

  add(note: Note): void {
    const file = `${note.conv ?? "run"}.jsonl`;
    const text = `${JSON.stringify({ t: this.now(), ...note })}\n`;
    const lines = this.#waiting.get(file);
    if (lines === undefined) {
      this.#waiting.set(file, [text]);
    } else {
      lines.push(text);
    }
    const size = (this.#sizes.get(file) ?? 0) + text.length;
    this.#sizes.set(file, size);
    if (size > flushBytes) {
      this.#write(file);
    }
  }

  flush(): void {
    [...this.#waiting.keys()].forEach((file) => this.#write(file));
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }

  #write(file: string): void {
    appendFileSync(join(this.folder, file), (this.#waiting.get(file) ?? []).join(""));
    this.#waiting.delete(file);
    this.#sizes.delete(file);
  }
}

export const hashOf = (content: string): string => createHash("sha256").update(content).digest("hex").slice(0, 16);
