import { connect as connectHttp2 } from 'node:http2';
import { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { realClock } from '../../platform/index.ts';
import type { Place } from '../wire/index.ts';

export interface ClientIdentity {
  readonly chainPem: string;
  readonly keyPem: string;
  /** Whom it takes for an authority. */
  readonly bundlePem: string;
}

export interface MutualTlsCall {
  readonly place: Place;
  readonly identity: ClientIdentity;
  /** What the ClientHello asks for. */
  readonly serverName: string;
  /** The SPIFFE ID that the other end must show. */
  readonly peer: string;
  readonly path: string;
  readonly timeoutMs: number;
}

/** GETs a path over HTTP/2 in mutual TLS, from whoever shows `peer`; returns the status. */
export async function callByMutualTls(call: MutualTlsCall): Promise<number> {
  const socket = await handshake(call);
  const stream = plainStream(socket);
  const session = connectHttp2(`http://${call.serverName}`, { createConnection: () => stream });
  try {
    return await new Promise<number>((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request({ ':path': call.path });
      stream.on('response', (headers) => resolve(Number(headers[':status'])));
      stream.on('error', reject);
      stream.resume();
      stream.end();
    });
  } finally {
    session.destroy();
  }
}

function handshake(call: MutualTlsCall): Promise<TLSSocket> {
  const { place, identity, serverName, peer, timeoutMs } = call;
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      ...place,
      cert: identity.chainPem,
      key: identity.keyPem,
      ca: identity.bundlePem,
      servername: serverName,
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.3',
      checkServerIdentity: (_, { subjectaltname }) =>
        subjectaltname === `URI:${peer}`
          ? undefined
          : new Error(`${subjectaltname} is at ${place.port}`),
    });
    const limit = realClock.after(timeoutMs, () => socket.destroy(new Error('timeout')));
    socket.on('close', () => limit.cancel());
    socket.on('error', reject);
    socket.on('secureConnect', () => resolve(socket));
  });
}

/**
 * The socket's bytes alone: over a TLS socket the library speaks HTTP/2 only when that was agreed on there, and a
 * sidecar takes it for granted (RFC 9113 section 3.3).
 */
function plainStream(socket: TLSSocket): Duplex {
  const stream = new Duplex({
    read: () => undefined, // what comes is pushed
    write: (bytes, _, done) => socket.write(bytes, done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (bytes) => stream.push(bytes));
  socket.on('end', () => stream.push(null));
  socket.on('close', () => stream.destroy());
  return stream;
}
