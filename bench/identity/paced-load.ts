import { Agent, request } from 'node:http';
import type { Row } from '../rows.ts';

/** A request that takes longer counts as failed, milliseconds. */
const TIMEOUT_MS = 10_000;
const MAX_KEPT_FAILURES = 20;

export interface LoadReport {
  readonly sent: number;
  readonly failed: number;
  /** The first ones, with when they were, since the load began. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
}

/** The share of requests that were answered: all of them is what is promised. */
export const answeredRow = ({ sent, failed }: LoadReport): Row => ({
  what: 'requests that were answered',
  value: (100 * (sent - failed)) / sent,
  unit: '%',
  bar: 100,
  stretch: 100,
});

/**
 * Sends `perSecond` requests each second, whether those before were answered or not: every second one on a connection
 * that is kept, the others each on one of its own. None is sent twice, and whatever is no 200 has failed.
 */
export class PacedLoad {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #begun = performance.now();
  readonly #timer: Timer;
  readonly #failures: string[] = [];
  readonly #open = new Set<Promise<void>>();
  #sent = 0;
  #failed = 0;
  #slowestMs = 0;

  constructor(port: number, perSecond: number) {
    this.#port = port;
    this.#timer = setInterval(() => this.#send(), 1_000 / perSecond);
  }

  /** Lets what is under way end, and sends no more. */
  async stop(): Promise<LoadReport> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    this.#agent.destroy();
    return {
      sent: this.#sent,
      failed: this.#failed,
      failures: this.#failures,
      slowestMs: this.#slowestMs,
    };
  }

  #send(): void {
    const keeps = this.#sent % 2 === 0;
    this.#sent += 1;
    const begun = performance.now();
    const call = this.#call(keeps)
      .catch((error: unknown) => {
        this.#failed += 1;
        const at = Math.round(begun - this.#begun);
        if (this.#failures.length < MAX_KEPT_FAILURES) this.#failures.push(`${at} ms: ${error}`);
      })
      .finally(() => {
        this.#slowestMs = Math.max(this.#slowestMs, performance.now() - begun);
        this.#open.delete(call);
      });
    this.#open.add(call);
  }

  #call(keeps: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const agent = keeps ? this.#agent : new Agent({ keepAlive: false });
    const call = request({
      host: '127.0.0.1',
      port: this.#port,
      path: '/',
      agent,
      timeout: TIMEOUT_MS,
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    call.on('error', reject);
    call.on('response', (response) => {
      const reason = response.headers['x-selvage-reason'] ?? '';
      response.resume();
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(`status ${response.statusCode} ${reason}`),
      );
    });
    call.end();
    return promise;
  }
}
