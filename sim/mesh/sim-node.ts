import type { KnownMember } from '../../src/membership/index.ts';
import { ENDPOINT_KIND } from '../../src/registry/index.ts';
import { type RecordId, recordId } from '../../src/replication/index.ts';
import type { NodeIndex, Verdict } from '../witness/index.ts';
import type { SimHost } from '../world/index.ts';
import type { Identity } from './identity.ts';
import { endpointClaim } from './made-up-trust.ts';
import { type Disguise, type MeshShares, NodeLife } from './node-life.ts';

export interface SimNodeParts {
  readonly index: NodeIndex;
  readonly host: SimHost;
  readonly identity: Identity;
  readonly shares: MeshShares;
  readonly met: readonly KnownMember[];
  readonly hasRegistry: boolean;
  /** Given to liars. */
  readonly disguise?: Disguise;
}

/** A node over all its lives: a name, a key, a host with a disk, and a program that runs on it now or not. */
export class SimNode {
  readonly index: NodeIndex;
  readonly identity: Identity;
  readonly host: SimHost;
  readonly isLiar: boolean;
  readonly #parts: SimNodeParts;
  #life: NodeLife | undefined;
  #hasRun = false;

  constructor(parts: SimNodeParts) {
    this.index = parts.index;
    this.identity = parts.identity;
    this.host = parts.host;
    this.isLiar = parts.disguise !== undefined;
    this.#parts = parts;
  }

  get life(): NodeLife | undefined {
    return this.#life;
  }

  /** Does it run, know what it said before, and have the processor? */
  get canSpeak(): boolean {
    return this.#life?.isReady === true && this.host.process?.isBlocked === false;
  }

  /** Starts the program. Throws what a broken disk does; then nothing runs. */
  start(): NodeLife {
    const life = this.host.boot();
    const isFirst = !this.#hasRun;
    this.#hasRun = true;
    try {
      this.#life = new NodeLife({
        ...this.#parts,
        life,
        ...(isFirst ? { load: this.#parts.shares.reading.loadImage } : {}),
      });
      return this.#life;
    } catch (error) {
      this.host.kill();
      throw error;
    }
  }

  /** The program is gone at once, or its whole host is, and with it the last writes that its disk took. */
  crash(dies: 'process' | 'host', lostWrites: number): void {
    this.#life = undefined;
    if (dies === 'process') this.host.kill();
    else this.host.crash({ lostCommits: lostWrites });
  }

  /** Takes leave; resolves when the program has ended. */
  async leave(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    await life?.leave();
    this.host.kill();
  }

  /** Throws what its store does: its disk fails, or its clock is wrong. */
  putEndpoint(key: string, serial: number): RecordId {
    this.#life?.records.put(ENDPOINT_KIND, key, endpointClaim(this.host.address, serial));
    return recordId(this.identity.name, ENDPOINT_KIND, key);
  }

  withdrawEndpoint(key: string): RecordId {
    this.#life?.records.withdraw(ENDPOINT_KIND, key);
    return recordId(this.identity.name, ENDPOINT_KIND, key);
  }

  verdictOf(subject: SimNode): Verdict {
    return this.#life?.membership.stateOf(subject.identity.name) ?? 'unknown';
  }
}
