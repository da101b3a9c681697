import { err, ok, type Result, type ServiceKey } from '../core/index.ts';
import { sha256Hex } from '../crypto/index.ts';

/** A block of IPv4 addresses, as `a.b.c.d/bits` writes it. */
export interface AddressRange {
  /** The first one, as a 32-bit number. */
  readonly first: number;
  readonly size: number;
}

const LOOPBACK = 127;
/** 127.0.0.0/16 is the host's own: programs, resolvers and other nodes listen there. */
const FIRST_FREE = (LOOPBACK * 256 + 1) * 2 ** 16;
const FORM = 'write a block of loopback addresses from 127.1.0.0 on, such as 127.80.0.0/12';

/** Reads a block of loopback addresses: only there does nothing of another host listen or answer. */
export function parseLoopbackRange(text: string): Result<AddressRange, string> {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const [a = -1, b = -1, c = -1, d = -1, bits = -1] = match?.slice(1).map(Number) ?? [];
  if (match === null || [a, b, c, d].some((byte) => byte > 255) || a !== LOOPBACK) return err(FORM);
  if (bits < 8 || bits > 30) return err(FORM);
  const size = 2 ** (32 - bits);
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  if (first % size !== 0)
    return err(`write its first address, ${addressText(first - (first % size))}`);
  return first < FIRST_FREE ? err(FORM) : ok({ first, size });
}

const addressText = (address: number): string =>
  [24, 16, 8, 0].map((bits) => (address >>> bits) & 0xff).join('.');

/** Places that are tried for one pair: in a block that is nine tenths full, a free one is nearer than that. */
const MAX_STEPS = 4_096;

/**
 * Which address means which service to which workload of this host. Two workloads never share one, so
 * the address alone says who calls. A pair begins at a place that follows from its names: after a
 * restart of the node it has the same address again, though nothing was written down.
 */
export class VirtualAddresses {
  readonly #range: AddressRange;
  /** By workload, then service. */
  readonly #held = new Map<string, Map<ServiceKey, number>>();
  readonly #taken = new Set<number>();

  constructor(range: AddressRange) {
    this.#range = range;
  }

  /** How many are given out now. */
  get size(): number {
    return this.#taken.size;
  }

  /** The address of `service` for `workload`, a new one at first; undefined when none is free. */
  take(workload: string, service: ServiceKey): string | undefined {
    const known = this.#held.get(workload)?.get(service);
    const address = known ?? this.#free(`${workload}\0${service}`);
    if (address === undefined) return undefined;
    const own = this.#held.get(workload) ?? new Map<ServiceKey, number>();
    this.#held.set(workload, own.set(service, address));
    this.#taken.add(address);
    return addressText(address);
  }

  /** Takes back all that `workload` has: it is gone. */
  release(workload: string): void {
    for (const address of this.#held.get(workload)?.values() ?? []) this.#taken.delete(address);
    this.#held.delete(workload);
  }

  #free(pair: string): number | undefined {
    const { first, size } = this.#range;
    const start = Number.parseInt(sha256Hex(new TextEncoder().encode(pair)).slice(0, 8), 16);
    for (let step = 0; step < Math.min(size, MAX_STEPS); step += 1) {
      const address = first + ((start + step) % size);
      if (!this.#taken.has(address)) return address;
    }
    return undefined;
  }
}
