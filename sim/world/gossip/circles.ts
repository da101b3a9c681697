import type { Link } from './connection.ts';

/** Of a member's peers, those that follow a topic. */
export interface Circle {
  /** In its mesh, and how many of these it dialled itself. */
  readonly inside: readonly Link[];
  readonly outbound: number;
  /** The others, and their numbers: nearly always they are asked about, and not told anything. */
  readonly outside: readonly Link[];
  readonly outsideNumbers: readonly number[];
}

/** Who stands where changes seldom, and is asked for with each message and each heartbeat. */
export class Circles {
  readonly #links: () => readonly Link[];
  /** By topic. */
  readonly #known: (Circle | undefined)[] = [];

  constructor(links: () => readonly Link[]) {
    this.#links = links;
  }

  of(topic: number): Circle {
    const known = this.#known[topic];
    if (known !== undefined) return known;
    const bit = 1 << topic;
    const following = this.#links().filter((link) => (link.topics | link.mesh) & bit);
    const inside = following.filter((link) => link.mesh & bit);
    const outside = following.filter((link) => !(link.mesh & bit));
    const circle = {
      inside,
      outbound: inside.filter((link) => link.isOutbound).length,
      outside,
      outsideNumbers: outside.map((link) => link.farNumber),
    };
    this.#known[topic] = circle;
    return circle;
  }

  /** A link came or went, or what is known of one. */
  changed(): void {
    this.#known.length = 0;
  }
}
