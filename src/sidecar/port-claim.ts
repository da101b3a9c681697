import { bunSockets } from '../platform/index.ts';
import type { Sockets } from '../ports/index.ts';
import type { Place } from '../snapshot/index.ts';

/** A listener that nobody is to reach. */
const CLOSED = {
  open: (socket: { terminate(): void }) => socket.terminate(),
  data: () => undefined,
  drain: () => undefined,
  end: () => undefined,
  close: () => undefined,
  error: () => undefined,
};

/**
 * Makes sure that nobody listens at `place`, and gives its port; for port 0 that of a free one. A sidecar's
 * own listeners share their port with whoever of its user asks for it, so that another sidecar's would be
 * shared without a word.
 *
 * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
 */
export function claimPort(place: Place, sockets: Sockets = bunSockets): number {
  const listener = sockets.listen(place, CLOSED);
  listener.stop();
  return listener.port;
}
