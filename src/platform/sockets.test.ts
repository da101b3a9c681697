import { afterEach, describe, expect, test } from 'bun:test';
import { generatePrivateKey, issueSvid, privateKeyToPem, publicKeyOf } from '../crypto/index.ts';
import {
  idOf,
  issuerOf,
  makeUpAuthority,
  makeUpCa,
  newAuthority,
} from '../crypto/testing/index.ts';
import type { DialHandlers, Socket, SocketError, TlsIdentity } from '../ports/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { realRandom } from './real-time.ts';
import { bunSockets } from './sockets.ts';

const HOUR_MS = 3_600_000;

/** Writes down what happens to one side of a connection. */
class Side {
  readonly events: string[] = [];
  text = '';
  socket: Socket<Side> | undefined;
  connectErrors = 0;
}

const handlers = (
  react: Partial<DialHandlers<Side>> = {},
  accepted?: Side,
): DialHandlers<Side> => ({
  open: (socket) => {
    if (accepted !== undefined) socket.data = accepted;
    socket.data.socket = socket;
    socket.data.events.push('open');
    react.open?.(socket);
  },
  handshake: (socket, ok, error) => {
    socket.data.events.push(`handshake ${error?.code ?? 'ok'}`);
    react.handshake?.(socket, ok, error);
  },
  data: (socket, bytes) => {
    socket.data.text += bytes.toString();
    react.data?.(socket, bytes);
  },
  drain: () => undefined,
  end: (socket) => {
    socket.data.events.push('end');
    react.end?.(socket);
  },
  close: ({ data }, error?: SocketError) => void data.events.push(`close ${error?.code ?? 'ok'}`),
  error: ({ data }, error) => void data.events.push(`error ${error.message}`),
  connectError: ({ data }, error) => {
    data.connectErrors += 1;
    data.events.push(`connectError ${error.code}`);
  },
});

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function listen(react: Partial<DialHandlers<Side>> = {}, identity?: TlsIdentity) {
  const server = new Side();
  const tls = identity === undefined ? {} : { tls: bunSockets.tlsContext(identity) };
  const listener = bunSockets.listen(
    { host: '127.0.0.1', port: 0, ...tls },
    handlers(react, server),
  );
  stops.push(() => listener.stop());
  return { server, port: listener.port };
}

async function identity(name: string): Promise<TlsIdentity & { readonly authority: string }> {
  const { issuer } = await newAuthority(HOUR_MS, { now: Date.now() });
  return identityFrom(issuer, name);
}

async function identityFrom(
  issuer: Awaited<ReturnType<typeof newAuthority>>['issuer'],
  name: string,
) {
  const key = generatePrivateKey('p256');
  const spiffeId = idOf(`spiffe://shop.example/ns/default/sa/${name}`);
  const now = Date.now();
  const params = {
    publicKey: publicKeyOf(key),
    spiffeId,
    now,
    lifeMs: HOUR_MS,
    random: realRandom,
  };
  const { pem } = issueSvid({ issuer, ...params });
  return {
    certificateChainPem: pem,
    privateKeyPem: privateKeyToPem(key),
    authoritiesPem: [issuer.pem],
    authority: issuer.pem,
  };
}

describe('plain sockets', () => {
  test('carry bytes, and each direction is closed on its own', async () => {
    const { server, port } = listen({
      end: (socket) => {
        socket.write(Buffer.from('late answer'));
        socket.shutdown();
      },
    });
    const client = new Side();
    const open = (socket: Socket<Side>) => {
      socket.write(Buffer.from('request'));
      socket.shutdown();
    };
    bunSockets.connect({ host: '127.0.0.1', port }, client, handlers({ open }));
    await eventually('the answer', () => client.text === 'late answer');
    expect(server.text).toBe('request');
    await eventually('both closed', () => server.events.at(-1) === 'close ok');
  });

  test('that end close both ways in order, behind what was written', async () => {
    const { server, port } = listen({
      data: (socket) => {
        socket.write(Buffer.alloc(100_000, 'x'));
        socket.end();
      },
    });
    const client = new Side();
    const open = (socket: Socket<Side>) => void socket.write(Buffer.from('request'));
    bunSockets.connect({ host: '127.0.0.1', port }, client, handlers({ open }));
    await eventually('the end', () => client.events.at(-1) === 'end');
    expect(client.text.length).toBe(100_000);
    expect(server.events.at(-1)).toBe('close ok');
    client.socket?.shutdown();
  });

  test('write a part of some bytes', async () => {
    const { server, port } = listen();
    const bytes = Buffer.from('0123456789');
    const open = (socket: Socket<Side>) => {
      expect(socket.write(bytes, 2, 3)).toBe(3);
      expect(socket.write(bytes, 0, 1)).toBe(1);
    };
    bunSockets.connect({ host: '127.0.0.1', port }, new Side(), handlers({ open }));
    await eventually('it arrives', () => server.text === '2340');
  });

  test('are not read while they are paused', async () => {
    const { server, port } = listen({ open: (socket) => socket.pause() });
    const client = new Side();
    const open = (socket: Socket<Side>) => void socket.write(Buffer.from('hello'));
    bunSockets.connect({ host: '127.0.0.1', port }, client, handlers({ open }));
    await eventually('both are open', () => server.events.length + client.events.length === 2);
    const other = new Side();
    bunSockets.connect({ host: '127.0.0.1', port: listen().port }, other, handlers({ open }));
    await eventually('something later happened', () => other.events.length > 0);
    expect(server.text).toBe('');
    server.socket?.resume();
    await eventually('it arrives', () => server.text === 'hello');
  });

  test('tell of a reset by its code', async () => {
    const { server, port } = listen();
    const client = new Side();
    bunSockets.connect({ host: '127.0.0.1', port }, client, handlers());
    await eventually('both are open', () => server.events.length + client.events.length === 2);
    client.socket?.terminate();
    await eventually('the reset', () => server.events.at(-1) === 'close ECONNRESET');
    expect(client.socket?.write(Buffer.from('x'))).toBe(-1);
  });

  test('that cannot be opened say why, and never open', async () => {
    const client = new Side();
    bunSockets.connect({ host: '127.0.0.1', port: 1 }, client, handlers());
    await eventually('the refusal', () => client.connectErrors > 0);
    expect(new Set(client.events)).toEqual(new Set(['connectError ECONNREFUSED']));
  });

  test('cannot be listened for at a port in use or an address of another host', () => {
    const { port } = listen();
    const at = (host: string, wanted: number) => () =>
      bunSockets.listen({ host, port: wanted }, handlers());
    expect(at('127.0.0.1', port)).toThrow('something listens on');
    expect(at('192.0.2.1', 0)).toThrow('this host has no address');
  });

  test('share a port only where both sides say so', () => {
    const first = bunSockets.listen({ host: '127.0.0.1', port: 0, reusePort: true }, handlers());
    const at = { host: '127.0.0.1', port: first.port };
    const second = bunSockets.listen({ ...at, reusePort: true }, handlers());
    stops.push(
      () => first.stop(),
      () => second.stop(),
    );
    expect(second.port).toBe(first.port);
    expect(() => bunSockets.listen(at, handlers())).toThrow('something listens on');
    const alone = listen();
    const beside = { host: '127.0.0.1', port: alone.port, reusePort: true };
    expect(() => bunSockets.listen(beside, handlers())).toThrow('something listens on');
  });
});

describe('mutual TLS', () => {
  test('shows each side the certificate of the other, and the server the name asked for', async () => {
    const { issuer } = await newAuthority(HOUR_MS, { now: Date.now() });
    const { server, port } = listen({}, await identityFrom(issuer, 'web'));
    const client = new Side();
    const context = bunSockets.tlsContext(await identityFrom(issuer, 'client'));
    const tls = { context, serverName: 'web.default.http.selvage' };
    bunSockets.connect({ host: '127.0.0.1', port, tls }, client, handlers());
    await eventually('both are done', () => server.events.length + client.events.length === 4);
    expect(server.events).toEqual(['open', 'handshake ok']);
    expect(server.socket?.authorized).toBe(true);
    expect(server.socket?.getServername()).toBe('web.default.http.selvage');
    expect(server.socket?.getPeerX509Certificate()?.raw.length).toBeGreaterThan(300);
    expect(client.events).toEqual(['open', 'handshake ERR_TLS_CERT_ALTNAME_INVALID']);
    expect(client.socket?.getPeerX509Certificate()?.raw.length).toBeGreaterThan(300);
  });

  test('shows one client another certificate and trusts by it, where `present` said so', async () => {
    const { issuer } = await newAuthority(HOUR_MS, { now: Date.now() });
    const next = bunSockets.tlsContext(await identityFrom(issuer, 'renewed'));
    const open = (socket: Socket<Side>) => bunSockets.present(socket, next);
    const { server, port } = listen({ open }, await identity('web'));
    const client = new Side();
    const context = bunSockets.tlsContext(await identityFrom(issuer, 'client'));
    bunSockets.connect(
      { host: '127.0.0.1', port, tls: { context, serverName: 'x' } },
      client,
      handlers(),
    );
    await eventually('both are done', () => server.events.length + client.events.length === 4);
    expect(server.socket?.authorized).toBe(true);
    const shown = Buffer.from(client.socket?.getPeerX509Certificate()?.raw ?? []).toString(
      'latin1',
    );
    expect(shown).toContain('/sa/renewed');
  });

  test('needs nobody above an authority that an enterprise signed', async () => {
    const life = { notBefore: Date.now() - HOUR_MS, notAfter: Date.now() + HOUR_MS };
    const root = await makeUpCa({ subject: 'CN=Enterprise Root', ...life });
    const issuer = issuerOf(await makeUpAuthority(life, root));
    const next = bunSockets.tlsContext(await identityFrom(issuer, 'renewed'));
    for (const own of [issuer, (await newAuthority(HOUR_MS, { now: Date.now() })).issuer]) {
      const open = (socket: Socket<Side>) => {
        if (own !== issuer) bunSockets.present(socket, next);
      };
      const { server, port } = listen({ open }, await identityFrom(own, 'web'));
      const client = new Side();
      const context = bunSockets.tlsContext(await identityFrom(issuer, 'client'));
      const tls = { context, serverName: 'x' };
      bunSockets.connect({ host: '127.0.0.1', port, tls }, client, handlers());
      await eventually('both are done', () => server.events.length + client.events.length === 4);
      expect(server.socket?.authorized).toBe(true);
      expect(client.events).toEqual(['open', 'handshake ERR_TLS_CERT_ALTNAME_INVALID']);
    }
  });

  test('does not come about without a certificate that leads to an authority', async () => {
    const { server, port } = listen({}, await identity('web'));
    const client = new Side();
    const context = bunSockets.tlsContext(await identity('client'));
    bunSockets.connect(
      { host: '127.0.0.1', port, tls: { context, serverName: 'x' } },
      client,
      handlers(),
    );
    await eventually('the end', () => server.events.at(-1)?.startsWith('close') === true);
    expect(server.socket?.authorized).toBe(false);
    expect(server.text).toBe('');
  });

  test('needs a key that belongs to its certificate', async () => {
    const [one, other] = [await identity('a'), await identity('b')];
    expect(() => bunSockets.tlsContext({ ...one, privateKeyPem: other.privateKeyPem })).toThrow();
  });
});
