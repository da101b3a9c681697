import { err, ok, type Result, type SpiffeId } from '../core/index.ts';
import { jwtBundleDocument } from '../identity/index.ts';
import type { Clock } from '../ports/index.ts';
import type { TokenDesk, TokenProblem } from '../workload-api/index.ts';
import { NodeError } from './errors.ts';
import type { AttestedProcess } from './process-attestation.ts';
import type { TokenPlane } from './token-plane.ts';

/** JWT-SVIDs for the programs of this host. */
export class WorkloadTokens implements TokenDesk<AttestedProcess> {
  readonly #plane: TokenPlane;
  readonly #clock: Clock;

  constructor(plane: TokenPlane, clock: Clock) {
    this.#plane = plane;
    this.#clock = clock;
  }

  async sign(
    { attestedAtMs }: AttestedProcess,
    spiffeId: SpiffeId,
    audiences: readonly string[],
  ): Promise<Result<string, TokenProblem>> {
    try {
      const signed = await this.#plane.issuance.jwtSvid({ spiffeId, audiences, attestedAtMs });
      return signed.ok
        ? ok(signed.value.token)
        : err({ code: 'invalid-argument', message: signed.error });
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      return err({ code: 'unavailable', message: error.message });
    }
  }

  async check(token: string, audience: string) {
    const checked = await this.#plane.judge.check(token, audience);
    return checked.ok ? checked : err(`${checked.error.reason}: ${checked.error.detail}`);
  }

  bundle(): string {
    return JSON.stringify(jwtBundleDocument(this.#plane.rules.bundle, this.#clock.now()));
  }
}
