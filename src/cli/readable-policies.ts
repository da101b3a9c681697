import { GovernanceError, type TrustSet } from '../governance/index.ts';
import { cedarWasm } from '../platform/index.ts';
import { loadCedar, policySchema, readPoliciesInForce } from '../policy/index.ts';

/**
 * Refuses to bring back what was fine once and is so no more: policies that this version does not read, or that read
 * a header which the settings do not name. Nodes would go on with older policies, or close a namespace.
 *
 * @throws GovernanceError CHANGE_REFUSED
 */
export function requireReadable(inForce: TrustSet, next: TrustSet): void {
  const cedar = loadCedar(cedarWasm());
  const read = ({ policies, settings }: TrustSet) =>
    readPoliciesInForce(cedar, policies, policySchema(settings.policyHeaders));
  const after = read(next);
  if (!after.ok) {
    const [first] = after.error;
    throw refused(`${first?.file}: ${first?.message}`);
  }
  const before = read(inForce);
  const closed = new Set(before.ok ? before.value.closed.map(({ namespace }) => namespace) : []);
  const fresh = after.value.closed.find(({ namespace }) => !closed.has(namespace));
  if (fresh === undefined) return;
  const { namespace, problem } = fresh;
  throw refused(`the namespace ${namespace} would be closed: ${problem.file}: ${problem.message}`);
}

const refused = (message: string): GovernanceError =>
  new GovernanceError('CHANGE_REFUSED', message);
