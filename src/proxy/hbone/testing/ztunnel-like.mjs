// A peer that speaks HBONE as Istio's ztunnel does, made of Node's TLS and nghttp2: TLS 1.3, ALPN h2, no server name, the
// same windows, frames and fields. It runs under Node, reads one line of JSON, and prints lines of JSON.
//   {port, cert, key, ca, method, authority, text}: asks a server, and says what came
//   {cert, key, ca}: prints its port, answers CONNECT until its input ends
import { connect, createSecureServer } from 'node:http2';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';

const SETTINGS = {
  initialWindowSize: 4 * 1024 * 1024,
  maxFrameSize: 1024 * 1024,
  maxHeaderListSize: 16 * 1024,
  enablePush: false,
};
const FIELDS = {
  baggage: 'k8s.cluster.name=Kubernetes,k8s.namespace.name=default,service.name=client',
  forwarded: 'for=10.0.0.7:40000;host="web.default"',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

function client({ port, cert, key, ca, method = 'CONNECT', authority, text }) {
  const socket = connectTls({
    ...{ host: '127.0.0.1', port, cert, key, ca },
    ...{ ALPNProtocols: ['h2'], servername: '', minVersion: 'TLSv1.3' },
    checkServerIdentity: () => undefined,
  });
  const fail = (error) => say({ error: error.code ?? error.message });
  socket.on('error', fail);
  socket.on('secureConnect', () => {
    const heard = { alpn: socket.alpnProtocol, status: 0, text: '', fields: {} };
    const session = connect('https://peer', { createConnection: () => socket, settings: SETTINGS });
    session.on('error', fail);
    const others = method === 'CONNECT' ? {} : { ':path': '/', ':scheme': 'https' };
    const head = { ':method': method, ':authority': authority, ...others, ...FIELDS };
    const stream = session.request(head, { endStream: method !== 'CONNECT' });
    stream.on('response', (fields) => {
      heard.status = fields[':status'];
      heard.fields = fields;
      if (heard.status === 200) stream.end(text);
      else stream.close();
    });
    stream.on('data', (bytes) => {
      heard.text += bytes.toString('latin1');
    });
    stream.on('error', (error) => {
      heard.reset = error.code;
    });
    stream.on('close', () => {
      say(heard);
      session.close();
    });
  });
}

function server({ cert, key, ca }) {
  const listener = createSecureServer({
    ...{ cert, key, ca, settings: SETTINGS, minVersion: 'TLSv1.3' },
    ...{ requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] },
  });
  listener.on('stream', (stream, fields) => {
    if (fields[':method'] !== 'CONNECT') {
      stream.respond({ ':status': 400 }, { endStream: true });
      return;
    }
    const { socket } = stream.session;
    const peer = socket.getPeerCertificate().subjectaltname;
    say({ alpn: socket.alpnProtocol, peer, fields });
    if (fields[':authority'].endsWith(':1')) {
      stream.respond({ ':status': 401 }, { endStream: true });
      return;
    }
    stream.respond({ ':status': 200, baggage: FIELDS.baggage });
    stream.on('error', () => undefined);
    stream.on('data', (bytes) => stream.write(`got ${bytes}`));
    stream.on('end', () => stream.end());
  });
  listener.listen(0, '127.0.0.1', () => say({ port: listener.address().port }));
}

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  const order = JSON.parse(line);
  if (order.port === undefined) server(order);
  else client(order);
});
lines.once('close', () => process.exit());
