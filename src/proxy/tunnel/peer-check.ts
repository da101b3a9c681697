import {
  err,
  ok,
  type Result,
  type ServiceKey,
  type SpiffeId,
  splitServiceKey,
} from '../../core/index.ts';
import {
  judgeAgain,
  type SvidFacts,
  type SvidRefusalReason,
  type TrustBundle,
  type Verified,
  verifySvid,
} from '../../crypto/index.ts';
import type { Clock, EpochMs, SocketError } from '../../ports/index.ts';
import { Field } from '../http/field.ts';
import { accountOf, type Credential, type Mesh } from '../mesh-view.ts';
import type { PartySocket } from '../party.ts';

/** Who is at the other end of a mutual-TLS connection, verified. */
export interface TlsPeer {
  readonly spiffeId: SpiffeId;
  readonly account: string;
  /** What its leaf says. */
  readonly svid: Verified<SvidFacts>;
  /** Until when it is good by what was in force at the handshake. */
  readonly notAfterMs: EpochMs;
  /** The TLS session was taken up again; the peer was checked all the same. */
  readonly resumed: boolean;
  /** Says to an application who the peer is. */
  readonly fields: readonly Field[];
  /** What it was shown. */
  readonly shown: Credential;
}

/** Why a handshake came to nothing. Closed: these are metric labels. */
export type HandshakeFailure =
  | SvidRefusalReason
  | 'closed'
  | 'timeout'
  /** Others came after it, too many to wait for all. */
  | 'crowded-out'
  | 'protocol'
  | 'no-certificate'
  | 'no-identity'
  | 'self'
  | 'wrong-service'
  | 'wrong-identity';

export interface HandshakeRefusal {
  readonly reason: HandshakeFailure;
  readonly detail: string;
}

/**
 * The name that a sidecar asks for in its ClientHello, so that an address which another service has
 * taken over is noticed before any byte. ALPN cannot do it: Bun loses it when certificates are
 * swapped per connection.
 */
export function tunnelServerName(service: ServiceKey): string {
  const { namespace, name } = splitServiceKey(service);
  return `${name}.${namespace}.selvage`;
}

/**
 * Our own check of the peer's leaf, on both sides of every connection: the runtime's is about host
 * names. Run before a byte is written or read, and in the same way when a session was resumed: what was
 * true of a leaf when its session began may be so no longer. `shown`: our credential in this handshake.
 */
export function checkPeer(
  socket: PartySocket,
  mesh: Mesh,
  shown: Credential | undefined,
  clock: Clock,
): Result<TlsPeer, HandshakeRefusal> {
  const view = mesh.view;
  if (view === undefined || shown === undefined) {
    return refuse('no-identity', 'this sidecar has no certificate or trust bundle yet');
  }
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return refuse('no-certificate', 'the peer showed no certificate');
  const leafDer = new Uint8Array(leaf.raw);
  if (equalBytes(leafDer, shown.leafDer)) {
    return refuse('self', `the peer is this sidecar itself (${shown.spiffeId})`);
  }
  const verified = verifySvid(leafDer, view.bundle, { now: clock.now() });
  if (!verified.ok) return verified;
  const svid = verified.value;
  const { spiffeId, notAfter } = svid;
  const until = judgeAgain(svid, view.bundle, { now: clock.now() });
  return ok({
    spiffeId,
    account: accountOf(spiffeId),
    svid,
    notAfterMs: until.ok ? until.value : notAfter,
    resumed: socket.isSessionReused(),
    fields: [new Field('x-selvage-peer', spiffeId)],
    shown,
  });
}

/** What took away that a peer is who it was: it was revoked, or its authority is no longer in force, or not for it. */
export type PeerLoss = 'revoked' | 'certificate';

/** Until when a peer is good by what is in force now, or why it is good no more. */
export function judgePeer(
  { svid }: TlsPeer,
  bundle: TrustBundle,
  now: EpochMs,
): Result<EpochMs, PeerLoss> {
  const judged = judgeAgain(svid, bundle, { now });
  if (judged.ok) return judged;
  return err(judged.error === 'revoked' ? 'revoked' : 'certificate');
}

/** The runtime's verdict on a chain, as one of our reasons. */
export function runtimeRefusal(error: SocketError): HandshakeRefusal {
  const reason =
    error.code === 'CERT_HAS_EXPIRED'
      ? 'expired'
      : error.code === 'CERT_NOT_YET_VALID'
        ? 'not-yet-valid'
        : error.code?.startsWith('EPROTO') === true || error.code === undefined
          ? 'protocol'
          : 'unknown-authority';
  return { reason, detail: `${error.code ?? 'TLS'}: ${error.message}` };
}

const refuse = (reason: HandshakeFailure, detail: string) =>
  err<HandshakeRefusal>({ reason, detail });

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
