import type { SimHost } from './host.ts';

/** What cannot pass: from the host of the first number to that of the second. */
export type Cut = (from: number, to: number) => boolean;

const numbersOf = (hosts: Iterable<SimHost>): ReadonlySet<number> =>
  new Set([...hosts].map(({ number }) => number));

/** Nothing passes between these hosts and all others, either way. */
export function split(side: Iterable<SimHost>): Cut {
  const inside = numbersOf(side);
  return (from, to) => inside.has(from) !== inside.has(to);
}

/** Nothing that `from` send reaches `to`; what those send reaches them. */
export function oneWay(from: Iterable<SimHost>, to: Iterable<SimHost>): Cut {
  const [senders, receivers] = [numbersOf(from), numbersOf(to)];
  return (sender, receiver) => senders.has(sender) && receivers.has(receiver);
}

/**
 * Between some pairs of hosts nothing passes, either way, while others reach both: `share` of all
 * pairs (0 to 1), chosen by `seed`.
 */
export function partial(share: number, seed: number): Cut {
  const limit = share * 2 ** 32;
  return (from, to) => {
    const [low, high] = from < to ? [from, to] : [to, from];
    let mixed = Math.imul(low ^ seed, 0x9e3779b1) ^ Math.imul(high + 0x7f4a7c15, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 13)) >>> 0 < limit;
  };
}
