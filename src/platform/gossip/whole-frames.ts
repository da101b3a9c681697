import type { MessageStream } from '@libp2p/interface';

/**
 * Makes each message one write. Noise hands over a frame's length and its bytes as two pieces, and libp2p's TCP
 * transport would give the kernel each piece by itself: twice the system calls, twice the packets.
 */
export function inWholeFrames(connection: MessageStream): MessageStream {
  const send = connection.send.bind(connection);
  connection.send = (data) => send(data.subarray());
  return connection;
}
