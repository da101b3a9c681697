/** A server that answers every request with a body of 1,000 bytes, as long as the requests have none. */
export function startBackend(): { readonly port: number; stop(): void } {
  const answer = Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\n${'x'.repeat(1_000)}`,
  );
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { data: (socket) => void socket.write(answer), error: () => undefined },
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}

/** Sends `count` requests over `connections` kept-alive ones, one at a time on each, over 10,000 paths. */
export async function load(port: number, count: number, connections = 32): Promise<void> {
  let sent = 0;
  const requests = Array.from({ length: Math.min(count, 10_000) }, (_, n) => {
    const path = `/api/${n % 2 === 0 ? 'items' : 'orders'}/${n}`;
    return Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: catalog\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`,
    );
  });
  const connection = () =>
    new Promise<void>((resolve, reject) => {
      let left = 0;
      const next = (socket: Bun.Socket): void => {
        const request = requests[sent % requests.length];
        if (sent === count || request === undefined) {
          resolve();
          socket.end();
          return;
        }
        sent += 1;
        socket.write(request);
      };
      const fail = (): void => reject(new Error('a connection of the load broke'));
      Bun.connect({
        hostname: '127.0.0.1',
        port,
        socket: {
          open: next,
          data(socket, bytes) {
            if (left === 0) left = messageLength(bytes);
            left -= bytes.length;
            if (left === 0) next(socket);
          },
          close: fail,
          error: fail,
        },
      }).catch(reject);
    });
  await Promise.all(Array.from({ length: connections }, connection));
}

/** Of the answer that begins here; its head comes in one piece. */
function messageLength(bytes: Buffer): number {
  const head = bytes.toString('latin1', 0, bytes.indexOf('\r\n\r\n') + 4);
  if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(`an answer of the pair: ${head}`);
  return head.length + Number(/content-length: (\d+)/.exec(head)?.[1]);
}
