import { err, ok, type Result } from '../../core/index.ts';

/** TLS record content types (RFC 8446 section 5.1). */
const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const RECORD_HEADER_BYTES = 5;

/** Handshake message types (RFC 8446 section 4). */
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const SUPPORTED_VERSIONS = 43; // extension type, RFC 8446 section 4.2.1
const TLS_1_3 = 0x0304;

interface TlsRecord {
  readonly type: number;
  readonly body: Uint8Array;
}

/** One direction of a connection, and its first handshake message. */
interface Flight {
  readonly records: readonly TlsRecord[];
  readonly versions: readonly number[];
}

/** What a capture of one connection shows. */
export interface TlsFacts {
  readonly records: number;
  readonly bytes: number;
}

/**
 * Is a captured connection TLS 1.3 and nothing else? Both sides begin with a hello whose
 * supported_versions names 1.3 (the server's choice, and among the client's offers nothing older);
 * a HelloRetryRequest may repeat them; all that follows is encrypted (RFC 8446 section 5: types 20
 * and 23). A record that the capture cut off is left out. The error says what was seen instead.
 */
export function judgeTls13(
  fromClient: Uint8Array,
  fromServer: Uint8Array,
): Result<TlsFacts, string> {
  const client = readFlight('client', fromClient, CLIENT_HELLO);
  if (!client.ok) return client;
  const server = readFlight('server', fromServer, SERVER_HELLO);
  if (!server.ok) return server;
  const old = client.value.versions.filter((version) => version !== TLS_1_3 && !isGrease(version));
  if (old.length > 0) return err(`the client offers ${old.map(hex).join(', ')} too`);
  if (!client.value.versions.includes(TLS_1_3)) return err('the client does not offer TLS 1.3');
  const [chosen] = server.value.versions;
  if (chosen !== TLS_1_3) {
    return err(`the server chose ${chosen === undefined ? 'TLS 1.2 or older' : hex(chosen)}`);
  }
  return ok({
    records: client.value.records.length + server.value.records.length,
    bytes: fromClient.length + fromServer.length,
  });
}

function readFlight(side: string, bytes: Uint8Array, hello: number): Result<Flight, string> {
  const records = readRecords(bytes);
  const first = records[0];
  if (first === undefined) return err(`the ${side} sent no whole TLS record`);
  if (first.type !== HANDSHAKE || first.body[0] !== hello) {
    return err(`the ${side} does not begin with a hello but with ${describe(first)}`);
  }
  const odd = records.slice(1).find((record) => !isEncrypted(record) && !isHello(record, hello));
  if (odd !== undefined) return err(`the ${side} sent ${describe(odd)} in the clear`);
  const offers = hello === CLIENT_HELLO;
  return ok({ records, versions: supportedVersions(first.body, offers) });
}

function readRecords(bytes: Uint8Array): TlsRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: TlsRecord[] = [];
  let at = 0;
  while (at + RECORD_HEADER_BYTES <= bytes.length) {
    const end = at + RECORD_HEADER_BYTES + view.getUint16(at + 3);
    if (end > bytes.length) break;
    records.push({
      type: view.getUint8(at),
      body: bytes.subarray(at + RECORD_HEADER_BYTES, end),
    });
    at = end;
  }
  return records;
}

const isEncrypted = ({ type }: TlsRecord): boolean =>
  type === APPLICATION_DATA || type === CHANGE_CIPHER_SPEC;

const isHello = ({ type, body }: TlsRecord, hello: number): boolean =>
  type === HANDSHAKE && body[0] === hello;

const describe = ({ type, body }: TlsRecord): string =>
  `a record of type ${type} that begins with ${Buffer.from(body.subarray(0, 8)).toString('hex')}`;

const hex = (version: number): string => `0x${version.toString(16).padStart(4, '0')}`;

/** RFC 8701: values that clients throw in so that servers stay tolerant. */
const isGrease = (version: number): boolean => (version & 0x0f0f) === 0x0a0a;

/**
 * The versions in a hello's supported_versions extension: a list in a ClientHello, the chosen one in
 * a ServerHello (RFC 8446 sections 4.1.2, 4.1.3 and 4.2.1). Empty when it has none.
 */
function supportedVersions(hello: Uint8Array, offers: boolean): number[] {
  const view = new DataView(hello.buffer, hello.byteOffset, hello.length);
  let at = 4 + 2 + 32; // message type and length, legacy_version, random
  at += 1 + view.getUint8(at); // session id
  at += offers ? 2 + view.getUint16(at) : 2; // cipher suites, or the one chosen
  at += offers ? 1 + view.getUint8(at) : 1; // compression
  const end = Math.min(hello.length, at + 2 + view.getUint16(at));
  at += 2;
  while (at + 4 <= end) {
    const type = view.getUint16(at);
    const length = view.getUint16(at + 2);
    at += 4;
    if (type === SUPPORTED_VERSIONS) {
      const count = offers ? view.getUint8(at) / 2 : 1;
      const first = offers ? at + 1 : at;
      return Array.from({ length: count }, (_, index) => view.getUint16(first + index * 2));
    }
    at += length;
  }
  return [];
}
