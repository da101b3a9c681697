import type { AdminService } from '../admin/index.ts';
import { closest, formatProblem, type Problem } from '../core/index.ts';
import {
  namespaceOfPath,
  type PlacedResource,
  type Signers,
  type TrustSet,
  type TrustSigner,
  targetPath,
} from '../governance/index.ts';
import type { Terminal } from '../platform/index.ts';
import { invalidInput } from './resource-files.ts';

/**
 * Refuses resources whose signature is others' to give: of a namespace that a team was handed, or of all the
 * rest. Without a key nobody signs yet, and everything may be proposed.
 *
 * @throws CliError INPUT_INVALID
 */
export function refuseForeignNamespaces(
  resources: readonly PlacedResource[],
  inForce: TrustSet,
  signer: TrustSigner | undefined,
): void {
  const isHeldBy = ({ keys }: Signers) =>
    keys.some(({ publicKey }) => publicKey === signer?.publicKey);
  if (![inForce.governors, ...inForce.lists].some(isHeldBy)) return; // it can sign nothing, which is said later
  const problems = resources.flatMap((placed): Problem[] => {
    const { what, who } = ownersOf(placed, inForce);
    if (isHeldBy(who)) return [];
    const { file, line, column } = placed;
    const names = who.keys.map(({ name }) => name).join(', ');
    const message = `${what} is for ${names} to sign, and this key is none of theirs: sign with one of them, or use \`selvage propose\` without --key`;
    return [{ file, line, column, message }];
  });
  if (problems.length > 0) throw invalidInput(problems);
}

function ownersOf(
  { resource }: PlacedResource,
  { governors, lists }: TrustSet,
): { readonly what: string; readonly who: Signers } {
  const namespace = namespaceOfPath(targetPath(resource));
  const team = lists.find((list) => list.namespace !== undefined && list.namespace === namespace);
  return team === undefined
    ? { what: 'what is not handed to a team', who: governors }
    : { what: `the namespace ${namespace}`, who: team };
}

/** Says which registrations name a node that this one does not know: it may join later, or be misspelt. */
export async function warnOfUnknownNodes(
  terminal: Terminal,
  resources: readonly PlacedResource[],
  client: AdminService,
): Promise<void> {
  const named = resources.flatMap(nodesNamed);
  if (named.length === 0) return;
  const { items } = await client.nodes({});
  const known = items.map(({ name }) => name);
  for (const { node, problem } of named) {
    if (known.includes(node)) continue;
    const near = closest(node, known);
    const meant = near === undefined ? '' : `: did you mean ${near}?`;
    const message = `no node '${node}' is known yet${meant}`;
    terminal.writeError(`warning: ${formatProblem({ ...problem, message })}\n`);
  }
}

interface NodeNamed {
  readonly node: string;
  readonly problem: Omit<Problem, 'message'>;
}

function nodesNamed({ file, resource, placeOf }: PlacedResource): NodeNamed[] {
  if (resource.kind !== 'Registration' || resource.registration.nodes === 'any') return [];
  return resource.registration.nodes.map((node, index) => ({
    node,
    problem: { file, ...placeOf(['spec', 'nodes', index]) },
  }));
}
