// Sends back what it gets, until the client has said its last: node echo.mjs PORT
import { createServer } from 'node:net';

const port = Number(process.argv[2]);
const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', (error) => process.stderr.write(`${error.message}\n`));
  socket.pipe(socket);
});
server.listen(port, '127.0.0.1', () => process.stdout.write(`echo listens on ${port}\n`));
