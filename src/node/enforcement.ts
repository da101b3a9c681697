import type { TrustSet } from '../governance/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
import type { NodeClaim } from '../registry/index.ts';
import type { WorkloadSession } from './workload-session.ts';

/** How long sidecars have to take up a change before the others are told that this node lags, milliseconds. */
const PATIENCE_MS = 1_000;
/** Of a reason, in the node's record; it names an identity, and quotes what a sidecar said. */
const MAX_REASON_CHARACTERS = 256;

export interface EnforcementParts {
  /** What is in force at this node. */
  readonly trust: () => TrustSet;
  readonly sessions: () => readonly Pick<WorkloadSession, 'workload' | 'facts'>[];
  /** Are there endpoints of before this start, whose sidecars have not come back yet? */
  readonly hasOrphans: () => boolean;
  /** Why the policies in force cannot be read, in words. */
  readonly policyProblem: () => string | undefined;
  /** What this node said before it started. */
  readonly saidBefore: NodeClaim['enforces'] | undefined;
  readonly clock: Clock;
}

/**
 * What this node and all of its sidecars decide by. A trust set counts when the last of them has taken it up; a
 * node without sidecars enforces at once. A sidecar that is slow makes the node one that lags, with the reason:
 * after a while only, so that a change that goes well is one change of the record.
 */
export class Enforcement {
  readonly #parts: EnforcementParts;
  #enforces: NodeClaim['enforces'];
  #lag: string | undefined;
  #patience: Timer | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(parts: EnforcementParts) {
    this.#parts = parts;
    const { trust, saidBefore, clock } = parts;
    const { digest } = trust();
    const isKnown = saidBefore?.digest === digest;
    // A node that begins with what is in force did not replace anything: it was not waited for.
    const since = isKnown ? saidBefore.since : saidBefore && clock.now();
    this.#enforces = { ...namesOf(trust()), ...(since === undefined ? {} : { since }) };
    this.#lag = this.#hindrance();
  }

  /** The last set that all of them took up; `since` by this host's clock. */
  get enforces(): NodeClaim['enforces'] {
    return this.#enforces;
  }

  /** Why not all of them decide by what is in force, in words; undefined when they do, or may soon. */
  get lag(): string | undefined {
    return this.#lag;
  }

  /** Looks again: to be called when something of it may be different. */
  readonly follow = (): void => {
    const hindrance = this.#hindrance();
    if (hindrance === undefined) this.#arrived();
    else this.#patience ??= this.#parts.clock.after(PATIENCE_MS, () => this.#lose());
  };

  /** Called when what is to be said of this node is different. */
  onChange(changed: () => void): void {
    this.#listeners.push(changed);
  }

  stop(): void {
    this.#patience?.cancel();
  }

  #arrived(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
    const { trust, clock } = this.#parts;
    const isNew = trust().digest !== this.#enforces.digest;
    if (!isNew && this.#lag === undefined) return;
    this.#lag = undefined;
    if (isNew) this.#enforces = { ...namesOf(trust()), since: clock.now() };
    this.#tell();
  }

  #lose(): void {
    this.#patience = undefined;
    const lag = this.#hindrance();
    if (lag === undefined || lag === this.#lag) return;
    this.#lag = lag;
    this.#tell();
  }

  #hindrance(): string | undefined {
    const { trust, sessions, hasOrphans, policyProblem } = this.#parts;
    const problem = policyProblem();
    if (problem !== undefined) return shortened(`policies cannot be read: ${problem}`);
    const { digest } = trust();
    for (const { workload, facts } of sessions()) {
      if (workload === undefined) continue;
      const { enforces, spiffeId, hello } = workload;
      // One that has begun just now decides nothing before it is told by what.
      const decides = enforces !== undefined || hello.resumed === true;
      if (!decides || (enforces?.trustDigest === digest && enforces.problem === undefined)) {
        continue;
      }
      const why = enforces?.problem ?? 'it has not taken it up yet';
      return shortened(`the sidecar of ${spiffeId} (pid ${facts.pid}): ${why}`);
    }
    return hasOrphans() ? 'sidecars of before its start have not come back yet' : undefined;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const namesOf = ({ version, digest, rootVersion, revision }: TrustSet) => ({
  version,
  digest,
  root: rootVersion,
  revision,
});

const shortened = (text: string): string =>
  text.length <= MAX_REASON_CHARACTERS ? text : `${text.slice(0, MAX_REASON_CHARACTERS - 1)}…`;
