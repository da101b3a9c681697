import { encode } from '@ipld/dag-cbor';
import { err, type NodeName, ok, parseNodeName, type Result } from '../core/index.ts';
import { equalInConstantTime, sha256 } from '../crypto/index.ts';
import type { Clock, EpochMs, Random, Space, Store } from '../ports/index.ts';
import { decodeUntrusted, fieldsOf, isBytes, isCount } from './cbor.ts';
import { IdentityError } from './errors.ts';
import { TOKEN_SECRET_BYTES } from './join-token.ts';

/** How many tokens may wait to be used at once: more is a script gone wrong. */
const MAX_OPEN_TOKENS = 1_000;
/** How many ended tokens are remembered, so that a late use is told why it fails. */
const MAX_ENDED_TOKENS = 1_000;
const ID_CHARACTERS = 16; // of the secret's hash, hex: 64 bits tell a few thousand tokens apart

/** How many tokens a book holds: those that wait to be used, and those that have ended. */
export interface TokenLimits {
  readonly open: number;
  readonly ended: number;
}

const DEFAULT_LIMITS: TokenLimits = { open: MAX_OPEN_TOKENS, ended: MAX_ENDED_TOKENS };

/** What the book keeps of a token: enough to judge it, not enough to use it. */
export interface TokenEntry {
  /** The beginning of the secret's SHA-256: safe to show. */
  readonly id: string;
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs;
  /** The only name under which it can be used. */
  readonly nodeName?: NodeName;
  /** The only locality in which the node may run. */
  readonly locality?: string;
  readonly usedBy?: TokenUser;
}

/** Who joined with a token: a name with a key. */
export interface TokenUser {
  readonly node: NodeName;
  /** The node's Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface RedeemRefusal {
  readonly code: 'TOKEN_UNKNOWN' | 'TOKEN_EXPIRED' | 'TOKEN_USED' | 'TOKEN_OTHER_NODE';
  readonly message: string;
}

interface StoredToken extends TokenEntry {
  readonly secretSha256: Uint8Array;
}

export interface TokenOptions {
  readonly lifeMs: number;
  readonly nodeName?: NodeName;
  readonly locality?: string;
}

/** The join tokens that one authority made. Of a secret it keeps the SHA-256 alone. */
export class TokenBook {
  readonly #store: Store;
  readonly #space: Space;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits: TokenLimits;

  constructor(store: Store, clock: Clock, random: Random, limits: TokenLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
    this.#store = store;
    this.#space = store.space('join-tokens');
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Makes a token's secret; it is returned once and kept nowhere.
   * @throws IdentityError TOKEN_LIMIT
   */
  create(options: TokenOptions): {
    readonly secret: Uint8Array;
    readonly expiresAt: EpochMs;
    readonly id: string;
  } {
    const secret = this.#random.bytes(TOKEN_SECRET_BYTES);
    const secretSha256 = sha256(secret);
    const id = idOf(secretSha256);
    const createdAt = this.#clock.now();
    const expiresAt = createdAt + options.lifeMs;
    const { lifeMs: _, ...bound } = options;
    this.#store.transaction(() => {
      const open = this.#forgetOldest();
      if (open >= this.#limits.open) {
        throw new IdentityError(
          'TOKEN_LIMIT',
          `${open} join tokens are open, the most there may be`,
        );
      }
      this.#put({ id, createdAt, expiresAt, secretSha256, ...bound });
    });
    return { secret, expiresAt, id };
  }

  /** What {@link redeem} would say, without using the token: for what must be asked before it is spent. */
  check(secret: Uint8Array, user: TokenUser): Result<TokenEntry, RedeemRefusal> {
    const held = this.#usable(secret, user);
    return held.ok ? ok(entryOf(held.value)) : held;
  }

  /**
   * Uses a token, once and atomically. The same node with the same key may come again until the end:
   * its first answer may have been lost on the way, and nobody else gains by it.
   */
  redeem(secret: Uint8Array, user: TokenUser): Result<TokenEntry, RedeemRefusal> {
    return this.#store.transaction(() => {
      const held = this.#usable(secret, user);
      if (!held.ok) return held;
      const used = { ...held.value, usedBy: { node: user.node, publicKey: user.publicKey } };
      this.#put(used);
      return ok(entryOf(used));
    });
  }

  /** All that the book remembers, newest first. */
  list(): readonly TokenEntry[] {
    return this.#entries()
      .map(entryOf)
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Forgets the oldest ended tokens beyond the limit; returns how many are open. */
  #forgetOldest(): number {
    const all = this.#entries();
    const ended = all.filter((entry) => !this.#isOpen(entry));
    const tooMany = ended.sort((a, b) => b.createdAt - a.createdAt).slice(this.#limits.ended);
    for (const { id } of tooMany) this.#space.delete(id);
    return all.length - ended.length;
  }

  #usable(secret: Uint8Array, user: TokenUser): Result<StoredToken, RedeemRefusal> {
    const secretSha256 = sha256(secret);
    const held = this.#get(idOf(secretSha256));
    if (held === undefined || !equalInConstantTime(held.secretSha256, secretSha256)) {
      return refuse('TOKEN_UNKNOWN', 'this authority does not know the join token');
    }
    return this.#refusal(held, user) ?? ok(held);
  }

  #refusal(held: StoredToken, user: TokenUser) {
    const { usedBy, nodeName, expiresAt, id } = held;
    if (usedBy !== undefined && !isSame(usedBy, user)) {
      return refuse(
        'TOKEN_USED',
        `the node ${usedBy.node} joined with the join token ${id} before`,
      );
    }
    if (this.#clock.now() > expiresAt) {
      const end = new Date(expiresAt).toISOString();
      return refuse('TOKEN_EXPIRED', `the join token ${id} ended at ${end}`);
    }
    return nodeName === undefined || nodeName === user.node
      ? undefined
      : refuse('TOKEN_OTHER_NODE', `the join token ${id} is for ${nodeName}, not for ${user.node}`);
  }

  #isOpen({ usedBy, expiresAt }: TokenEntry): boolean {
    return usedBy === undefined && this.#clock.now() <= expiresAt;
  }

  #entries(): StoredToken[] {
    return [...this.#space.entries()].flatMap(([id, value]) => readEntry(id, value) ?? []);
  }

  #get(id: string): StoredToken | undefined {
    const value = this.#space.get(id);
    return value === undefined ? undefined : readEntry(id, value);
  }

  #put({ id, usedBy, ...token }: StoredToken): void {
    const used = usedBy === undefined ? {} : { usedBy: { ...usedBy } };
    this.#space.put(id, encode({ ...token, ...used }));
  }
}

const refuse = (code: RedeemRefusal['code'], message: string) =>
  err<RedeemRefusal>({ code, message });

const idOf = (secretSha256: Uint8Array): string =>
  Buffer.from(secretSha256).toString('hex').slice(0, ID_CHARACTERS);

const isSame = (a: TokenUser, b: TokenUser): boolean =>
  a.node === b.node && equalInConstantTime(a.publicKey, b.publicKey);

const entryOf = ({ secretSha256: _, ...entry }: StoredToken): TokenEntry => entry;

/** Undefined, and so unknown, when any part cannot be read: a used token must never look open. */
function readEntry(id: string, value: Uint8Array): StoredToken | undefined {
  const { createdAt, expiresAt, secretSha256, ...rest } = fieldsOf(decodeUntrusted(value));
  if (!isCount(createdAt) || !isCount(expiresAt) || !isBytes(secretSha256)) return undefined;
  const nodeName = rest.nodeName === undefined ? undefined : readName(rest.nodeName);
  const usedBy = rest.usedBy === undefined ? undefined : readUser(rest.usedBy);
  if (nodeName?.ok === false || usedBy?.ok === false) return undefined;
  const { locality } = rest;
  if (locality !== undefined && typeof locality !== 'string') return undefined;
  return {
    id,
    createdAt,
    expiresAt,
    secretSha256,
    ...(nodeName === undefined ? {} : { nodeName: nodeName.value }),
    ...(locality === undefined ? {} : { locality }),
    ...(usedBy === undefined ? {} : { usedBy: usedBy.value }),
  };
}

const readName = (value: unknown): Result<NodeName, string> =>
  typeof value === 'string' ? parseNodeName(value) : err('no name');

function readUser(value: unknown): Result<TokenUser, string> {
  const { node, publicKey } = fieldsOf(value);
  const name = readName(node);
  if (!name.ok) return name;
  return isBytes(publicKey) ? ok({ node: name.value, publicKey }) : err('no key');
}
