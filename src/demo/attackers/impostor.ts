import { createServer } from 'node:tls';
import { listenOn } from '../listening.ts';
import { bareAnswer } from '../wire/index.ts';
import type { TlsIdentity } from './forgery.ts';

export interface Impostor {
  readonly port: number;
  /** Connections that callers opened to it, whether or not they trusted it. */
  connections(): number;
  /** Bytes of requests that callers entrusted to it. */
  receivedBytes(): number;
  close(): Promise<void>;
}

const ANSWER = bareAnswer([
  [':status', '200'],
  ['x-version', 'impostor'],
]);

/** Stands where a sidecar should, with `identity`, takes any caller, and answers its first request with 200. */
export async function startImpostor(host: string, identity: TlsIdentity): Promise<Impostor> {
  let receivedBytes = 0;
  const server = createServer(
    {
      key: identity.privateKeyPem,
      cert: identity.certificatePem,
      requestCert: true,
      rejectUnauthorized: false, // it wants victims
      minVersion: 'TLSv1.3',
    },
    (socket) => {
      socket.on('data', (chunk: Uint8Array) => {
        receivedBytes += chunk.length;
        socket.write(ANSWER, 'latin1');
      });
      socket.on('error', () => socket.destroy());
    },
  );
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const listening = await listenOn(server, host, 0);
  return {
    port: listening.port,
    connections: listening.accepted,
    receivedBytes: () => receivedBytes,
    close: listening.close,
  };
}
