/** Long enough for a sidecar that was just restarted, short enough to see that something is wrong. */
const BEGIN_TIMEOUT_MS = 30_000;
const RETRY_MS = 100;

/** Answers each request with a part of an answer, and never ends it. */
export const endlessWeb = (port: number): string => `
Bun.listen({ hostname: '127.0.0.1', port: ${port}, socket: {
  data(socket) { socket.write('HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n4\\r\\npart\\r\\n'); },
} });`;

/** A request on its way through the mesh, whose answer goes on for as long as it is let. */
export interface LiveAnswer {
  /** When its connection was closed by the sidecar, milliseconds since 1970. */
  readonly cut: Promise<number>;
}

/** Asks at a sidecar's local port until an answer has begun. */
export async function beginAnswer(port: number): Promise<LiveAnswer> {
  const end = Date.now() + BEGIN_TIMEOUT_MS;
  while (Date.now() < end) {
    const answer = await ask(port);
    if (answer !== undefined) return answer;
    await Bun.sleep(RETRY_MS);
  }
  throw new Error(`no answer at port ${port} within ${BEGIN_TIMEOUT_MS} ms`);
}

async function ask(port: number): Promise<LiveAnswer | undefined> {
  const begun = Promise.withResolvers<boolean>();
  const cut = Promise.withResolvers<number>();
  let heard = '';
  const over = () => {
    begun.resolve(false);
    cut.resolve(Date.now());
  };
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      data(self, bytes) {
        heard += bytes.toString();
        if (heard.includes('part')) begun.resolve(true);
        else if (heard.startsWith('HTTP/1.1 5')) self.terminate();
      },
      end: over,
      close: over,
      error: over,
    },
  });
  socket.write('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
  return (await begun.promise) ? { cut: cut.promise } : undefined;
}
