// Opens connections, waits on each for the answer to one request or message, and keeps them open until it is ended.
// Arguments: port, connections, what to send first. Writes "open" when all of them are.
const [portText = '', countText = '', first = ''] = process.argv.slice(2);
const [port, count] = [Number(portText), Number(countText)];
/** At a time, so that no queue of connections that wait to be accepted runs over. */
const OPENING = 64;

function fail(what: string): never {
  console.error(what);
  process.exit(1);
}

const open = (): Promise<void> =>
  new Promise((resolve) => {
    const socket = {
      open: (opened: Bun.Socket) => void opened.write(first),
      data: () => resolve(),
      close: () => fail('a connection was closed'),
      error: (_socket: Bun.Socket, error: Error) => fail(error.message),
      connectError: (_socket: Bun.Socket, error: Error) => fail(error.message),
    };
    void Bun.connect({ hostname: '127.0.0.1', port, socket });
  });

let opened = 0;
await Promise.all(
  Array.from({ length: OPENING }, async () => {
    while (opened < count) {
      opened += 1;
      await open();
    }
  }),
);
console.log('open');

export {};
