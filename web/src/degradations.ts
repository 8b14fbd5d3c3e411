/** What works less well at the server this page is connected to, and since when. A new connection is told at once, so what the last one was told is forgotten. */
export class Degradations {
  readonly #since = new Map<string, string>();

  /** Without a time it is over. */
  on(what: string, since: string | null): void {
    if (since === null) {
      this.#since.delete(what);
    } else {
      this.#since.set(what, since);
    }
  }

  forget(): void {
    this.#since.clear();
  }

  /** Messages cannot be stored right now. */
  get storage(): boolean {
    return this.#since.has("storage");
  }
}
