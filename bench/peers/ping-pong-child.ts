// On each of some connections: sends a message of 64 bytes, waits for it to come back, sends the next. Arguments: port,
// connections, seconds. Writes how many came back.
const [port = 0, connections = 0, seconds = 0] = process.argv.slice(2).map(Number);
const message = Buffer.alloc(64, 'p');
let [roundTrips, isOver] = [0, false];

function fail(what: string): never {
  console.error(what);
  process.exit(1);
}

for (let n = 0; n < connections; n += 1) {
  let leftBytes = message.length;
  await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      open: (socket) => void socket.write(message),
      data(socket, bytes) {
        leftBytes -= bytes.length;
        if (leftBytes > 0) return;
        leftBytes = message.length;
        roundTrips += 1;
        if (!isOver) socket.write(message);
      },
      close: () => fail('a connection was closed'),
      error: (_socket, error) => fail(error.message),
    },
  });
}
await Bun.sleep(seconds * 1_000);
isOver = true;
if (roundTrips === 0) fail('nothing came back');
console.log(roundTrips);
process.exit();

export {};
