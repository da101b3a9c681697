import type { DialTransportOptions, Transport, Upgrader } from '@libp2p/interface';
import { type TCPComponents, tcp } from '@libp2p/tcp';

/**
 * TCP for libp2p, whose dials can be aborted. The library hands its abort signal to `net.connect` as well, which
 * ends the socket with an error just after the library has stopped to listen for any: an uncaught one, by
 * which every address that answers nothing would end the node.
 */
export function tcpTransport(components: TCPComponents): Transport {
  const transport = tcp()(components);
  const dial = transport.dial.bind(transport);
  transport.dial = (address, options) => dial(address, hidingSignal(options));
  return transport;
}

/** It is there for whoever asks for it, and not among the properties that are copied to `net.connect`. */
function hidingSignal(options: DialTransportOptions): DialTransportOptions {
  const { signal, upgrader, ...copied } = options;
  const upgradeOutbound: Upgrader['upgradeOutbound'] = (connection, more) =>
    upgrader.upgradeOutbound(connection, { ...more, signal });
  return Object.assign(Object.create({ signal }), copied, {
    upgrader: Object.assign(Object.create(upgrader), { upgradeOutbound }),
  });
}
