import type {
  ConnectionEncrypter,
  PeerId as HostPeerId,
  MessageStream,
  SecureConnectionOptions,
  SecuredConnection,
} from '@libp2p/interface';
import { byteStream } from '@libp2p/utils';
import { encodeFrame } from '../../core/index.ts';
import type { Admission, Peer } from '../../ports/index.ts';
import { FAREWELL_MS, MAX_CREDENTIAL_BYTES, MAX_PEEK_BYTES, MAX_PROOF_BYTES } from './limits.ts';
import type { RefusalReason, Refusals } from './refusals.ts';
import { inWholeFrames } from './whole-frames.ts';

/** Only hosts that exchange credentials speak it: plain libp2p ends at the negotiation. */
const PROTOCOL = '/selvage/noise/2';
const FRAME_HEADER_BYTES = 4;
/** In the length of a frame that tells the dialler why it is refused, where a credential would come. */
const PROOF_FLAG = 0x8000_0000;

class Refused extends Error {
  readonly reason: RefusalReason;
  /** What the other side is to be told. */
  readonly proof: Uint8Array | undefined;

  constructor(
    reason: RefusalReason,
    detail: string,
    more: { cause?: unknown; proof?: Uint8Array } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.reason = reason;
    this.proof = more.proof;
  }
}

/**
 * Stands in the door: after noise proved the peer's key and before any muxer or protocol runs, the
 * dialler shows its credential, the listener admits it or closes without a word, then shows its own.
 * A stranger thus learns a listener's peer id and nothing else; who was a member once may be told why it
 * is none any more. libp2p has no other hook at which a
 * peer can be judged by more than its key and address.
 */
export class Doorkeeper implements ConnectionEncrypter {
  readonly protocol = PROTOCOL;
  readonly #noise: ConnectionEncrypter;
  readonly #admission: Admission;
  readonly #refusals: Refusals;
  readonly #admitted: (peer: Peer) => void;

  constructor(
    noise: ConnectionEncrypter,
    admission: Admission,
    refusals: Refusals,
    admitted: (peer: Peer) => void,
  ) {
    this.#noise = noise;
    this.#admission = admission;
    this.#refusals = refusals;
    this.#admitted = admitted;
  }

  secureOutbound(
    connection: MessageStream,
    options?: SecureConnectionOptions,
  ): Promise<SecuredConnection> {
    return this.#counted('outbound', async () => {
      const secured = await this.#encrypted(
        this.#noise.secureOutbound(inWholeFrames(connection), options),
      );
      const stream = byteStream(secured.connection, { maxBufferSize: MAX_PEEK_BYTES });
      await stream.write(encodeFrame(this.#admission.credential()), options);
      this.#admit(secured.remotePeer, await this.#readAnswer(stream, options));
      return { ...secured, connection: stream.unwrap() };
    });
  }

  secureInbound(
    connection: MessageStream,
    options?: SecureConnectionOptions,
  ): Promise<SecuredConnection> {
    return this.#counted('inbound', async () => {
      const secured = await this.#encrypted(
        this.#noise.secureInbound(inWholeFrames(connection), options),
      );
      const stream = byteStream(secured.connection, { maxBufferSize: MAX_PEEK_BYTES });
      try {
        this.#admit(
          secured.remotePeer,
          await readFrame(stream, await readLength(stream, options), options),
        );
      } catch (error) {
        if (error instanceof Refused && error.proof !== undefined) await tell(stream, error.proof);
        throw error;
      }
      await stream.write(encodeFrame(this.#admission.credential()), options);
      return { ...secured, connection: stream.unwrap() };
    });
  }

  async #encrypted(handshake: Promise<SecuredConnection>): Promise<SecuredConnection> {
    try {
      return await handshake;
    } catch (cause) {
      throw new Refused('handshake', 'the encryption handshake failed', { cause });
    }
  }

  #admit(id: HostPeerId, credential: Uint8Array): void {
    if (id.type !== 'Ed25519') throw new Refused('key', `its key is ${id.type}, not Ed25519`);
    const verdict = this.#admission.admit(id.publicKey.raw, credential);
    if (!verdict.admitted) throw new Refused('credential', verdict.reason, verdict);
    this.#admitted({ id: id.toString(), name: verdict.name, publicKey: id.publicKey.raw });
  }

  /** The listener's credential. A listener that refuses may say why instead. */
  async #readAnswer(stream: Stream, options?: SecureConnectionOptions): Promise<Uint8Array> {
    const length = await readLength(stream, options);
    if (length < PROOF_FLAG) return await readFrame(stream, length, options);
    const proof = await readFrame(stream, length - PROOF_FLAG, options, MAX_PROOF_BYTES);
    this.#admission.told?.(proof);
    throw new Refused('told', 'it refuses this node, and says why');
  }

  async #counted<T>(direction: 'inbound' | 'outbound', run: () => Promise<T>): Promise<T> {
    try {
      const secured = await run();
      this.#refusals.admitted(direction);
      return secured;
    } catch (error) {
      const reason = error instanceof Refused ? error.reason : 'silent';
      this.#refusals.refused(direction, reason, error);
      throw error;
    }
  }
}

type Stream = ReturnType<typeof byteStream>;

async function readLength(stream: Stream, options?: SecureConnectionOptions): Promise<number> {
  const header = await stream.read({ ...options, bytes: FRAME_HEADER_BYTES });
  return header.getUint32(0);
}

/** @throws Refused when no credential is so long */
async function readFrame(
  stream: Stream,
  length: number,
  options?: SecureConnectionOptions,
  maxBytes = MAX_CREDENTIAL_BYTES,
): Promise<Uint8Array> {
  if (length === 0 || length > maxBytes) {
    throw new Refused('size', `its credential has ${length} bytes`);
  }
  return (await stream.read({ ...options, bytes: length })).subarray();
}

/** Waits a moment for the dialler to close: a reset would take what it was told from it. */
async function tell(stream: Stream, proof: Uint8Array): Promise<void> {
  const frame = encodeFrame(proof);
  new DataView(frame.buffer, frame.byteOffset).setUint32(0, PROOF_FLAG + proof.length);
  try {
    const signal = AbortSignal.timeout(FAREWELL_MS);
    await stream.write(frame, { signal });
    await stream.read({ bytes: 1, signal });
  } catch {
    // It closed, or did not listen: either way it is refused.
  }
}
