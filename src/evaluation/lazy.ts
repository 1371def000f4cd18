/** Something that is loaded when it is first needed, and again when it is needed after it was released. */
export class Lazy<T extends { release(): Promise<void> }> {
  readonly #load: () => Promise<T>;
  #loaded: Promise<T> | undefined;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  get(): Promise<T> {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  async release(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    await (await loaded)?.release();
  }
}
