import { expect } from 'bun:test';
import { readdirSync } from 'node:fs';
import type { ServiceProtocol } from '../../../core/index.ts';
import { eventually, FakeClock } from '../../../ports/testing/index.ts';
import { type Pair, startPair, WEB } from '../../testing/index.ts';
import {
  type Asked,
  type Asker,
  type ClientProtocol,
  type Question,
  startAsker,
} from './asking.ts';

/** What becomes of a question. */
export interface Expected {
  readonly outcome: 'whole' | 'broken';
  readonly status?: number;
  readonly reason?: string;
  readonly content?: string;
}

/** What stands in both logs then: one line where the application failed; where its answer had begun, another where the caller's sidecar broke it off. */
export const linesOf = ({
  outcome,
  reason = 'bad-response',
  content,
}: Expected): readonly string[] =>
  outcome === 'broken'
    ? ['outbound', 'inbound'].map((side) => `${side}: gave a request up: ${reason}`)
    : content === undefined
      ? [`inbound: gave a request up: ${reason}`]
      : [];

const OUTBOUND = { source: 'default/client', destination: WEB, direction: 'outbound' };
const INBOUND = { ...OUTBOUND, direction: 'inbound' };
/** What this process has open. */
const descriptors = (): number => readdirSync('/proc/self/fd').length;

/**
 * A client, an application, and both sidecars between them, whose clock stands still: what is answered without its
 * being moved is answered at once.
 */
export class Pairing {
  readonly pair: Pair;
  readonly clock: FakeClock;
  readonly #protocol: ClientProtocol;
  readonly #descriptors: number;
  #asker: Asker;
  #quiet = '';

  private constructor(
    pair: Pair,
    clock: FakeClock,
    asker: Asker,
    protocol: ClientProtocol,
    open: number,
  ) {
    this.pair = pair;
    this.clock = clock;
    this.#asker = asker;
    this.#protocol = protocol;
    this.#descriptors = open;
  }

  /** `start`: the application. */
  static async begin(
    client: ClientProtocol,
    protocol: ServiceProtocol,
    start: () => { readonly port: number; stop(): void },
  ): Promise<Pairing> {
    const open = descriptors();
    const clock = new FakeClock(Date.now());
    const pair = await startPair(start(), { clock, service: { protocol } });
    const asker = await startAsker(client, pair.port);
    return new Pairing(pair, clock, asker, client, open);
  }

  ask(question: Question): Asked {
    return this.#asker.ask(question);
  }

  leave(): void {
    this.#asker.leave();
  }

  /** What both sidecars hold. */
  census(): string {
    return JSON.stringify([this.pair.caller, this.pair.callee].map(({ plane }) => plane.census()));
  }

  /** A request that is answered as it should be, on the same connection if there still is one; after it nothing else is held than after the first of them. */
  async serves(): Promise<void> {
    if (this.#asker.isClosed) {
      await this.#asker.stop();
      this.#asker = await startAsker(this.#protocol, this.pair.port);
    }
    const asked = this.ask({ method: 'GET', path: '/well' });
    await this.sees(asked, { outcome: 'whole', status: 200, content: 'well' });
    await this.pair.settled();
    this.#quiet ||= this.census();
    await eventually(`only ${this.#quiet} is held`, () => this.census() === this.#quiet).catch(
      (cause) => {
        throw new Error(`held: ${this.census()}`, { cause });
      },
    );
  }

  async sees(asked: Asked, expected: Expected): Promise<void> {
    await eventually('an outcome', () => asked.outcome !== undefined).catch((cause) => {
      const { status, content } = asked;
      throw new Error(`saw ${status} '${content}'; held: ${this.census()}`, { cause });
    });
    const { outcome, status, reason, content } = asked;
    expect({ outcome, status, reason, content }).toMatchObject(expected);
  }

  /** How often the sidecars counted such an answer: the caller's, and the callee's. */
  counted(code: number): readonly number[] {
    const labels = { code: String(code) };
    const name = 'selvage_requests_total';
    const { caller, callee } = this.pair;
    return [
      caller.meter.value(name, { ...OUTBOUND, ...labels }),
      callee.meter.value(name, { ...INBOUND, ...labels }),
    ];
  }

  /** Why requests came to nothing, in the order of the lines of both logs. */
  logged(): readonly unknown[] {
    return [this.pair.caller, this.pair.callee].flatMap(({ log }) =>
      log.lines
        .filter(({ level }) => level === 'warn' || level === 'error')
        .map(({ message, fields }) => `${fields.direction}: ${message}: ${fields.reason}`),
    );
  }

  /** Nothing must be held at the end, by the sidecars or the process. */
  async stop(): Promise<void> {
    await this.#asker.stop();
    await this.pair.stop();
    await eventually('all descriptors are closed', () => descriptors() <= this.#descriptors).catch(
      (cause) => {
        throw new Error(`${descriptors()} descriptors, not ${this.#descriptors}`, { cause });
      },
    );
  }
}
