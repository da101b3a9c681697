import type { Timeline } from '../timeline.ts';
import type { FrameArrival } from './lane.ts';

/**
 * Copies of one message that are on their way. A member throws all away but the first, so only that one has to
 * arrive: the others wait for what becomes of it, and come at their time when its connection ended before.
 */
export class Copies {
  readonly #isHeldBy: (member: number) => boolean;
  /** By member: the copy that comes first. */
  readonly #first: (FrameArrival | undefined)[] = [];

  constructor(isHeldBy: (member: number) => boolean) {
    this.#isHeldBy = isHeldBy;
  }

  send(copy: FrameArrival, member: number, timeline: Timeline): void {
    const first = this.#first[member];
    if (first !== undefined && first.at <= copy.at) {
      copy.behind = first.behind;
      first.behind = copy;
    } else {
      this.#first[member] = copy;
      timeline.add(copy.at, copy);
    }
  }

  /** It is there, and was taken or not. */
  arrived(copy: FrameArrival): void {
    const { number } = copy.to.own;
    const { timeline } = copy.to.own.process;
    if (this.#first[number] === copy) this.#first[number] = undefined;
    let next = this.#isHeldBy(number) ? undefined : copy.behind;
    copy.behind = undefined;
    while (next !== undefined) {
      const { behind } = next;
      next.behind = undefined;
      this.send(next, number, timeline);
      next = behind;
    }
  }
}
