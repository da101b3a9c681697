// The other end of a connection, as nghttp2 makes it (node:http2). It runs under Node, and prints one line of JSON.
//   client <port>: asks a server that echoes content, and says what came
//   server: prints its port, answers what comes until its input ends
import { connect, createServer } from 'node:http2';

const SIZES = [0, 1, 1_000, 100_000, 3_000_000];
const CONCURRENT = 200;

function ask(session, headers, content) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: content === undefined });
    const answer = { status: 0, bytes: 0, trailers: undefined };
    stream.on('response', (head) => {
      answer.status = head[':status'];
    });
    stream.on('trailers', (fields) => {
      answer.trailers = fields['x-sum'];
    });
    stream.on('data', (bytes) => {
      answer.bytes += bytes.length;
    });
    stream.on('end', () => resolve(answer));
    stream.on('error', reject);
    if (content !== undefined) stream.end(content);
  });
}

const post = (session, size) =>
  ask(session, { ':method': 'POST', ':path': `/${size}` }, Buffer.alloc(size, 'x'));

async function client(port) {
  const session = connect(`http://127.0.0.1:${port}`);
  const echoes = [];
  for (const size of SIZES) echoes.push(await post(session, size));
  const together = await Promise.all(
    Array.from({ length: CONCURRENT }, () => post(session, 5_000)),
  );
  const bad = await ask(session, { ':path': '/a/../b' });
  const pinged = await new Promise((resolve) => session.ping((error) => resolve(error === null)));
  const leaving = session.request({ ':method': 'POST', ':path': '/leave' });
  await new Promise((resolve) => {
    leaving.on('close', resolve);
    leaving.close(8);
  });
  session.close();
  await new Promise((resolve) => session.on('close', resolve));
  return { echoes, together: together.filter(({ bytes }) => bytes === 5_000).length, bad, pinged };
}

function server() {
  const listener = createServer({ settings: { enableConnectProtocol: true } });
  listener.on('stream', (stream, head) => {
    stream.on('error', () => undefined);
    if (head[':method'] === 'CONNECT') {
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
    } else if (head[':path'] === '/refuse') stream.close(7);
    else if (head[':path'] === '/away') stream.session.goaway(0, 0);
    else {
      stream.respond({ ':status': 200, 'x-path': head[':path'] }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'whole' }));
      stream.pipe(stream);
    }
  });
  listener.listen(0, '127.0.0.1', () => process.stdout.write(`${listener.address().port}\n`));
  process.stdin.resume().on('end', () => process.exit(0));
}

const [role, port] = process.argv.slice(2);
if (role === 'server') server();
else process.stdout.write(JSON.stringify(await client(Number(port))));
