import { err, type NodeName, ok, type Result, type SpiffeId, workloadOf } from '../core/index.ts';
import { identityErrors } from './errors.ts';
import type { ProcessFacts, Registration } from './registration.ts';

export interface IdentityQuestion {
  readonly registrations: readonly Registration[];
  readonly facts: ProcessFacts;
  readonly node: NodeName;
  /** The user that the node's own process runs as: what the selector `uid: node` means. */
  readonly nodeUid: number;
}

export interface RegistrationRefusal {
  readonly code: 'IDENTITY_NOT_REGISTERED' | 'IDENTITY_AMBIGUOUS';
  readonly message: string;
  readonly remedy: string;
}

/** All registrations that this process fits, in the order of the trust repository. */
export const matchingRegistrations = (question: IdentityQuestion): readonly Registration[] =>
  question.registrations.filter((registration) => mismatch(registration, question) === undefined);

/**
 * The registration under which a process gets the identity that it asks for; without a wish, the
 * only identity that it may have. What the process says is a wish; only the kernel's facts decide.
 */
export function registrationFor(
  question: IdentityQuestion & { readonly requested?: SpiffeId | undefined },
): Result<Registration, RegistrationRefusal> {
  const { requested } = question;
  const fitting = matchingRegistrations(question).filter(
    ({ spiffeId }) => requested === undefined || spiffeId === requested,
  );
  const [first] = fitting;
  if (first === undefined) return err(notRegistered(question, requested));
  const other = fitting.find(({ spiffeId }) => spiffeId !== first.spiffeId);
  return other === undefined ? ok(first) : err(ambiguous(question.facts, fitting));
}

/** Why a registration does not cover a process, in words; undefined when it does. */
function mismatch(
  { nodes, selectors }: Registration,
  { facts, node, nodeUid }: IdentityQuestion,
): string | undefined {
  const uid = selectors.uid === 'node' ? nodeUid : selectors.uid;
  if (nodes !== 'any' && !nodes.includes(node))
    return `is for ${nodes.join(', ')}, not for ${node}`;
  if (facts.uid !== uid) return `wants user ${uid}`;
  if (selectors.executable !== undefined && selectors.executable !== facts.executable) {
    return `wants the executable ${selectors.executable}`;
  }
  return undefined;
}

function notRegistered(
  question: IdentityQuestion,
  requested: SpiffeId | undefined,
): RegistrationRefusal {
  const { facts, node, registrations } = question;
  const near = registrations
    .filter(({ spiffeId }) => spiffeId === requested)
    .map((registration) => `${registration.key} ${mismatch(registration, question)}`);
  const reasons = near.length === 0 ? 'there is no registration for it' : near.join('; ');
  const message =
    requested === undefined
      ? `process ${describe(facts)} on ${node} may have no identity: no registration fits it`
      : `process ${describe(facts)} on ${node} may not be ${requested}: ${reasons}`;
  const remedy = `${identityErrors.IDENTITY_NOT_REGISTERED.remedy}\n${entryFor(facts, node, requested)}`;
  return { code: 'IDENTITY_NOT_REGISTERED', message, remedy };
}

function ambiguous(facts: ProcessFacts, fitting: readonly Registration[]): RegistrationRefusal {
  const ids = [...new Set(fitting.map(({ spiffeId }) => spiffeId))].join(', ');
  return {
    code: 'IDENTITY_AMBIGUOUS',
    message: `process ${describe(facts)} may be any of ${ids}`,
    remedy: identityErrors.IDENTITY_AMBIGUOUS.remedy,
  };
}

const describe = ({ pid, uid, executable }: ProcessFacts): string =>
  `${pid} (user ${uid}, ${JSON.stringify(executable)})`;

/** The registration that would have let the process in, to paste into a file. */
function entryFor(facts: ProcessFacts, node: NodeName, requested: SpiffeId | undefined): string {
  const workload = requested === undefined ? undefined : workloadOf(requested);
  const name = workload?.serviceAccount ?? 'NAME';
  return [
    'apiVersion: selvage.dev/v1alpha1',
    'kind: Registration',
    'metadata:',
    `  name: ${name}`,
    `  namespace: ${workload?.namespace ?? 'default'}`,
    'spec:',
    `  serviceAccount: ${name}`,
    `  nodes: [${node}]`,
    '  selectors:',
    `    uid: ${facts.uid}`,
    // The process chose this path: quoted, it cannot add lines to what a governor pastes.
    ...(facts.executable.startsWith('/')
      ? [`    executable: ${JSON.stringify(facts.executable)}`]
      : []),
  ].join('\n');
}
