/**
 * Work that must not overlap itself. Whoever asks for it while it is under way is answered by one more run after it,
 * however many asked: that one sees all that was new by then.
 */
export class OneAtATime {
  readonly #work: () => Promise<void>;
  #isUnderWay = false;
  #isWantedAgain = false;

  /** `work` must not reject: nobody would hear of it. */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Begins at once where nothing is under way. */
  want(): void {
    if (this.#isUnderWay) this.#isWantedAgain = true;
    else void this.#run();
  }

  async #run(): Promise<void> {
    this.#isUnderWay = true;
    try {
      do {
        this.#isWantedAgain = false;
        await this.#work();
      } while (this.#isWantedAgain);
    } finally {
      this.#isUnderWay = false;
    }
  }
}
