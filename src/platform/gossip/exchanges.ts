import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Clock, Log, Peer, PeerId } from '../../ports/index.ts';
import { PlatformError } from '../errors.ts';
import { abortOn, readFrame, writeFrame } from './frame-stream.ts';
import {
  ANSWER_TIMEOUT_MS,
  ERROR_CHARACTERS,
  MAX_EXCHANGE_BYTES,
  MAX_EXCHANGES_PER_PEER,
  REQUEST_TIMEOUT_MS,
} from './limits.ts';
import type { Members } from './members.ts';
import { type Place, Places } from './places.ts';
import { SeldomLog } from './seldom-log.ts';

type Answer = (request: Uint8Array, from: Peer) => Promise<Uint8Array>;

/** One request and one answer per stream, each one frame. */
export class Exchanges {
  readonly #host: Libp2p;
  readonly #members: Members;
  readonly #log: SeldomLog;

  constructor(host: Libp2p, members: Members, clock: Clock, log: Log) {
    this.#host = host;
    this.#members = members;
    this.#log = new SeldomLog(clock, log);
  }

  /**
   * Answers `protocol` from now on; at most {@link MAX_EXCHANGES} requests at one time, and of one peer, over all
   * of its connections, at most {@link MAX_EXCHANGES_PER_PEER}.
   */
  async serve(protocol: string, answer: Answer): Promise<void> {
    const places = new Places();
    const handle = async (stream: Stream, connection: Connection): Promise<void> => {
      const peer = this.#members.get(connection.remotePeer.toString());
      const giveWay = (): void => stream.abort(new Error('it gave way to another request'));
      const place = peer === undefined ? undefined : places.take(peer.id, giveWay);
      if (peer === undefined || place === undefined) {
        stream.abort(new Error(peer === undefined ? 'no member' : 'too many requests'));
        return;
      }
      try {
        await answerOne(stream, place, (request) => answer(request, peer));
      } catch (error) {
        stream.abort(error instanceof Error ? error : new Error(String(error)));
        if (!place.waitsForPeer) this.#unanswered(protocol, peer, error);
      } finally {
        places.leave(place);
      }
    };
    // This is a bound for each connection, and a peer may open many.
    await this.#host.handle(protocol, handle, { maxInboundStreams: MAX_EXCHANGES_PER_PEER });
  }

  /** It came whole, and could not be read or judged: by its fault, or by ours. */
  #unanswered(protocol: string, { name: peer }: Peer, error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const [detail, at] = [message, stack].map((text) => text?.slice(0, ERROR_CHARACTERS));
    this.#log.warn('request not answered', protocol, { protocol, peer, detail, at });
  }

  /** @throws PlatformError PEER_UNREACHABLE, MESSAGE_TOO_LARGE or REQUEST_UNANSWERED */
  async request(
    id: PeerId,
    protocol: string,
    request: Uint8Array,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Uint8Array> {
    if (request.length > MAX_EXCHANGE_BYTES) {
      const detail = `a request of ${request.length} bytes; at most ${MAX_EXCHANGE_BYTES} are sent`;
      throw new PlatformError('MESSAGE_TOO_LARGE', detail);
    }
    const peer = this.#members.get(id);
    const [connection] = this.#host.getConnections(peerIdFromString(id));
    if (peer === undefined || connection === undefined) {
      throw new PlatformError('PEER_UNREACHABLE', `peer ${id} is not connected`);
    }
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const stream = await connection.newStream(protocol, { signal });
      abortOn(stream, signal);
      try {
        const answer = readFrame(stream);
        await Promise.all([writeFrame(stream, request, { signal }), answer]);
        return await answer;
      } catch (error) {
        stream.abort(error instanceof Error ? error : new Error(String(error)));
        throw error;
      }
    } catch (cause) {
      const detail = signal.aborted ? `no answer within ${timeoutMs} ms` : 'no answer';
      throw new PlatformError('REQUEST_UNANSWERED', `${peer.name}, ${protocol}: ${detail}`, {
        cause,
      });
    }
  }
}

async function answerOne(
  stream: Stream,
  place: Place,
  answer: (request: Uint8Array) => Promise<Uint8Array>,
): Promise<void> {
  const request = await readRequest(stream);
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  abortOn(stream, signal);
  place.waitsForPeer = false;
  const answered = await answer(request);
  place.waitsForPeer = true;
  await writeFrame(stream, answered, { signal });
}

async function readRequest(stream: Stream): Promise<Uint8Array> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), REQUEST_TIMEOUT_MS);
  abortOn(stream, late.signal);
  try {
    return await readFrame(stream);
  } finally {
    clearTimeout(timer);
  }
}
