import type { DecisionRequest, PolicyUser, TlsFacts } from '../decision.ts';
import { grpcCallOf } from '../grpc-path.ts';
import { plainIp } from '../question.ts';
import { CONTEXT_ATTRIBUTES } from '../schema.ts';
import {
  Datetime,
  type EntityStore,
  Fault,
  IpAddress,
  parseIp,
  RecordValue,
  type Value,
} from '../value/index.ts';
import type { DecisionInput } from './decision-input.ts';
import { HeaderFields } from './header-fields.ts';
import { type KnownUser, knownUser } from './mesh-entities.ts';
import { RecentPairs } from './recent-pairs.ts';

type Attribute = (typeof CONTEXT_ATTRIBUTES)[number];
type HttpOrGrpc = Exclude<DecisionRequest, { action: 'connect' }>;
type RequestAttribute = 'headers' | 'service' | 'method' | 'path' | 'host';

/** Callers' addresses, and ways of protecting a connection, that are kept parsed, per generation. */
const RECENT_ADDRESSES = 4_096;
const RECENT_TLS = 16;

const NO_ENTITIES: EntityStore = new Map();
const NO_HEADERS: Readonly<Record<string, string>> = {};

/**
 * Puts the context of a request into the slots of an input: what policies read of it and no more, and without
 * garbage where the same connection and the same user were met before.
 */
export class MeshContext {
  readonly #input: DecisionInput;
  readonly #filled: readonly { readonly slot: number; readonly attribute: Attribute }[];
  readonly #addresses = new RecentPairs<IpAddress>(RECENT_ADDRESSES);
  readonly #tls = new RecentPairs<RecordValue>(RECENT_TLS);
  readonly #users = new WeakMap<PolicyUser, KnownUser>();
  /** Reused for every request. */
  readonly #time = new Datetime(0);
  readonly #headerFields = new HeaderFields();
  readonly #headers = new RecordValue(this.#headerFields);

  constructor(input: DecisionInput, reads: ReadonlySet<string>) {
    this.#input = input;
    this.#filled = CONTEXT_ATTRIBUTES.filter((attribute) => reads.has(attribute)).map(
      (attribute) => ({ attribute, slot: input.names.indexOf(attribute) }),
    );
  }

  /** The error says what of the request is no value at all. */
  fill(request: DecisionRequest): string | undefined {
    const address = this.#addressOf(request.sourceIp);
    if (address instanceof Fault) return `${address.message}: ${request.sourceIp}`;
    // A policy may name a user instead of reading the context's.
    const user = request.user === undefined ? undefined : this.#knownUser(request.user);
    this.#input.userEntities = user === undefined ? NO_ENTITIES : user.entities;
    for (const { slot, attribute } of this.#filled) {
      this.#input.slots[slot] =
        attribute === 'sourceIp' ? address : this.#valueOf(attribute, request);
    }
    return undefined;
  }

  #valueOf(attribute: Exclude<Attribute, 'sourceIp'>, request: DecisionRequest): Value | undefined {
    switch (attribute) {
      case 'protocol':
        return request.action === 'connect' ? request.protocol : request.action;
      case 'port':
        return request.port;
      case 'time':
        if (request.timeMs === undefined) return undefined;
        this.#time.epochMs = request.timeMs;
        return this.#time;
      case 'risk':
        return request.risk ?? 0;
      case 'locality':
        return request.locality;
      case 'tls':
        return request.tls && this.#tlsRecord(request.tls);
      case 'user':
        return request.user && this.#knownUser(request.user).ref;
      default:
        return request.action === 'connect' ? undefined : this.#partOf(request, attribute);
    }
  }

  #partOf(request: HttpOrGrpc, attribute: RequestAttribute): Value | undefined {
    switch (attribute) {
      case 'headers':
        this.#headerFields.headers = request.headers ?? NO_HEADERS;
        return this.#headers;
      case 'service':
        return request.action === 'grpc' ? grpcCallOf(request.path).service : undefined;
      case 'method':
        return request.action === 'grpc' ? grpcCallOf(request.path).method : request.method;
      default:
        return request[attribute];
    }
  }

  #knownUser(user: PolicyUser): KnownUser {
    const known = this.#users.get(user);
    if (known !== undefined) return known;
    const made = knownUser(user);
    this.#users.set(user, made);
    return made;
  }

  #addressOf(text: string): IpAddress | Fault {
    const known = this.#addresses.get('', text);
    if (known !== undefined) return known;
    const address = parseIp(plainIp(text));
    if (address instanceof IpAddress) this.#addresses.set('', text, address);
    return address;
  }

  #tlsRecord({ version, resumed }: TlsFacts): RecordValue {
    const kind = resumed ? 'resumed' : 'new';
    const known = this.#tls.get(version, kind);
    if (known !== undefined) return known;
    const fields = new Map<string, Value>([
      ['version', version],
      ['resumed', resumed],
    ]);
    const record = new RecordValue(fields);
    this.#tls.set(version, kind, record);
    return record;
  }
}
