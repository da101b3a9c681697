import { Agent } from 'node:http';
import { realClock } from '../../platform/index.ts';
import { type Answer, callHttp } from './http-call.ts';

/** What one request of a load looks like. */
export interface LoadRequest {
  readonly method: string;
  readonly path: string;
}

export interface LoadOptions {
  readonly port: number;
  /** How many requests are under way at a time, each on its own kept connection. */
  readonly concurrency: number;
  /** Begins the id of each request, which is sent as `x-request-id`. */
  readonly name: string;
  readonly request: LoadRequest;
}

export interface LoadFailure {
  readonly id: string;
  /** Since the load began. */
  readonly atMs: number;
  readonly reason: string;
}

export interface LoadReport {
  readonly answered: number;
  /** Good answers by the version that the service said it is. */
  readonly byVersion: Readonly<Record<string, number>>;
  readonly failed: number;
  /** The first ones. */
  readonly failures: readonly LoadFailure[];
}

export interface Load {
  report(): LoadReport;
  /** Lets the requests under way end, and sends no more. */
  stop(): Promise<LoadReport>;
}

const MAX_KEPT_FAILURES = 1_000;
const CALL_TIMEOUT_MS = 10_000;

/** Sends requests without a break until stopped. Anything but a 2xx answer is a failure. */
export function startLoad(options: LoadOptions): Load {
  const tally = new Tally();
  const agent = new Agent({ keepAlive: true, maxSockets: options.concurrency });
  let stopping = false;
  let sent = 0;
  const work = async (): Promise<void> => {
    while (!stopping) {
      const id = `${options.name}-${sent++}`;
      const call = { ...options.request, port: options.port, agent, timeoutMs: CALL_TIMEOUT_MS };
      await callHttp({ ...call, headers: { 'x-request-id': id } }).then(
        (answer) => tally.answer(id, answer),
        (error: Error) => tally.failure(id, error.message),
      );
    }
  };
  const workers = Array.from({ length: options.concurrency }, work);
  return {
    report: () => tally.report(),
    stop: async () => {
      stopping = true;
      await Promise.all(workers);
      agent.destroy();
      return tally.report();
    },
  };
}

class Tally {
  readonly #startedMs = realClock.monotonic();
  readonly #byVersion = new Map<string, number>();
  readonly #failures: LoadFailure[] = [];
  #answered = 0;
  #failed = 0;

  answer(id: string, { status, headers, text }: Answer): void {
    if (status < 200 || status > 299) {
      const reason = headers['x-selvage-reason'] ?? text.slice(0, 80).trim();
      this.failure(id, `${status} ${reason}`);
      return;
    }
    this.#answered += 1;
    const version = headers['x-version'] ?? 'unversioned';
    this.#byVersion.set(version, (this.#byVersion.get(version) ?? 0) + 1);
  }

  failure(id: string, reason: string): void {
    this.#failed += 1;
    if (this.#failures.length >= MAX_KEPT_FAILURES) return;
    const atMs = Math.round(realClock.monotonic() - this.#startedMs);
    this.#failures.push({ id, atMs, reason });
  }

  report(): LoadReport {
    return {
      answered: this.#answered,
      byVersion: Object.fromEntries(this.#byVersion),
      failed: this.#failed,
      failures: [...this.#failures],
    };
  }
}
