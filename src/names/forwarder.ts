import type { Channels, Clock, Datagrams, Random, SocketAddress } from '../ports/index.ts';
import type { LimitedLog } from '../telemetry/index.ts';
import type { Asker } from './asker.ts';
import { HandedOn } from './handed-on.ts';
import {
  FORWARDED_PER_ASKER,
  FORWARDED_QUESTIONS,
  RESOLVER_TIMEOUT_MS,
  RESOLVERS_TRIED,
} from './limits.ts';
import { type Question, RCODE } from './question.ts';
import { encodeStreamMessage, StreamMessages } from './stream-messages.ts';

export interface ForwarderParts {
  readonly datagrams: Datagrams;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly random: Random;
  readonly limitedLog: LimitedLog;
  /** The system's, as they are now. */
  readonly resolvers: () => readonly SocketAddress[];
}

/** The longest message there is (RFC 1035 section 4.2.2). */
const ANSWER_BYTES = 65_535;

type Found = PromiseWithResolvers<Uint8Array | undefined>;

/** Hands questions for other names on to the system's resolvers, each over the transport it came by. */
export class Forwarder {
  readonly #parts: ForwarderParts;
  /** How many questions of each asker are under way. */
  readonly #underWay = new Map<string, number>();
  #total = 0;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
  }

  get underWay(): number {
    return this.#total;
  }

  /** The answer as the resolver gave it; undefined when none was to be had. The question's bytes must be a copy. */
  async ask(question: Question, asker: Asker): Promise<Uint8Array | undefined> {
    const key = `${asker.transport} ${asker.host}:${asker.port}`;
    const own = this.#underWay.get(key) ?? 0;
    if (this.#total >= FORWARDED_QUESTIONS || own >= FORWARDED_PER_ASKER) {
      const { limitedLog } = this.#parts;
      limitedLog.warn('question not handed on', 'too many are under way', { asker: key });
      return undefined;
    }
    this.#total += 1;
    this.#underWay.set(key, own + 1);
    const attempts: Promise<unknown>[] = [];
    try {
      return await this.#askInTurn(question, asker, attempts);
    } finally {
      // A connection that is still being opened takes its place until it is closed again.
      void Promise.all(attempts).then(() => this.#release(key));
    }
  }

  #release(key: string): void {
    this.#total -= 1;
    const left = (this.#underWay.get(key) ?? 1) - 1;
    if (left === 0) this.#underWay.delete(key);
    else this.#underWay.set(key, left);
  }

  /** The first that answers is believed; who says that it failed, only if nobody knows better. */
  async #askInTurn(
    question: Question,
    { transport }: Asker,
    attempts: Promise<unknown>[],
  ): Promise<Uint8Array | undefined> {
    const resolvers = this.#parts.resolvers();
    let failed: Uint8Array | undefined;
    for (let turn = 0; turn < RESOLVERS_TRIED; turn += 1) {
      const resolver = resolvers[turn % resolvers.length];
      if (resolver === undefined) break;
      const attempt = this.#askOne(question, transport, resolver);
      attempts.push(attempt.closed);
      const answer = await attempt.answer;
      if (answer !== undefined && isOfUse(answer)) return answer;
      failed ??= answer;
    }
    return failed;
  }

  #askOne(
    question: Question,
    transport: Asker['transport'],
    resolver: SocketAddress,
  ): { readonly answer: Promise<Uint8Array | undefined>; readonly closed: Promise<void> } {
    const { clock, random, limitedLog } = this.#parts;
    const handedOn = new HandedOn(question, random);
    const found: Found = Promise.withResolvers();
    const deadline = clock.after(RESOLVER_TIMEOUT_MS, () => found.resolve(undefined));
    const hear = (bytes: Uint8Array): void => {
      const answer = handedOn.accept(bytes);
      if (answer !== undefined || handedOn.isUnderAttack) found.resolve(answer);
    };
    const open =
      transport === 'udp'
        ? this.#byDatagram(resolver, handedOn.bytes, hear, found)
        : this.#byChannel(resolver, handedOn.bytes, hear, found);
    const closed = open.then(
      async (close) => {
        await found.promise;
        close();
      },
      (error: unknown) => {
        limitedLog.warn('resolver not reached', transport, { ...resolver, error });
        found.resolve(undefined);
      },
    );
    return { answer: found.promise.finally(() => deadline.cancel()), closed };
  }

  async #byDatagram(
    to: SocketAddress,
    bytes: Uint8Array,
    hear: (bytes: Uint8Array) => void,
    found: Found,
  ): Promise<() => void> {
    const socket = this.#parts.datagrams.connect(to, {
      received: hear,
      refused: () => found.resolve(undefined),
    });
    socket.send(bytes);
    return () => socket.close();
  }

  async #byChannel(
    to: SocketAddress,
    bytes: Uint8Array,
    hear: (bytes: Uint8Array) => void,
    found: Found,
  ): Promise<() => void> {
    const messages = new StreamMessages(ANSWER_BYTES);
    const channel = await this.#parts.channels.connect(to, {
      bytes(chunk) {
        const complete = messages.push(chunk);
        if (complete.ok) for (const message of complete.value) hear(message);
      },
      closed: () => found.resolve(undefined),
    });
    channel.send(encodeStreamMessage(bytes));
    return () => channel.close();
  }
}

/** Another resolver may do better than one that fails or refuses. */
function isOfUse(answer: Uint8Array): boolean {
  const rcode = (answer[3] ?? 0) & 0x0f;
  return rcode !== RCODE.serverFailure && rcode !== RCODE.refused && rcode !== RCODE.notImplemented;
}
