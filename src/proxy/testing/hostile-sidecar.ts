import { eventually } from '../../ports/testing/index.ts';
import { hello, RawPeer } from '../http2/testing/index.ts';
import { tunnelServerName } from '../tunnel/index.ts';
import type { Pair } from './pair.ts';
import { identityOf, WEB } from './test-mesh.ts';

/**
 * A sidecar with a valid certificate that was taken over: it says HTTP/2 to the callee's sidecar, byte for byte as
 * a test wants.
 */
export async function hostileSidecar(pair: Pair, account = 'client'): Promise<RawPeer> {
  const identity = await identityOf(pair.authority, account);
  const peer = new RawPeer();
  let shaken = false;
  await Bun.connect({
    hostname: '127.0.0.1',
    port: pair.inboundPort,
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
  return peer.send(hello());
}

/** A client of the caller's sidecar that says HTTP/2 in the same way. */
export const hostileClient = async (pair: Pair): Promise<RawPeer> =>
  (await RawPeer.connect(pair.port)).send(hello());
