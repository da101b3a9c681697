import { SelvageError } from '../core/index.ts';
import type {
  DatagramHandlers,
  DatagramSocket,
  Datagrams,
  Log,
  SocketAddress,
} from '../ports/index.ts';

/**
 * Opens the socket at this port, or at any free one when it is taken: whoever reads this node's record finds
 * it there. Firewalls may not pass that one, so the log says it.
 * @throws SelvageError ADDRESS_UNAVAILABLE
 */
export function boundDatagrams(
  datagrams: Pick<Datagrams, 'bind'>,
  at: SocketAddress,
  handlers: DatagramHandlers,
  log: Log,
): DatagramSocket {
  try {
    return datagrams.bind(at, handlers);
  } catch (error) {
    if (!(error instanceof SelvageError) || error.code !== 'ADDRESS_IN_USE') throw error;
    const socket = datagrams.bind({ host: at.host, port: 0 }, handlers);
    log.warn('datagrams at another port', { taken: at.port, port: socket.port });
    return socket;
  }
}
