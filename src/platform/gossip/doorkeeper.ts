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
import { MAX_CREDENTIAL_BYTES, MAX_PEEK_BYTES } from './limits.ts';
import type { RefusalReason, Refusals } from './refusals.ts';
import { inWholeFrames } from './whole-frames.ts';

/** Only hosts that exchange credentials speak it: plain libp2p ends at the negotiation. */
const PROTOCOL = '/selvage/noise/1';
const FRAME_HEADER_BYTES = 4;

class Refused extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, detail: string, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/**
 * Stands in the door: after noise proved the peer's key and before any muxer or protocol runs, the
 * dialler shows its credential, the listener admits it or closes without a word, then shows its own.
 * A stranger thus learns a listener's peer id and nothing else. libp2p has no other hook at which a
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
      this.#admit(secured.remotePeer, await readCredential(stream, options));
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
      this.#admit(secured.remotePeer, await readCredential(stream, options));
      await stream.write(encodeFrame(this.#admission.credential()), options);
      return { ...secured, connection: stream.unwrap() };
    });
  }

  async #encrypted(handshake: Promise<SecuredConnection>): Promise<SecuredConnection> {
    try {
      return await handshake;
    } catch (cause) {
      throw new Refused('handshake', 'the encryption handshake failed', cause);
    }
  }

  #admit(id: HostPeerId, credential: Uint8Array): void {
    if (id.type !== 'Ed25519') throw new Refused('key', `its key is ${id.type}, not Ed25519`);
    const verdict = this.#admission.admit(id.publicKey.raw, credential);
    if (!verdict.admitted) throw new Refused('credential', verdict.reason);
    this.#admitted({ id: id.toString(), name: verdict.name, publicKey: id.publicKey.raw });
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

async function readCredential(
  stream: ReturnType<typeof byteStream>,
  options: SecureConnectionOptions | undefined,
): Promise<Uint8Array> {
  const header = await stream.read({ ...options, bytes: FRAME_HEADER_BYTES });
  const length = header.getUint32(0);
  if (length === 0 || length > MAX_CREDENTIAL_BYTES) {
    throw new Refused('size', `its credential has ${length} bytes`);
  }
  return (await stream.read({ ...options, bytes: length })).subarray();
}
