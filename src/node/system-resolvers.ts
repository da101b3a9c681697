import { resolversOf } from '../names/index.ts';
import { PlatformError, readTextFile } from '../platform/index.ts';
import type { Clock, SocketAddress } from '../ports/index.ts';
import type { LimitedLog } from '../telemetry/index.ts';

/** Of a `resolv.conf`, which has a few lines. */
const MAX_FILE_BYTES = 64 * 1024;
/** How long it is taken for unchanged, milliseconds: hosts move between networks. */
const READ_AGAIN_MS = 5_000;

/** The resolvers that a `resolv.conf` names, as it is now. */
export class SystemResolvers {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #limitedLog: LimitedLog;
  #read: { readonly text: string; readonly untilMs: number } | undefined;

  constructor(path: string, clock: Clock, limitedLog: LimitedLog) {
    this.#path = path;
    this.#clock = clock;
    this.#limitedLog = limitedLog;
  }

  /** Without the one that listens at `self`. */
  others(self: SocketAddress): readonly SocketAddress[] {
    const nowMs = this.#clock.monotonic();
    if (this.#read === undefined || this.#read.untilMs <= nowMs) {
      this.#read = { text: this.#text(), untilMs: nowMs + READ_AGAIN_MS };
    }
    return resolversOf(this.#read.text, self);
  }

  #text(): string {
    try {
      return readTextFile(this.#path, MAX_FILE_BYTES);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.#limitedLog.warn('no resolvers for other names', error.code, { detail: error.message });
      return '';
    }
  }
}
