import type { Peer, PeerAddress } from '../../../src/ports/index.ts';
import { SimTimer } from '../clock.ts';
import type { SimHost } from '../host.ts';
import { LOST } from '../network.ts';
import type { Timeline } from '../timeline.ts';
import { Connection } from './connection.ts';
import type { Frame } from './lane.ts';
import { DIAL_TIMEOUT_MS, MAX_CONNECTIONS } from './limits.ts';
import type { SimGossip } from './sim-gossip.ts';
import { CONNECTION_BYTES } from './wire-cost.ts';

/** Ways from the first packet until the listener judges the dialler: TCP, the negotiation, noise, the credential. */
const WAYS_TO_LISTENER = 7;
/** A part of what setting up a connection costs, for how long it takes to get across. */
const PACKET_BYTES = 300;

/**
 * Connects `own` to the member with this id at one of `addresses`, tried in turn. Rejects when
 * nobody answers in time, nobody listens there, it is another member, or one of both refuses the other.
 */
export async function dial(
  own: SimGossip,
  id: string,
  addresses: readonly PeerAddress[],
): Promise<void> {
  let problem = new Error(`peer ${id} has no address`);
  for (const address of addresses) {
    const failure = await dialOne(own, id, address);
    if (failure === undefined) return;
    problem = failure;
  }
  throw problem;
}

function dialOne(own: SimGossip, id: string, address: PeerAddress): Promise<Error | undefined> {
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  let isOver = false;
  const end = (why: string | undefined): void => {
    isOver = true;
    timer.cancel();
    resolve(why === undefined ? undefined : new Error(`peer ${id} at ${address}: ${why}`));
  };
  const late = (): void => end(`no answer within ${DIAL_TIMEOUT_MS} ms`);
  const timer = new SimTimer(own.process, DIAL_TIMEOUT_MS, late, false);
  const [host, port] = placeOf(own, address);
  if (host === undefined) return promise;
  const { timeline } = own.process;
  own.host.traffic.add('connection', CONNECTION_BYTES);
  const toDialler = (run: () => void): void => {
    travel(timeline, host, own.host, 1, () => {
      own.process.turn({ isTimer: false, run: () => (isOver ? undefined : run()) });
    });
  };
  travel(timeline, own.host, host, WAYS_TO_LISTENER, () => {
    const listener = host.listeners.get(port);
    if (listener === undefined) {
      if (host.isPowered) toDialler(() => end('nobody listens there'));
      return;
    }
    const run = (): void => {
      host.traffic.add('connection', CONNECTION_BYTES);
      const diallerAs = judge(listener, own);
      if (diallerAs === undefined) toDialler(() => end('it does not admit us'));
      else toDialler(() => end(finish(own, listener, id, diallerAs)));
    };
    listener.process.turn({ isTimer: false, run });
  });
  return promise;
}

/** Who `other` is to `own`, if it may be a peer. */
function judge(own: SimGossip, other: SimGossip): Peer | undefined {
  const verdict = own.admission.admit(other.publicKey, other.admission.credential());
  if (!verdict.admitted) return undefined;
  return { id: other.self, name: verdict.name, publicKey: other.publicKey };
}

/** The dialler's last step. Returns why there is no connection. */
function finish(
  own: SimGossip,
  listener: SimGossip,
  id: string,
  diallerAs: Peer,
): string | undefined {
  if (listener.self !== id) return `it is ${listener.self}`;
  const listenerAs = judge(own, listener);
  if (listenerAs === undefined) return 'we do not admit it';
  if (!listener.isListening) return 'it is gone';
  if (listener.ends.size >= MAX_CONNECTIONS) return 'it has too many connections';
  const { overlay } = own.host.network;
  // Both dialled each other, and the other was first: its connection serves both.
  const other = overlay.connection(own.number, listener.number)?.endOf(own);
  if (other !== undefined) {
    other.open();
    return undefined;
  }
  const connection = new Connection(own, listener, listenerAs, diallerAs);
  connection.dialler.open();
  connection.dialler.send('connection', 0, OPENING);
  return undefined;
}

const OPENING: Frame = { digest: 1, arrive: (at) => at.open() };

/** Lets `arrived` happen after packets went there and back `ways` times in all; never while the way is cut. */
function travel(
  timeline: Timeline,
  from: SimHost,
  to: SimHost,
  ways: number,
  arrived: () => void,
): void {
  let takesMs = 0;
  for (let way = 0; way < ways; way++) {
    const [sender, receiver] = way % 2 === 0 ? [from, to] : [to, from];
    const transitMs = from.network.streamMs(sender, receiver, PACKET_BYTES);
    if (transitMs === LOST) return;
    takesMs += transitMs;
  }
  timeline.add(timeline.now + takesMs, { happen: arrived });
}

/** `/ip4/10.0.0.1/tcp/7600`, or with `dns4` and the like: only addresses are known here. */
function placeOf(own: SimGossip, address: PeerAddress): [host: SimHost | undefined, port: number] {
  const [, , host = '', , port] = address.split('/');
  return [own.host.network.hostAt(host), Number(port)];
}
