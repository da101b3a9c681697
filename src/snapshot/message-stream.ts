import { z } from 'zod';
import { encodeFrame, err, FrameReader, ok, type Result } from '../core/index.ts';
import { issuesInWords } from '../registry/index.ts';
import { NODE_MESSAGE_BYTES, SIDECAR_LIMITS } from './limits.ts';
import { type NodeMessage, nodeMessageSchema } from './node-message.ts';
import { type SidecarMessage, sidecarMessageSchema } from './sidecar-message.ts';
import {
  type WorkerOrder,
  type WorkerReport,
  workerOrderSchema,
  workerReportSchema,
} from './worker-message.ts';

/** Grows when a message changes so that the other side could misunderstand it. */
export const PROTOCOL_VERSION = 1;

/**
 * Of the deltas and of the form that digests are made of; grows with each field that a snapshot gets. A sidecar and a
 * node that differ in it understand each other all the same: the sidecar is always told the whole.
 */
export const DELTA_VERSION = 2;

/** One frame: JSON in UTF-8. */
export const encodeMessage = (
  message: SidecarMessage | NodeMessage | WorkerOrder | WorkerReport,
): Uint8Array => encodeFrame(new TextEncoder().encode(JSON.stringify(message)));

/**
 * Turns the bytes of one side of `workload.sock`, or of a worker's channel, into its messages. The first error ends the stream: what
 * follows a frame that was not understood cannot be trusted.
 */
export class MessageStream<Message> {
  readonly #schema: z.ZodType<Message>;
  readonly #frames: FrameReader;
  readonly #wants: (type: string) => boolean;
  #broken: string | undefined;

  private constructor(
    schema: z.ZodType<Message>,
    maxBytes: number,
    wants: (type: string) => boolean = () => true,
  ) {
    this.#schema = schema;
    this.#wants = wants;
    this.#frames = new FrameReader(maxBytes);
  }

  /**
   * What a node reads: no more than a hello, until {@link welcomed}. `wants` is asked of each message by its type: what is not
   * wanted is left out, before it costs what it takes to understand it.
   */
  static ofSidecar(wants?: (type: string) => boolean): MessageStream<SidecarMessage> {
    return new MessageStream(sidecarMessageSchema, SIDECAR_LIMITS.helloBytes, wants);
  }

  /** What a sidecar reads. */
  static ofNode(): MessageStream<NodeMessage> {
    return new MessageStream(nodeMessageSchema, NODE_MESSAGE_BYTES);
  }

  /** What a worker reads. */
  static ofOrders(): MessageStream<WorkerOrder> {
    return new MessageStream(workerOrderSchema, NODE_MESSAGE_BYTES);
  }

  /** What a sidecar reads of one of its workers. */
  static ofWorker(): MessageStream<WorkerReport> {
    return new MessageStream(workerReportSchema, SIDECAR_LIMITS.messageBytes);
  }

  /** The sidecar was attested: it may send long messages from now on. */
  welcomed(): void {
    this.#frames.allow(SIDECAR_LIMITS.messageBytes);
  }

  /** The messages that these bytes complete, or why the stream is broken, in words for the other side. */
  push(bytes: Uint8Array): Result<readonly Message[], string> {
    if (this.#broken !== undefined) return err(this.#broken);
    const read = this.#read(bytes);
    if (!read.ok) this.#broken = read.error;
    return read;
  }

  #read(bytes: Uint8Array): Result<readonly Message[], string> {
    const frames = this.#frames.push(bytes);
    if (!frames.ok) return frames;
    const messages: Message[] = [];
    for (const frame of frames.value) {
      const value = parseJson(frame);
      if (!value.ok) return value;
      const message = this.#parse(value.value);
      if (!message.ok) return message;
      if (message.value !== undefined) messages.push(message.value);
    }
    return ok(messages);
  }

  #parse(value: unknown): Result<Message | undefined, string> {
    const head = headSchema.safeParse(value);
    if (!head.success) return err('a message is no object with a type');
    const { type, protocolVersion } = head.data;
    // Before anything else: the other fields of another version may well look wrong.
    if (type === 'hello' && protocolVersion !== PROTOCOL_VERSION) {
      const theirs = JSON.stringify(protocolVersion)?.slice(0, 16) ?? 'none';
      return err(
        `the sidecar speaks version ${theirs} of the workload protocol, this node version ${PROTOCOL_VERSION}: run both from the same release`,
      );
    }
    if (!this.#wants(type)) return ok(undefined);
    const message = this.#schema.safeParse(value);
    if (message.success) return ok(message.data);
    const name = JSON.stringify(type.slice(0, 64));
    return err(`the message ${name} is not understood: ${issuesInWords(message.error)}`);
  }
}

const headSchema = z.object({ type: z.string(), protocolVersion: z.unknown().optional() });

function parseJson(frame: Uint8Array): Result<unknown, string> {
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(frame)));
  } catch (error) {
    return err(`a message is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}
