import { expect, test } from 'bun:test';

const STALL_MS = 200;
const RATE = 200;
/** Of the second in which no time counts. */
const UNCOUNTED = RATE;
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test('a stall of the server is felt by every request that was due in it, however few connections there are', async () => {
  let answered = 0;
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket) {
        answered += 1;
        if (answered === UNCOUNTED + 50) Bun.sleepSync(STALL_MS);
        socket.write(answer);
      },
    },
  });
  const numbers = [server.port, 2, RATE, 0.5].map(String);
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/open-loop-child.ts`, ...numbers], {
    stdout: 'pipe',
  });
  const times: number[] = JSON.parse(await new Response(child.stdout).text());
  server.stop(true);
  expect(times).toHaveLength(100);
  // 40 were due while it slept; who waits for answers on two connections would have asked twice.
  expect(times.filter((ms) => ms > STALL_MS / 4).length).toBeGreaterThan(20);
});
