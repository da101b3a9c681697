import { err, ok, type Result, type SpiffeId } from '../core/index.ts';
import { certificateDer, type TrustBundle, verifySvid } from '../crypto/index.ts';
import type { TrustSet } from '../governance/index.ts';
import {
  matchingRegistrations,
  needsDigest,
  type ProcessFacts,
  registrationFor,
} from '../identity/index.ts';
import { hostProcess, serveUnixGrpc, type UnixGrpcServer } from '../platform/index.ts';
import type { Clock, Log, Meter, Random } from '../ports/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import type { TokenDesk, WorkloadApiHost } from '../workload-api/index.ts';
import type { Issuance } from './issuance.ts';
import type { AttestedProcess } from './process-attestation.ts';
import { revokedIdentity } from './revoked-identity.ts';
import { ANYBODYS_SOCKET } from './socket-modes.ts';
import type { Refusal } from './workload-admission.ts';
import { WorkloadBundle } from './workload-bundle.ts';
import { WorkloadSvids } from './workload-svids.ts';

export interface WorkloadApiPlaneParts {
  readonly path: string;
  readonly node: TrustSet['authorities'][number]['node'];
  readonly trust: () => TrustSet;
  readonly bundle: () => TrustBundle;
  readonly issuance: Pick<Issuance, 'svid'>;
  readonly attest: (fd: number) => AttestedProcess | undefined;
  readonly tokens: TokenDesk<AttestedProcess>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/** What programs are answered that hold their identity themselves: `spiffe.sock`. */
export class WorkloadApiPlane {
  readonly #parts: WorkloadApiPlaneParts;
  readonly #limitedLog: LimitedLog;
  readonly #svids: WorkloadSvids;
  readonly #bundle: WorkloadBundle;
  readonly #followers = new Set<() => void>();
  #server: UnixGrpcServer | undefined;

  constructor(parts: WorkloadApiPlaneParts) {
    const { clock, log, issuance, bundle } = parts;
    this.#parts = parts;
    this.#limitedLog = new LimitedLog(log, clock);
    this.#svids = new WorkloadSvids({
      ...parts,
      issue: (id, csrDer, attestedAtMs) => issuance.svid(id, csrDer, attestedAtMs),
      isGood: (leafPem) => verifySvid(certificateDer(leafPem), bundle(), { now: clock.now() }).ok,
    });
    this.#bundle = new WorkloadBundle(clock, bundle, () => this.follow());
  }

  /** @throws PlatformError SOCKET_IN_USE, SOCKET_PATH_TOO_LONG */
  async start(): Promise<void> {
    const { path, attest, log, meter } = this.#parts;
    const refusals = meter.counter({
      name: 'selvage_workload_api_refused_connections_total',
      help: 'Connections to the Workload API that were closed at once, by reason',
      labels: ['reason'],
    });
    this.#server = await serveUnixGrpc<AttestedProcess>({
      path,
      mode: ANYBODYS_SOCKET,
      attest,
      methods: async () => (await import('../workload-api/index.ts')).workloadApi(this.#host()),
      refused: (reason, uid) => {
        refusals.add({ reason });
        this.#limitedLog.warnOnce('workload api: connection refused', reason, { uid });
      },
      failed: (error) => log.error('the Workload API cannot be loaded', { error }),
    });
  }

  stop(): void {
    this.#server?.stop();
    this.#svids.stop();
    this.#bundle.stop();
  }

  /** Something else may be in force: whoever listens is told what is different for it. */
  follow(): void {
    this.#svids.judge();
    for (const follow of this.#followers) follow();
  }

  #host(): WorkloadApiHost<AttestedProcess> {
    const { meter, tokens } = this.#parts;
    const calls = meter.counter({
      name: 'selvage_workload_api_calls_total',
      help: 'Calls of the Workload API and of secret discovery, by method and how they began or were refused',
      labels: ['method', 'result'],
    });
    return {
      tokens,
      identitiesOf: (process) => this.#identitiesOf(process),
      hold: ({ attestedAtMs }, ids, changed) => this.#svids.hold(ids, attestedAtMs, changed),
      x509Bundle: () => this.#bundle.current(),
      onChange: (run) => {
        this.#followers.add(run);
        return () => this.#followers.delete(run);
      },
      answered: (method, result) => calls.add({ method, result }),
      rejected: (detail) =>
        this.#limitedLog.warn('a proxy refuses its secrets', 'nack', { detail }),
    };
  }

  /** All that the process may be; why it may be nobody goes to the log, with the entry to paste. */
  async #identitiesOf(process: AttestedProcess): Promise<Result<readonly SpiffeId[], string>> {
    const { facts: seen, measured } = process;
    const { registrations } = this.#parts.trust();
    const asked = { registrations, node: this.#parts.node, nodeUid: hostProcess().uid };
    const facts = needsDigest({ ...asked, facts: seen }) ? await measured() : seen;
    const question = { ...asked, facts };
    const found = registrationFor(question);
    if (found.ok || found.error.code === 'IDENTITY_AMBIGUOUS') {
      const all = new Set(matchingRegistrations(question).map(({ spiffeId }) => spiffeId));
      return this.#unrevoked([...all], process);
    }
    return this.#refuse(found.error, facts);
  }

  /** Those of its identities that were not revoked since it runs. */
  #unrevoked(
    ids: readonly SpiffeId[],
    { facts, attestedAtMs }: AttestedProcess,
  ): Result<readonly SpiffeId[], string> {
    const { bundle, node } = this.#parts;
    const { revocations } = bundle();
    const good = ids.filter((id) => revocations.earliestFor(id, node) <= attestedAtMs);
    const [first] = ids;
    return good.length > 0 || first === undefined
      ? ok(good)
      : this.#refuse(revokedIdentity(first), facts);
  }

  #refuse({ code, message, remedy }: Refusal, facts: ProcessFacts): Result<never, string> {
    const fields = { ...facts, detail: message, remedy };
    this.#limitedLog.warnOnce('workload api: no identity', code, fields);
    return err(message);
  }
}
