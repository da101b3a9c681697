import { err, type NodeName, ok, type Result } from '../../src/core/index.ts';
import { sha256Hex } from '../../src/crypto/index.ts';
import type { EpochMs } from '../../src/ports/index.ts';
import type { WriterFacts } from '../../src/replication/index.ts';

/** As many as a real membership credential has, so that traffic counts right. */
const CREDENTIAL_BYTES = 300;

/**
 * The authority of a simulated mesh: its credentials are readable facts under a hash with a secret that no
 * node has. What the same bytes said before is remembered: they reach each node once.
 */
export class MadeUpAuthority {
  readonly #secret: string;
  readonly #read = new WeakMap<
    Uint8Array,
    Result<WriterFacts & { readonly key: string }, string>
  >();

  constructor(seed: number) {
    this.#secret = `authority of seed ${seed}`;
  }

  issue(node: NodeName, publicKey: Uint8Array, epoch: number, expiresAt: EpochMs): Uint8Array {
    const facts = JSON.stringify({ node, key: hex(publicKey), epoch, expiresAt });
    return encoder.encode(`${facts}\n${this.#seal(facts)}\n`.padEnd(CREDENTIAL_BYTES));
  }

  /** Whose key `publicKey` is by that credential, or why nobody's; dates are the caller's to judge. */
  verify(credential: Uint8Array, publicKey: Uint8Array): Result<WriterFacts, string> {
    const known = this.#read.get(credential) ?? this.#readAnew(credential);
    this.#read.set(credential, known);
    if (!known.ok) return known;
    return known.value.key === hex(publicKey) ? known : err('it is for another key');
  }

  #readAnew(credential: Uint8Array): Result<WriterFacts & { readonly key: string }, string> {
    const [facts = '', seal] = decoder.decode(credential).split('\n');
    if (seal !== this.#seal(facts)) return err('no authority in force signed it');
    return ok(JSON.parse(facts));
  }

  #seal(facts: string): string {
    return sha256Hex(encoder.encode(`${this.#secret}\n${facts}`));
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
