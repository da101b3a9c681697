import { SelvageError } from '../core/index.ts';
import type { DatagramHandlers, DatagramSocket, Datagrams, SocketAddress } from '../ports/index.ts';

/**
 * Opens the socket at this port, or at any free one when it is taken: whoever reads this node's record finds
 * it there.
 * @throws SelvageError ADDRESS_UNAVAILABLE
 */
export function boundDatagrams(
  datagrams: Pick<Datagrams, 'bind'>,
  at: SocketAddress,
  received: DatagramHandlers['received'],
): DatagramSocket {
  try {
    return datagrams.bind(at, { received });
  } catch (error) {
    if (!(error instanceof SelvageError) || error.code !== 'ADDRESS_IN_USE') throw error;
    return datagrams.bind({ host: at.host, port: 0 }, { received });
  }
}
