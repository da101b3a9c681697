import { err, ok, type Result, type SpiffeId } from '../core/index.ts';
import { identityErrors } from './errors.ts';
import { type Candidate, fits, misfits } from './misfits.ts';
import type { ProcessFacts, Registration } from './registration.ts';
import { entryFor } from './registration-entry.ts';

export interface IdentityQuestion extends Candidate {
  readonly registrations: readonly Registration[];
  /** What the process wishes to be; without a wish, the only thing that it may be. */
  readonly requested?: SpiffeId;
}

export interface RegistrationRefusal {
  readonly code: 'IDENTITY_NOT_REGISTERED' | 'IDENTITY_AMBIGUOUS';
  readonly message: string;
  readonly remedy: string;
}

/** All registrations that this process fits, in the order of the trust repository. */
export const matchingRegistrations = (question: IdentityQuestion): readonly Registration[] =>
  question.registrations.filter((registration) => fits(registration, question));

/**
 * Does the answer hang on the digest of the executable, which was not looked up yet? Only where all else
 * of a registration fits, so that nobody makes a node read files for nothing.
 */
export const needsDigest = (question: IdentityQuestion): boolean =>
  question.facts.executableSha256 === undefined &&
  asked(question).some(
    (registration) =>
      registration.selectors.sha256 !== undefined &&
      misfits(registration, question).every(({ selector }) => selector === 'sha256'),
  );

/**
 * The registration under which a process gets the identity that it asks for; without a wish, the
 * only identity that it may have. What the process says is a wish; only the kernel's facts decide.
 */
export function registrationFor(
  question: IdentityQuestion,
): Result<Registration, RegistrationRefusal> {
  const fitting = matchingRegistrations({ ...question, registrations: asked(question) });
  const [first] = fitting;
  if (first === undefined) return err(notRegistered(question));
  const other = fitting.find(({ spiffeId }) => spiffeId !== first.spiffeId);
  return other === undefined ? ok(first) : err(ambiguous(question.facts, fitting));
}

const asked = ({ registrations, requested }: IdentityQuestion): readonly Registration[] =>
  requested === undefined
    ? registrations
    : registrations.filter(({ spiffeId }) => spiffeId === requested);

const mismatch = (registration: Registration, question: IdentityQuestion): string =>
  misfits(registration, question)
    .map(({ words }) => words)
    .join(' and ');

function notRegistered(question: IdentityQuestion): RegistrationRefusal {
  const { facts, node, requested } = question;
  const near = (requested === undefined ? [] : asked(question)).map(
    (registration) => `${registration.key} ${mismatch(registration, question)}`,
  );
  const reasons = near.length === 0 ? 'there is no registration for it' : near.join('; ');
  const message =
    requested === undefined
      ? `process ${describe(facts)} on ${node} may have no identity: no registration fits it`
      : `process ${describe(facts)} on ${node} may not be ${requested}: ${reasons}`;
  const remedy = `${identityErrors.IDENTITY_NOT_REGISTERED.remedy}\n${entryFor(question)}`;
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
