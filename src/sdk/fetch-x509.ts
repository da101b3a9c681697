import { retryAfterMs } from '../identity/index.ts';
import { realClock, realRandom } from '../platform/index.ts';
import { SpiffeWorkloadAPI, type X509SVIDResponse } from '../workload-api/index.ts';
import { SdkError } from './errors.ts';
import { problemOf, WorkloadClient } from './workload-client.ts';
import { identityIn, type X509Identity } from './x509-identity.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

export interface X509Options {
  /** `unix:///path` or `tcp://IP:port`; without it what SPIFFE_ENDPOINT_SOCKET says. */
  readonly endpoint?: string;
  /** Which of several identities; without it the first, which is the default one. */
  readonly spiffeId?: string;
}

/**
 * The identity of this program, as it is now. Asks again until the Workload API is there, for at most
 * `timeoutMs` (milliseconds, 10,000 if not said). What is needed for longer, {@link watchX509} keeps fresh.
 *
 * @throws SdkError ENDPOINT_MISSING, ENDPOINT_MALFORMED, IDENTITY_DENIED, API_UNAVAILABLE
 */
export async function fetchX509(
  options: X509Options & { readonly timeoutMs?: number } = {},
): Promise<X509Identity> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const end = new AbortController();
  const deadline = realClock.after(timeoutMs, () => end.abort());
  let last: SdkError | undefined;
  const problem = (error: SdkError) => {
    last = error;
    if (error.code === 'IDENTITY_DENIED') end.abort();
  };
  try {
    for await (const identity of watchX509({ ...options, signal: end.signal, problem })) {
      return identity;
    }
    throw last ?? new SdkError('API_UNAVAILABLE', `no identity within ${timeoutMs} ms`);
  } finally {
    deadline.cancel();
    end.abort();
  }
}

/**
 * The identity of this program, and the next one each time that it is renewed or whom it trusts changes,
 * until `signal` aborts. While there is none to be had it asks again and again (after 0.5 s to 30 s), and tells
 * `problem` why; the identity that it gave last is good to its end.
 *
 * @throws SdkError ENDPOINT_MISSING, ENDPOINT_MALFORMED
 */
export async function* watchX509(
  options: X509Options & {
    readonly signal?: AbortSignal;
    readonly problem?: (error: SdkError) => void;
  } = {},
): AsyncGenerator<X509Identity, void> {
  const { endpoint, spiffeId, signal, problem } = options;
  const client = new WorkloadClient(endpoint);
  const isOver = () => signal?.aborted === true;
  let failures = 0;
  let expiresAtMs = 0;
  try {
    while (!isOver()) {
      try {
        for await (const message of messagesOf(client, signal)) {
          const identity = identityIn(message, spiffeId);
          failures = 0;
          expiresAtMs = identity.expiresAtMs;
          yield identity;
        }
      } catch (error) {
        if (isOver()) return;
        if (!(error instanceof SdkError)) throw error;
        problem?.(error);
      }
      failures += 1;
      await pause(retryAfterMs(failures, expiresAtMs - realClock.now(), realRandom), signal);
    }
  } finally {
    client.close();
  }
}

/** One stream of the Workload API, to its end. */
async function* messagesOf(
  client: WorkloadClient,
  signal: AbortSignal | undefined,
): AsyncGenerator<X509SVIDResponse, void> {
  const stream = client.follow(SpiffeWorkloadAPI.method.fetchX509SVID);
  const cancel = () => stream.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for await (const message of stream) yield message;
  } catch (error) {
    throw problemOf(error);
  } finally {
    signal?.removeEventListener('abort', cancel);
    stream.cancel();
  }
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = realClock.after(delayMs, resolve);
    const wake = () => {
      timer.cancel();
      resolve();
    };
    if (signal?.aborted === true) wake();
    else signal?.addEventListener('abort', wake, { once: true });
  });
}
