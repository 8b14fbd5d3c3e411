import type { Answer, User } from "./protocol.ts";

const maxAtOnce = 100;

/** Who is who, by id. What is asked for while a question is under way goes with the next one. */
export class Names {
  readonly #known = new Map<string, string>();
  readonly #asked = new Set<string>();
  readonly #ask: (ids: readonly string[]) => Promise<Answer<readonly User[]>>;
  readonly #onChange: () => void;
  #wanted: string[] = [];
  #asking = false;

  constructor(ask: (ids: readonly string[]) => Promise<Answer<readonly User[]>>, onChange: () => void) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  of(id: string): string | undefined {
    return this.#known.get(id);
  }

  learn(user: User): void {
    this.#known.set(user.id, user.username);
  }

  need(ids: Iterable<string>): void {
    for (const id of ids) {
      if (!this.#known.has(id) && !this.#asked.has(id)) {
        this.#asked.add(id);
        this.#wanted.push(id);
      }
    }
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    if (this.#asking) {
      return;
    }
    this.#asking = true;
    while (this.#wanted.length > 0) {
      const ids = this.#wanted.slice(0, maxAtOnce);
      this.#wanted = this.#wanted.slice(maxAtOnce);
      const answer = await this.#ask(ids);
      if (answer.ok) {
        answer.value.forEach((each) => this.learn(each));
        this.#onChange();
      } else {
        // Asked again when somebody needs them next.
        ids.forEach((each) => this.#asked.delete(each));
      }
    }
    this.#asking = false;
  }
}
