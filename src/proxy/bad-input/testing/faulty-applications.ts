import { data, headers, type RawPeer, reset } from '../../http2/testing/index.ts';
import { CODE } from '../../http2/wire.ts';
import { type AppConnection, okAnswer, startApplication } from '../../testing/index.ts';
import { answer, OK, startHttp2Application } from './http2-application.ts';

/** What an application can be asked to do, by path. */
export const FAULTS = ['/close', '/cut', '/half', '/more', '/noise', '/silence'] as const;
export type Fault = (typeof FAULTS)[number];

const isFault = (path: string): path is Fault => (FAULTS as readonly string[]).includes(path);
const HALF = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf';

const HTTP1: Readonly<Record<Fault, (connection: AppConnection) => void>> = {
  '/close': (connection) => connection.shutdown(),
  '/cut': (connection) => connection.reset(),
  '/half': (connection) => {
    connection.write(HALF);
    connection.shutdown();
  },
  '/more': (connection) => connection.write(`${okAnswer('all')}more`),
  '/noise': (connection) => connection.write('220 mail.example\r\n'),
  '/silence': () => undefined,
};

const HTTP2: Readonly<Record<Fault, (peer: RawPeer, id: number) => void>> = {
  '/close': (peer) => peer.shutdown(),
  '/cut': (peer) => peer.drop(),
  '/half': (peer, id) =>
    peer.send(headers(id, OK, false), data(id, 'half'), reset(id, CODE.INTERNAL_ERROR)),
  '/more': (peer, id) =>
    peer.send(headers(id, [...OK, ['content-length', '2']], false), data(id, 'more', true)),
  '/noise': (peer, id) => peer.send(headers(id, [['a', 'b']])),
  '/silence': () => undefined,
};

export const startFaultyHttp1 = () =>
  startApplication({
    received: (connection) => {
      const end = connection.text.indexOf('\r\n\r\n');
      if (end < 0) return; // the rest of a content
      const path = connection.text.split(' ', 2)[1] ?? '';
      connection.text = '';
      if (isFault(path)) HTTP1[path](connection);
      else connection.write(okAnswer('well'));
    },
  });

export const startFaultyHttp2 = () =>
  startHttp2Application({
    asked: (peer, id, path) => {
      if (isFault(path)) HTTP2[path](peer, id);
      else peer.send(answer(id, 'well'));
    },
  });
