import { type Problem, workloadOf } from '../core/index.ts';
import type { MeshSettings, Resource, SourceFile, TrustSet } from '../governance/index.ts';
import { cedarWasm } from '../platform/index.ts';
import { checkPolicyChange, loadCedar, type PolicySource } from '../policy/index.ts';

/**
 * What is wrong with the policies as they would be in force together: those of `files` and those that stay;
 * `settings` are those that would be.
 */
export function policyProblems(
  resources: readonly Resource[],
  files: readonly SourceFile[],
  settings: MeshSettings,
  inForce: TrustSet,
): readonly Problem[] {
  const changed = resources.flatMap((resource) =>
    resource.kind === 'Policy' ? [resource.policy] : [],
  );
  const { policyHeaders: headers } = settings;
  const { policyHeaders: headersInForce } = inForce.settings;
  // Policies that stay may read a header that the settings no longer name.
  if (changed.length === 0 && headers.join() === headersInForce.join()) return [];
  const paths = new Map(files.map(({ path }) => [path.slice(path.lastIndexOf('/') + 1), path]));
  const fresh = changed.map((policy): PolicySource => {
    const path = paths.get(`${policy.name}.cedar`);
    return path === undefined ? policy : { ...policy, path };
  });
  const kept = inForce.policies
    .filter((policy) => !changed.some((other) => isSameFile(policy, other)))
    .map((policy) => ({ ...policy, path: `${fileName(policy)} (in force)` }));
  const names = namesAfter(resources, inForce);
  const change = { fresh, kept, headers, headersInForce, names };
  return checkPolicyChange(loadCedar(cedarWasm()), change);
}

const isSameFile = (a: PolicySource, b: PolicySource): boolean =>
  a.name === b.name && a.namespace === b.namespace;

const fileName = ({ name, namespace }: PolicySource): string =>
  `${namespace === undefined ? '' : `${namespace}/`}${name}.cedar`;

/** What there would be for policies to speak about: services, those that may call, and their namespaces. */
function namesAfter(resources: readonly Resource[], inForce: TrustSet) {
  const services = [
    ...inForce.services,
    ...resources.flatMap((resource) => (resource.kind === 'Service' ? [resource.service] : [])),
  ];
  const registrations = [
    ...inForce.registrations,
    ...resources.flatMap((resource) =>
      resource.kind === 'Registration' ? [resource.registration] : [],
    ),
  ];
  const accounts = [
    ...services.flatMap(({ identities }) => identities),
    ...registrations.map(({ spiffeId }) => spiffeId),
  ].flatMap((id) => workloadOf(id) ?? []);
  const keys = [
    ...services.map(({ key }) => key),
    ...accounts.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`),
  ];
  const teams = inForce.lists.flatMap(({ namespace }) => namespace ?? []);
  const namespaces = keys.map((key) => key.slice(0, key.indexOf('/')));
  return { services: new Set(keys), namespaces: new Set([...namespaces, ...teams]) };
}
