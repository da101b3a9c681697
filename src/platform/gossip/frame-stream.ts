import type { AbortOptions, Stream } from '@libp2p/interface';
import { encodeFrame, FrameReader } from '../../core/index.ts';
import { MAX_EXCHANGE_BYTES } from './limits.ts';

/** What is handed to the muxer at once; more waits until the peer took it. */
const CHUNK_BYTES = 64 * 1024;

/** Sends one frame (u32 length first) and closes this side for writing. */
export async function writeFrame(
  stream: Stream,
  payload: Uint8Array,
  options: AbortOptions,
): Promise<void> {
  const frame = encodeFrame(payload);
  for (let at = 0; at < frame.length; at += CHUNK_BYTES) {
    if (!stream.send(frame.subarray(at, at + CHUNK_BYTES))) await stream.onDrain(options);
  }
  await stream.close(options);
}

/** Reads the one frame that the other side sends; throws when it is too long, or none comes. */
export async function readFrame(stream: Stream): Promise<Uint8Array> {
  const reader = new FrameReader(MAX_EXCHANGE_BYTES);
  for await (const chunk of stream) {
    const frames = reader.push(chunk.subarray());
    if (!frames.ok) throw new Error(frames.error);
    const [first] = frames.value;
    if (first !== undefined) return first;
  }
  throw new Error('the stream ended before a whole frame');
}

/** Resets the stream when `signal` fires, so that a read of it ends too. */
export function abortOn(stream: Stream, signal: AbortSignal): void {
  const abort = (): void => stream.abort(new Error('timed out'));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
}
