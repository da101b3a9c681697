import { eventually } from '../../ports/testing/index.ts';
import { hello, RawPeer } from '../http2/testing/index.ts';
import type { WorkloadIdentity } from '../index.ts';
import { tunnelServerName } from '../tunnel/index.ts';
import type { Pair } from './pair.ts';
import { identityOf, WEB } from './test-mesh.ts';

/** A bare connection to the callee's sidecar, with a certificate that it takes. */
export async function enterAs(
  port: number,
  identity: Pick<WorkloadIdentity, 'certificateChainPem' | 'privateKeyPem'>,
): Promise<RawPeer> {
  const peer = new RawPeer();
  let shaken = false;
  await Bun.connect({
    hostname: '127.0.0.1',
    port,
    allowHalfOpen: true,
    tls: {
      cert: identity.certificateChainPem,
      key: identity.privateKeyPem,
      serverName: tunnelServerName(WEB),
      rejectUnauthorized: false,
      ...{ minVersion: 0x0304 }, // Bun has it untyped
    },
    socket: {
      ...peer.handlers(),
      handshake: () => {
        shaken = true;
      },
    },
  });
  await eventually('the handshake', () => shaken);
  return peer;
}

/**
 * A sidecar with a valid certificate that was taken over: it says HTTP/2 to the callee's sidecar, byte for byte as
 * a test wants.
 */
export async function hostileSidecar(pair: Pair): Promise<RawPeer> {
  const peer = await enterAs(pair.inboundPort, await identityOf(pair.authority, 'client'));
  return peer.send(hello());
}

/** A client of the caller's sidecar that says HTTP/2 in the same way. */
export const hostileClient = async (pair: Pair): Promise<RawPeer> =>
  (await RawPeer.connect(pair.port)).send(hello());
