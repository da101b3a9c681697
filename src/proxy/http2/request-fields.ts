import type { Field } from '../http/field.ts';
import { ROLE, roleOf } from '../http/field-role.ts';
import { isHost } from '../http/host.ts';
import type { RequestHead } from '../http/message.ts';
import type { Malformation } from '../http/refusal.ts';
import { readTarget } from '../http/target.ts';
import { readLength } from './content-length.ts';
import type { FieldSink } from './hpack/index.ts';

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What a CONNECT may ask to become, by `:protocol` (RFC 8441 section 4, RFC 9298 section 3.4). */
const UPGRADES: ReadonlyMap<string, RequestHead['upgrade']> = new Map([
  ['websocket', 'websocket'],
  ['connect-udp', 'connect-udp'],
]);

/** Gathers the fields of one request, and says what it is (RFC 9113 sections 8.2 and 8.3). For one after another. */
export class RequestFields implements FieldSink {
  #method = '';
  #path = '';
  #scheme = '';
  #authority: string | undefined;
  #protocol = '';
  #host: string | undefined;
  #length: number | undefined;
  #fields: Field[] = [];
  #regular = false;
  #malformed = false;
  #refusal: Malformation | undefined;

  /** Forgets the request before. */
  clear(): void {
    this.#method = '';
    this.#path = '';
    this.#scheme = '';
    this.#authority = undefined;
    this.#protocol = '';
    this.#host = undefined;
    this.#length = undefined;
    this.#fields = [];
    this.#regular = false;
    this.#malformed = false;
    this.#refusal = undefined;
  }

  /** The answer has no content, whatever it says. */
  get isHead(): boolean {
    return this.#method === 'HEAD';
  }

  field(field: Field): void {
    const role = roleOf(field);
    if (role === ROLE.PSEUDO) {
      this.#pseudo(field);
      return;
    }
    this.#regular = true;
    switch (role) {
      case ROLE.PLAIN:
      case ROLE.COOKIE:
      case ROLE.CONTENT_TYPE:
      case ROLE.TRACEPARENT:
        this.#fields.push(field);
        break;
      case ROLE.HOST:
        if (this.#host !== undefined) this.#malformed = true;
        this.#host = field.value.toLowerCase();
        break;
      case ROLE.CONTENT_LENGTH:
        this.#length = readLength(field.value, this.#length);
        if (this.#length === undefined) this.#malformed = true;
        this.#fields.push(field);
        break;
      case ROLE.EXPECT:
        if (field.value.toLowerCase() !== '100-continue') this.#refusal ??= 'bad-expectation';
        this.#fields.push(field);
        break;
      case ROLE.TE:
        if (field.value !== 'trailers') this.#malformed = true; // RFC 9113 section 8.2.2
        break;
      case ROLE.MESH:
        break; // only sidecars may set these
      default:
        this.#malformed = true; // of a connection, or no field at all
    }
  }

  #pseudo({ name, value }: Field): void {
    // RFC 9113 section 8.3: before all others, each once, and no unknown ones. None is empty here.
    let before: string | undefined;
    if (name === ':method') {
      before = this.#method;
      this.#method = value;
    } else if (name === ':path') {
      before = this.#path;
      this.#path = value;
    } else if (name === ':scheme') {
      before = this.#scheme;
      this.#scheme = value;
    } else if (name === ':authority') {
      before = this.#authority;
      this.#authority = value.toLowerCase();
    } else if (name === ':protocol') {
      before = this.#protocol;
      this.#protocol = value;
    } else {
      this.#malformed = true;
    }
    if (this.#regular || value === '' || (before !== undefined && before !== ''))
      this.#malformed = true;
  }

  /** The request; why it is answered with a refusal; or undefined when it is malformed (RFC 9113 section 8.1.1). */
  head(): RequestHead | Malformation | undefined {
    if (this.#malformed || !TOKEN.test(this.#method)) return undefined;
    if (this.#host !== undefined && this.#authority !== undefined && this.#host !== this.#authority)
      return undefined;
    const host = this.#authority ?? this.#host;
    const isConnect = this.#method === 'CONNECT';
    if (isConnect && this.#protocol === '') return this.#connection(host);
    if (this.#path === '' || (this.#scheme !== 'http' && this.#scheme !== 'https'))
      return undefined;
    if (this.#protocol !== '' && !isConnect) return undefined;
    // What follows is no content: an application of HTTP/1.1 would take the next request for it.
    if (isConnect && (this.#length ?? 0) > 0) return undefined;
    if (this.#refusal !== undefined) return this.#refusal;
    if (host === undefined) return 'missing-host';
    if (!isHost(host)) return 'bad-host';
    const upgrade = UPGRADES.get(this.#protocol);
    if (isConnect && upgrade === undefined) return 'bad-request-line';
    // RFC 8441 section 4: what an upgrade of GET is in HTTP/1.1.
    const method = upgrade === 'websocket' ? 'GET' : this.#method;
    const target = readTarget(isConnect ? 'GET' : this.#method, this.#path);
    if (!target.ok) return target.error;
    if (target.value.authority !== undefined) return 'bad-target';
    return {
      method,
      target: target.value.text,
      path: target.value.path,
      host,
      fields: this.#fields,
      length: isConnect ? undefined : this.#length,
      upgrade,
    };
  }

  /** RFC 9113 section 8.5. */
  #connection(host: string | undefined): RequestHead | Malformation | undefined {
    if (this.#path !== '' || this.#scheme !== '' || host === undefined) return undefined;
    if (this.#length !== undefined) return undefined;
    if (!isHost(host)) return 'bad-host';
    const fields = this.#fields;
    return {
      method: 'CONNECT',
      target: '',
      path: '',
      host,
      fields,
      length: undefined,
      upgrade: undefined,
    };
  }
}
