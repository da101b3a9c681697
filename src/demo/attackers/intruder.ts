import { type ConnectionOptions, connect } from 'node:tls';
import { realClock } from '../../platform/index.ts';
import type { Place } from '../wire/index.ts';
import type { TlsIdentity } from './forgery.ts';

export interface Intrusion {
  readonly at: Place;
  readonly identity?: TlsIdentity;
  readonly maxVersion?: 'TLSv1.2';
  /** The service that it asks for, in its ClientHello. */
  readonly serverName: string;
  /** In Latin-1; sent as soon as the handshake looks done from here. */
  readonly request: string;
  /** It has what it wants once this came; without it, once the other side ended the connection. */
  readonly enough?: string;
  /** How long it waits for the other side to end the connection. */
  readonly limitMs?: number;
}

export interface IntrusionOutcome {
  /** All that came back inside TLS, at most 64 KiB. */
  readonly answer: string;
  /** How it ended: `closed`, an error's code, or `still open`. */
  readonly end: string;
}

const MAX_ANSWER_BYTES = 65_536;
const LIMIT_MS = 5_000;

/** Knocks at a sidecar's inbound port by TLS, takes any server, and says what came of it. */
export function intrude(intrusion: Intrusion): Promise<IntrusionOutcome> {
  return new Promise((resolve) => {
    const answer: Uint8Array[] = [];
    let bytes = 0;
    let end = 'closed';
    const socket = connect(tlsOptions(intrusion));
    const limit = realClock.after(intrusion.limitMs ?? LIMIT_MS, () => {
      end = 'still open';
      socket.destroy();
    });
    socket.on('secureConnect', () => socket.write(intrusion.request, 'latin1'));
    socket.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes <= MAX_ANSWER_BYTES) answer.push(chunk);
      if (bytes > MAX_ANSWER_BYTES || isEnough(answer, intrusion.enough)) socket.destroy();
    });
    socket.on('error', (error) => {
      end = 'code' in error ? String(error.code) : error.message;
    });
    socket.on('close', () => {
      limit.cancel();
      resolve({ answer: Buffer.concat(answer).toString('latin1'), end });
    });
  });
}

const isEnough = (answer: readonly Uint8Array[], text: string | undefined): boolean =>
  text !== undefined && Buffer.concat(answer).includes(text);

function tlsOptions({ at, identity, maxVersion, serverName }: Intrusion): ConnectionOptions {
  return {
    ...at,
    rejectUnauthorized: false, // an intruder is not choosy
    servername: serverName,
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(identity === undefined
      ? {}
      : { key: identity.privateKeyPem, cert: identity.certificatePem }),
  };
}
