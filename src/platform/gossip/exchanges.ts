import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Log, Peer, PeerId } from '../../ports/index.ts';
import { PlatformError } from '../errors.ts';
import { abortOn, readFrame, writeFrame } from './frame-stream.ts';
import {
  EXCHANGE_TIMEOUT_MS,
  MAX_EXCHANGE_BYTES,
  MAX_EXCHANGES,
  MAX_EXCHANGES_PER_PEER,
} from './limits.ts';
import type { Members } from './members.ts';

type Answer = (request: Uint8Array, from: Peer) => Promise<Uint8Array>;

/** One request and one answer per stream, each one frame. */
export class Exchanges {
  readonly #host: Libp2p;
  readonly #members: Members;
  readonly #log: Log;

  constructor(host: Libp2p, members: Members, log: Log) {
    this.#host = host;
    this.#members = members;
    this.#log = log;
  }

  /**
   * Answers `protocol` from now on; at most {@link MAX_EXCHANGES} requests at one time, and of one peer, over all
   * of its connections, at most {@link MAX_EXCHANGES_PER_PEER}.
   */
  async serve(protocol: string, answer: Answer): Promise<void> {
    let running = 0;
    const ofPeer = new Map<PeerId, number>();
    const handle = async (stream: Stream, connection: Connection): Promise<void> => {
      const peer = this.#members.get(connection.remotePeer.toString());
      const before = ofPeer.get(peer?.id ?? '') ?? 0;
      if (peer === undefined || running >= MAX_EXCHANGES || before >= MAX_EXCHANGES_PER_PEER) {
        stream.abort(new Error(peer === undefined ? 'no member' : 'too many requests'));
        return;
      }
      running++;
      ofPeer.set(peer.id, before + 1);
      try {
        await this.#answerOne(stream, peer, answer);
      } catch (error) {
        stream.abort(error instanceof Error ? error : new Error(String(error)));
        this.#log.warn('request not answered', { protocol, peer: peer.name, error });
      } finally {
        running--;
        const left = (ofPeer.get(peer.id) ?? 1) - 1;
        if (left > 0) ofPeer.set(peer.id, left);
        else ofPeer.delete(peer.id);
      }
    };
    // This is a bound for each connection, and a peer may open many.
    await this.#host.handle(protocol, handle, { maxInboundStreams: MAX_EXCHANGES_PER_PEER });
  }

  async #answerOne(stream: Stream, peer: Peer, answer: Answer): Promise<void> {
    const signal = AbortSignal.timeout(EXCHANGE_TIMEOUT_MS);
    abortOn(stream, signal);
    await writeFrame(stream, await answer(await readFrame(stream), peer), { signal });
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
