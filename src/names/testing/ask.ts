import { decode, encode, RECURSION_DESIRED, type RecordType } from 'dns-packet';
import { bunDatagrams, tcpChannels } from '../../platform/index.ts';
import type { SocketAddress } from '../../ports/index.ts';
import { encodeStreamMessage, StreamMessages } from '../stream-messages.ts';

/** A question as a program sends it. */
export function query(
  name: string,
  type: RecordType = 'A',
  options: { readonly id?: number; readonly ednsBytes?: number } = {},
): Uint8Array {
  const { id = 7, ednsBytes } = options;
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name, type }],
    additionals:
      ednsBytes === undefined
        ? []
        : [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: ednsBytes,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ],
  });
}

/** Sends one datagram and waits for the one that comes back. */
export async function askOverUdp(to: SocketAddress, bytes: Uint8Array) {
  const answer = Promise.withResolvers<Buffer>();
  const socket = bunDatagrams.connect(to, {
    received: (message) => answer.resolve(Buffer.from(message)),
    refused: () => answer.reject(new Error('nobody listens')),
  });
  socket.send(bytes);
  const message = await answer.promise;
  socket.close();
  return read(message);
}

/** Asks over a connection of its own. */
export async function askOverTcp(to: SocketAddress, bytes: Uint8Array) {
  const answer = Promise.withResolvers<Buffer>();
  const messages = new StreamMessages(65_535);
  const channel = await tcpChannels.connect(to, {
    bytes(chunk) {
      const complete = messages.push(chunk);
      const [message] = complete.ok ? complete.value : [];
      if (message !== undefined) answer.resolve(Buffer.from(message));
    },
    closed: () => answer.reject(new Error('closed')),
  });
  channel.send(encodeStreamMessage(bytes));
  const message = await answer.promise;
  channel.close();
  return read(message);
}

/** The message, what it says, and its code (RFC 1035 section 4.1.1). */
const read = (bytes: Buffer) => ({ bytes, ...decode(bytes), rcode: (bytes[3] ?? 0) & 0x0f });
