// Requests at moments that are fixed beforehand, however long answers take; each answer's time counts from the moment
// at which its request was due, so that a stall is felt by all that fall into it. Arguments: port, connections, requests
// a second, seconds. Writes the times in milliseconds as JSON.
const [port = 0, connections = 0, rate = 0, seconds = 0] = process.argv.slice(2).map(Number);
/** Asked before any time counts: until then this process itself is being compiled. */
const WARM_SECONDS = 1;
const uncounted = rate * WARM_SECONDS;
const count = uncounted + rate * seconds;
const everyMs = 1_000 / rate;
/** Until the first one, for the pacer to start. */
const LEAD_MS = 100;
const LIMIT_MS = 5_000;

const nowMs = (): number => performance.timeOrigin + performance.now();
const requests = Array.from({ length: 10_000 }, (_, n) =>
  Buffer.from(`GET /api/items/${n} HTTP/1.1\r\nHost: catalog\r\nAccept: */*\r\n\r\n`),
);

function fail(what: string): never {
  console.error(what);
  process.exit(1);
}

interface Connection {
  /** Of the request under way. */
  dueMs: number;
  leftBytes: number;
}

const free: Bun.Socket<Connection>[] = [];
/** Moments of requests for which no connection was free. */
const waiting: number[] = [];
const times: number[] = [];
let sent = 0;
let done = 0;

function send(socket: Bun.Socket<Connection>, dueMs: number): void {
  socket.data.dueMs = dueMs;
  const request = requests[sent % requests.length];
  if (request === undefined) return;
  sent += 1;
  socket.write(request);
}

function answered(socket: Bun.Socket<Connection>, bytes: Buffer): void {
  const { data } = socket;
  if (data.leftBytes === 0) data.leftBytes = messageBytes(bytes);
  data.leftBytes -= bytes.length;
  if (data.leftBytes > 0) return;
  done += 1;
  if (done > uncounted) times.push(nowMs() - data.dueMs);
  const next = waiting.shift();
  if (next === undefined) free.push(socket);
  else send(socket, next);
  if (done === count) {
    console.log(JSON.stringify(times));
    process.exit();
  }
}

/** Of the answer that begins here; its head comes in one piece. */
function messageBytes(bytes: Buffer): number {
  const head = bytes.toString('latin1', 0, bytes.indexOf('\r\n\r\n') + 4);
  if (!head.startsWith('HTTP/1.1 200 ')) fail(`an answer was ${head}`);
  return head.length + Number(/content-length: (\d+)/i.exec(head)?.[1]);
}

for (let n = 0; n < connections; n += 1) {
  const socket = {
    data: answered,
    close: () => fail('a connection was closed'),
    error: (_socket: Bun.Socket<Connection>, error: Error) => fail(error.message),
  };
  const data = { dueMs: 0, leftBytes: 0 };
  free.push(await Bun.connect<Connection>({ hostname: '127.0.0.1', port, data, socket }));
}
const startMs = nowMs() + LEAD_MS;
const pacer = new Worker(`${import.meta.dir}/open-loop-pacer.ts`);
pacer.onmessage = ({ data: n }: MessageEvent<number>) => {
  const dueMs = startMs + n * everyMs;
  const socket = free.shift();
  if (socket === undefined) waiting.push(dueMs);
  else send(socket, dueMs);
};
pacer.postMessage({ startMs, everyMs, count });
setTimeout(
  () => fail(`${times.length} of ${count} requests were answered`),
  LEAD_MS + 1_000 * seconds + LIMIT_MS,
);
