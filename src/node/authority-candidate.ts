import { closest, type NodeName } from '../core/index.ts';
import type { ProvenNode, Registry } from '../registry/index.ts';
import { NodeError } from './errors.ts';

/**
 * What `name` has said of its CA, for governors to make it an authority.
 *
 * @throws NodeError NODE_UNKNOWN, with the candidate that may be meant
 */
export function authorityCandidate(registry: Pick<Registry, 'nodes'>, name: NodeName) {
  const nodes = [...registry.nodes()];
  const node = nodes.find((one) => one.name === name);
  const authority = node?.claim.authority;
  if (authority !== undefined) return { node: name, ...authority };
  const near = node === undefined ? closest(name, nodes.flatMap(nameOfCandidate)) : undefined;
  throw new NodeError(
    'NODE_UNKNOWN',
    `no node ${name} has said that it has a CA`,
    near === undefined ? {} : { remedy: `Did you mean ${near}? \`selvage get nodes\` lists all.` },
  );
}

const nameOfCandidate = ({ name, claim }: Pick<ProvenNode, 'name' | 'claim'>): NodeName[] =>
  claim.authority === undefined ? [] : [name];
