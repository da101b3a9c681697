import {
  closest,
  err,
  ok,
  type Result,
  type ServiceKey,
  type SpiffeId,
  splitServiceKey,
  workloadSpiffeId,
} from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import {
  type IdentityQuestion,
  needsDigest,
  type ProcessFacts,
  registrationFor,
} from '../identity/index.ts';
import { portForCallers } from '../registry/index.ts';
import type { Hello } from '../snapshot/index.ts';
import type { SessionHost } from './session-host.ts';

/** Why a sidecar is turned away; it says so to the person who started it. */
export interface Refusal {
  /** Of a closed set: it is a kind of line in the log. */
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

type Judge = Pick<SessionHost, 'trust' | 'node' | 'nodeUid'>;

/** Must the process's executable be read before {@link judgeWorkload} can tell? */
export const hangsOnDigest = (hello: Hello, facts: ProcessFacts, judge: Judge): boolean =>
  needsDigest(questionOf(hello, facts, judge));

/** The identity that a process may have, if it may also serve what it wants to serve. */
export function judgeWorkload(
  hello: Hello,
  facts: ProcessFacts,
  judge: Judge,
): Result<SpiffeId, Refusal> {
  const { serves } = hello;
  const { services } = judge.trust();
  const found = registrationFor(questionOf(hello, facts, judge));
  if (!found.ok) return found;
  const { spiffeId } = found.value;
  if (serves === undefined) return ok(spiffeId);
  const service = services.find(({ key }) => key === serves.service);
  if (service === undefined) {
    return err({
      code: 'SERVICE_UNKNOWN',
      message: `no service ${serves.service} is in force`,
      remedy: 'Apply a Service of that name, or correct --service and --namespace.',
    });
  }
  if (service.identities.includes(spiffeId)) return ok(spiffeId);
  return err({
    code: 'SERVICE_NOT_YOURS',
    message: `${spiffeId} may not serve ${serves.service}: it is served by ${service.identities.join(', ')}`,
    remedy: 'Add the identity to the Service’s identities, and apply it.',
  });
}

function questionOf(
  { namespace, serviceAccount }: Hello,
  facts: ProcessFacts,
  { trust, node, nodeUid }: Judge,
): IdentityQuestion {
  const { trustDomain, registrations } = trust();
  const question = { registrations, facts, node, nodeUid };
  return serviceAccount === undefined
    ? question
    : { ...question, requested: workloadSpiffeId(trustDomain, namespace, serviceAccount) };
}

/** Why what it wants to call cannot be called; undefined when all can. */
export function uncallable(
  { upstreams, named = [] }: Hello,
  { services }: TrustSet,
): Refusal | undefined {
  const known = services.map(({ key }) => key);
  const unknown = upstreams.find((upstream) => !known.includes(upstream));
  if (unknown !== undefined) {
    const near = closest(unknown, known) ?? known.find((key) => nameOf(key) === nameOf(unknown));
    return {
      code: 'UPSTREAM_UNKNOWN',
      message: `no service ${unknown} is in force${near === undefined ? '' : `; did you mean ${near}?`}`,
      remedy: 'Correct --upstream; `selvage get services` lists the services in force.',
    };
  }
  const nameless = services.find(
    (service) => named.includes(service.key) && portForCallers(service) === undefined,
  );
  if (nameless === undefined) return undefined;
  return {
    code: 'UPSTREAM_NAMELESS',
    message: `${nameless.key} cannot be called by name: nothing says at which port`,
    remedy: `Add \`port\` to the Service and apply it, or give it a local port: --upstream ${nameless.key}=PORT.`,
  };
}

const nameOf = (key: ServiceKey): string => splitServiceKey(key).name;
