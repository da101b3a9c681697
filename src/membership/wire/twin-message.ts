import { SEAL_BYTES } from '../seal.ts';
import type { DatagramWriter } from './datagram-writer.ts';
import { AT, type DatagramHead, KIND, LONG_BYTES } from './layout.ts';
import { readNumber } from './numbers.ts';

/** Drawn at random, in hex: a question's, to be found in its answer; a process's, to know itself by. */
export const TWIN_ID_BYTES = 8;

/**
 * From one holder of a node key to whoever else may hold the same: a data directory was copied. It is for
 * itself and from itself, so it is signed like every other datagram.
 */
export type TwinMessage =
  | { readonly type: 'twin-question'; readonly nonce: string; readonly instance: string }
  | {
      readonly type: 'twin-answer';
      readonly nonce: string;
      readonly instance: string;
      /** For how long the process that answers has run, milliseconds. */
      readonly runningMs: number;
    };

const QUESTION_BYTES = AT.body + 2 * TWIN_ID_BYTES + SEAL_BYTES;
const ANSWER_BYTES = QUESTION_BYTES + LONG_BYTES;

export function writeTwin(writer: DatagramWriter, head: DatagramHead, twin: TwinMessage): void {
  const isAnswer = twin.type === 'twin-answer';
  writer.head(isAnswer ? KIND.twinAnswer : KIND.twinQuestion, head);
  writer.raw(Buffer.from(twin.nonce, 'hex'));
  writer.raw(Buffer.from(twin.instance, 'hex'));
  if (isAnswer) writer.number(twin.runningMs, LONG_BYTES);
}

export function readTwin(bytes: Uint8Array): TwinMessage | 'garbage' {
  const idAt = (at: number): string => bytes.slice(at, at + TWIN_ID_BYTES).toHex();
  const nonce = idAt(AT.body);
  const instance = idAt(AT.body + TWIN_ID_BYTES);
  const kind = bytes[AT.kind];
  if (kind === KIND.twinQuestion && bytes.length === QUESTION_BYTES) {
    return { type: 'twin-question', nonce, instance };
  }
  if (kind !== KIND.twinAnswer || bytes.length !== ANSWER_BYTES) return 'garbage';
  const runningMs = readNumber(bytes, AT.body + 2 * TWIN_ID_BYTES, LONG_BYTES);
  return { type: 'twin-answer', nonce, instance, runningMs };
}
