import { err, type NodeName, ok, type Result } from '../../src/core/index.ts';
import { sha256Hex } from '../../src/crypto/index.ts';
import type { EpochMs } from '../../src/ports/index.ts';
import type { WriterFacts } from '../../src/replication/index.ts';

/** As many as a real membership credential has, so that traffic counts right. */
const CREDENTIAL_BYTES = 300;

interface Issued extends WriterFacts {
  readonly publicKey: Uint8Array;
}

/**
 * The authority of a simulated mesh: its credentials are readable facts under a hash with a secret that no
 * node has. What the same bytes said before is remembered: they reach each node once.
 */
export class MadeUpAuthority {
  readonly #secret: string;
  readonly #read = new WeakMap<Uint8Array, Result<Issued, string>>();

  constructor(seed: number) {
    this.#secret = `authority of seed ${seed}`;
  }

  issue(node: NodeName, publicKey: Uint8Array, epoch: number, expiresAt: EpochMs): Uint8Array {
    const facts = JSON.stringify({ node, key: hex(publicKey), epoch, expiresAt });
    return encoder.encode(`${facts}\n${this.#seal(facts)}\n`.padEnd(CREDENTIAL_BYTES));
  }

  /** Whose key `publicKey` is by that credential, or why nobody's; dates are the caller's to judge. */
  verify(credential: Uint8Array, publicKey: Uint8Array): Result<WriterFacts, string> {
    let issued = this.#read.get(credential);
    if (issued === undefined) {
      issued = this.#readAnew(credential);
      this.#read.set(credential, issued);
    }
    if (!issued.ok) return issued;
    const isForKey = Buffer.compare(issued.value.publicKey, publicKey) === 0;
    return isForKey ? issued : err('it is for another key');
  }

  #readAnew(credential: Uint8Array): Result<Issued, string> {
    const [facts = '', seal] = decoder.decode(credential).split('\n');
    if (seal !== this.#seal(facts)) return err('no authority in force signed it');
    const { key, ...issued } = JSON.parse(facts);
    return ok({ ...issued, publicKey: Buffer.from(key, 'hex') });
  }

  #seal(facts: string): string {
    return sha256Hex(encoder.encode(`${this.#secret}\n${facts}`));
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
