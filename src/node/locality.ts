import type { NodeIdentity } from './data-directory.ts';
import { NodeError } from './errors.ts';
import type { NodeConfig } from './options.ts';

/**
 * Where a node runs: as the token said that it joined with, else as its configuration says, if that does.
 *
 * @throws NodeError LOCALITY_OTHER
 */
export function localityOf(
  config: Pick<NodeConfig, 'locality'>,
  { node, locality }: NodeIdentity,
): { readonly locality?: string } {
  const configured = config.locality === '' ? undefined : config.locality;
  if (locality !== undefined && configured !== undefined && locality !== configured) {
    const message = `the node ${node} may run in ${locality} only, and is configured for ${configured}`;
    throw new NodeError('LOCALITY_OTHER', message);
  }
  const said = locality ?? configured;
  return said === undefined ? {} : { locality: said };
}
