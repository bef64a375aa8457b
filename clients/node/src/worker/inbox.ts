/** What several tell one reader, in order. */
export class Inbox<Item extends object> {
  readonly #unread: Item[] = [];
  #wake: () => void = () => undefined;

  get isEmpty(): boolean {
    return this.#unread.length === 0;
  }

  put(item: Item): void {
    this.#unread.push(item);
    this.#wake();
  }

  /** The oldest that is not read, as soon as there is one; for one reader at a time. */
  async next(): Promise<Item> {
    for (;;) {
      const item = this.#unread.shift();
      if (item !== undefined) return item;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
