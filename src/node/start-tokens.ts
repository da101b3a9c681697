import { MAX_KEY_SET_BYTES } from '../identity/index.ts';
import { askOutside, parseNetworks, realClock, realRandom } from '../platform/index.ts';
import type { Log, Meter } from '../ports/index.ts';
import { LoggingLedger } from '../telemetry/index.ts';
import type { DataDirectory } from './data-directory.ts';
import type { NodeConfig } from './options.ts';
import type { PeerPlane } from './peer-plane.ts';
import { TokenPlane } from './token-plane.ts';
import { TokenServer } from './token-server.ts';
import type { UndoStack } from './undo-stack.ts';

/** For an issuer's keys: name, connection and answer, milliseconds. */
const ISSUER_TIMEOUT_MS = 10_000;

/**
 * Begins to answer for tokens: as an authority, for this host, and for the world where that is configured.
 *
 * @throws PlatformError when the token port, or its certificate, cannot be had
 */
export async function startTokens({
  config,
  directory,
  peers,
  log,
  meter,
  undo,
}: {
  readonly config: NodeConfig;
  readonly directory: DataDirectory;
  readonly peers: PeerPlane;
  readonly log: Log;
  readonly meter: Meter;
  readonly undo: UndoStack;
}): Promise<TokenPlane> {
  const networks = parseNetworks(config.outsideNetworks);
  if (!networks.ok) throw new Error(networks.error); // the setting's schema has refused it before
  const bounds = { maxBytes: MAX_KEY_SET_BYTES, timeoutMs: ISSUER_TIMEOUT_MS };
  const host = { log, meter, clock: realClock };
  const plane = new TokenPlane({
    ...peers,
    ...host,
    random: realRandom,
    node: directory.identity.node,
    ledger: new LoggingLedger(log, meter),
    ask: (url) => askOutside({ ...bounds, url, allowed: networks.value }),
  });
  undo.add(() => plane.stop());
  peers.trust.onChange(() => plane.follow());
  if (config.tokensCertificate !== '') {
    const server = await TokenServer.start({
      ...host,
      config,
      plane,
      bundle: () => peers.role.bundle(),
    });
    undo.add(() => server.stop());
  }
  return plane;
}
