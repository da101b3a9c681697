import { create, toBinary } from '@bufbuild/protobuf';
import { err, ok, type Result } from '../core/index.ts';
import type { RpcStatus } from '../ports/index.ts';
import { decode } from './messages.ts';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  ResourceSchema,
} from './proto/index.ts';
import { requireSecretType } from './secret-answers.ts';
import type { SecretConversation } from './secret-methods.ts';
import {
  type NamedSecret,
  SECRET_TYPE,
  secretNames,
  secretOf,
  type Validation,
  validationFor,
} from './secrets.ts';
import type { X509Context } from './x509-context.ts';

/** Names that one stream may follow, those of nothing included. */
const MAX_NAMES = 256;
const EVERYTHING = '*';
/** How a name that there is no secret for was told: as no version. */
const NOTHING = '';

/** What became different since the last answer, and no more (xDS protocol, incremental). */
export class DeltaSecrets implements SecretConversation {
  readonly #rejected: (detail: string) => void;
  #names: ReadonlySet<string> | undefined;
  #validation: Validation = 'authorities';
  /** What the proxy holds, in which version. */
  readonly #told = new Map<string, string>();
  #answers = 0;
  #answer: { readonly context: X509Context; readonly names: ReadonlySet<string> } | undefined;

  constructor(rejected: (detail: string) => void) {
    this.#rejected = rejected;
  }

  take(bytes: Uint8Array): Result<boolean, RpcStatus> {
    const request = decode(DeltaDiscoveryRequestSchema, bytes);
    if (!request.ok) return request;
    const { typeUrl, node, errorDetail, initialResourceVersions } = request.value;
    const { resourceNamesSubscribe: more, resourceNamesUnsubscribe: fewer } = request.value;
    const type = requireSecretType(typeUrl);
    if (!type.ok) return type;
    if (node !== undefined) this.#validation = validationFor(node); // it may be said only once
    if (errorDetail !== undefined) this.#rejected(errorDetail.message);
    const isFirst = this.#names === undefined;
    if (!isFirst && more.length === 0 && fewer.length === 0) return ok(false); // it has taken an answer
    const names = new Set(this.#names);
    for (const name of more.length === 0 && isFirst ? [EVERYTHING] : more) names.add(name);
    for (const name of fewer) names.delete(name);
    if (names.size > MAX_NAMES) {
      return err({ code: 'resource-exhausted', message: `follow at most ${MAX_NAMES} secrets` });
    }
    // Asked for again is told again: a proxy may have forgotten it meanwhile.
    for (const name of [...more, ...fewer]) this.#told.delete(name);
    if (isFirst) this.#remember(initialResourceVersions, names);
    this.#names = names;
    return ok(true);
  }

  answer(context: X509Context): Result<object | undefined, RpcStatus> {
    const names = this.#names;
    if (names === undefined) return ok(undefined);
    const last = this.#answer;
    if (last?.context !== context || last.names !== names) this.#answer = { context, names };
    return ok(this.#answer);
  }

  encode(): Uint8Array | undefined {
    if (this.#answer === undefined) return undefined;
    const { context, names } = this.#answer;
    const wanted = names.has(EVERYTHING) ? [...secretNames(context), ...names] : [...names];
    const followed = new Set(wanted.filter((name) => name !== EVERYTHING));
    const found = [...followed].flatMap((name) => secretOf(name, context, this.#validation) ?? []);
    const changed = found.filter(({ name, version }) => this.#told.get(name) !== version);
    const removed = this.#missing(followed, found);
    if (changed.length === 0 && removed.length === 0) return undefined;
    for (const { name, version } of changed) this.#told.set(name, version);
    for (const name of removed) {
      if (followed.has(name)) this.#told.set(name, NOTHING);
      else this.#told.delete(name);
    }
    return this.#message(changed, removed);
  }

  /** Followed or told of, and not there. */
  #missing(followed: ReadonlySet<string>, found: readonly NamedSecret[]): readonly string[] {
    const there = new Set(found.map(({ name }) => name));
    const names = new Set([...followed, ...this.#told.keys()]);
    return [...names].filter((name) => !there.has(name) && this.#told.get(name) !== NOTHING);
  }

  #message(changed: readonly NamedSecret[], removedResources: readonly string[]): Uint8Array {
    this.#answers += 1;
    return toBinary(
      DeltaDiscoveryResponseSchema,
      create(DeltaDiscoveryResponseSchema, {
        typeUrl: SECRET_TYPE,
        nonce: String(this.#answers),
        resources: changed.map((secret) => create(ResourceSchema, secret)),
        removedResources: [...removedResources],
      }),
    );
  }

  #remember(versions: Readonly<Record<string, string>>, names: ReadonlySet<string>): void {
    for (const [name, version] of Object.entries(versions)) {
      if (names.has(name) || names.has(EVERYTHING)) this.#told.set(name, version);
    }
  }
}
