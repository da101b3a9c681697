import type { PeerCertificate, Server, TLSSocket } from 'node:tls';
import { err, ok, type Result, type SpiffeId } from '../core/index.ts';
import { verifySvid } from '../crypto/index.ts';
import { realClock } from '../platform/index.ts';
import { watchX509, type X509Options } from './fetch-x509.ts';
import type { X509Identity } from './x509-identity.ts';

/** Who may be at the other end: some SPIFFE IDs, or a judgement of one that was proven. */
export type Peers = readonly string[] | ((peer: SpiffeId) => boolean);

/** What `node:tls` and `node:https` take, for servers and clients alike. */
export interface SpiffeTlsOptions {
  readonly cert: string;
  readonly key: string;
  readonly ca: string[];
  readonly minVersion: 'TLSv1.3';
  readonly requestCert: true;
  readonly rejectUnauthorized: true;
  /** In place of the check of a host name, by which no SVID could be judged. */
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
}

/**
 * Mutual TLS 1.3 as this identity. A client so checks the SPIFFE ID of its server and nothing of the host
 * name; take the options anew for each connection, from the identity that is held then. A server needs
 * {@link keepServer} beside: the options alone let in whoever is of the trust domain.
 */
export const tlsOptions = (identity: X509Identity, peers: Peers): SpiffeTlsOptions => ({
  cert: identity.certificateChainPem,
  key: identity.privateKeyPem,
  ca: [...identity.authoritiesPem],
  minVersion: 'TLSv1.3',
  requestCert: true,
  rejectUnauthorized: true,
  checkServerIdentity(_, { raw }) {
    const judged = judge(raw, identity, peers);
    return judged.ok ? undefined : new Error(judged.error);
  },
});

/** The SPIFFE ID that the peer of a connection has proven; undefined when it is not one of `peers`. */
export function peerOf(
  socket: TLSSocket,
  identity: X509Identity,
  peers: Peers,
): SpiffeId | undefined {
  if (!socket.authorized) return undefined;
  const judged = judge(socket.getPeerCertificate().raw, identity, peers);
  return judged.ok ? judged.value : undefined;
}

/**
 * Keeps a server that was made with {@link tlsOptions}: each renewed identity is shown to those who connect
 * from then on, and whoever is none of `peers` is cut off before a byte of it is read. Resolves when the
 * first identity is in use; ends when the server closes. What `problem` is told see {@link watchX509}.
 */
export async function keepServer(
  server: Server,
  peers: Peers,
  options: X509Options & { readonly problem?: (error: Error) => void } = {},
): Promise<void> {
  const end = new AbortController();
  const first = Promise.withResolvers<void>();
  let current: X509Identity | undefined;
  server.once('close', () => end.abort());
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (current === undefined || peerOf(socket, current, peers) === undefined) socket.destroy();
  });
  const keep = async () => {
    for await (const identity of watchX509({ ...options, signal: end.signal })) {
      current = identity;
      server.setSecureContext(tlsOptions(identity, peers));
      first.resolve();
    }
  };
  keep().catch(first.reject);
  await first.promise;
}

/** X509-SVID section 5, by the rules of sidecars. */
function judge(
  leafDer: Uint8Array | undefined,
  { bundle }: X509Identity,
  peers: Peers,
): Result<SpiffeId, string> {
  if (leafDer === undefined) return err('the peer shows no certificate');
  const verified = verifySvid(leafDer, bundle, { now: realClock.now() });
  if (!verified.ok) return err(verified.error.detail);
  const { spiffeId } = verified.value;
  const isWanted = typeof peers === 'function' ? peers(spiffeId) : peers.includes(spiffeId);
  return isWanted ? ok(spiffeId) : err(`the peer is ${spiffeId}, who is not wanted here`);
}
