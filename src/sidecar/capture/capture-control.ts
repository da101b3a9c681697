import { listNamespaces, NetworkNamespace, pathExists, runHostTool } from '../../platform/index.ts';
import { SidecarError } from '../errors.ts';
import { type CaptureState, captureStateOf, tablesOf } from './capture-listing.ts';
import { listenersAt, refuseLoop } from './capture-loop.ts';
import { captureRules, ownerOf, tableOf, withdrawalRules } from './capture-rules.ts';
import { type Captured, type CapturePlan, OWN_NAMESPACE } from './captured.ts';

/** Where nft looks for cgroups. */
const CGROUPS = '/sys/fs/cgroup';

/**
 * Puts a capture in force, in one transaction, in the place of an earlier one of the same processes. Returns whether
 * a sidecar takes what is captured already; until one does, it is refused.
 *
 * @throws SidecarError CAPTURE_LOOP, CGROUP_MISSING; PlatformError ROOT_NEEDED, TOOL_MISSING, TOOL_FAILED,
 * NAMESPACE_MISSING
 */
export async function startCapture(plan: CapturePlan): Promise<boolean> {
  const { whose, outbound } = plan;
  if (whose.kind === 'cgroup') requireCgroup(whose.path);
  const namespace = namespaceOf(whose);
  const sidecars = outbound === undefined ? [] : listenersAt(outbound, namespace);
  refuseLoop(plan, sidecars, namespace);
  await runHostTool('nft', [captureRules(plan)], namespace);
  return sidecars.length > 0;
}

/** Takes a capture back, whether it was in force or not. @throws PlatformError as {@link startCapture} */
export async function endCapture(whose: Captured): Promise<void> {
  await runHostTool('nft', [withdrawalRules(whose)], namespaceOf(whose));
}

/** All that are in force in this network namespace and in those with a name. @throws PlatformError as above */
export async function listCaptures(): Promise<CaptureState[]> {
  const found = await Promise.all(
    [OWN_NAMESPACE, ...listNamespaces()].map(async (name) => {
      const nft = nftList(NetworkNamespace.open(name));
      const states: CaptureState[] = [];
      for (const table of tablesOf(await nft('tables'))) {
        const whose = ownerOf(table, name);
        // In another one, only what takes all of it is ours to speak of.
        if (whose === undefined || (name !== OWN_NAMESPACE && whose.kind !== 'namespace')) continue;
        states.push(captureStateOf(whose, await nft('table', 'inet', table)));
      }
      return states;
    }),
  );
  return found.flat();
}

/** That of the same processes, if it is in force. @throws PlatformError as above */
export async function captureInForce(whose: Captured): Promise<CaptureState | undefined> {
  const nft = nftList(namespaceOf(whose));
  const table = tableOf(whose);
  if (!tablesOf(await nft('tables')).includes(table)) return undefined;
  return captureStateOf(whose, await nft('table', 'inet', table));
}

/** Asks nft there for its JSON. */
const nftList =
  (namespace: NetworkNamespace | undefined) =>
  (...args: readonly string[]): Promise<string> =>
    runHostTool('nft', ['-j', 'list', ...args], namespace);

/** Undefined: that of this process. @throws PlatformError NAMESPACE_MISSING, ROOT_NEEDED */
export const namespaceOf = (whose: Captured): NetworkNamespace | undefined =>
  whose.kind === 'namespace' ? NetworkNamespace.open(whose.name) : undefined;

function requireCgroup(path: string): void {
  if (pathExists(`${CGROUPS}/cgroup.controllers`)) {
    if (pathExists(`${CGROUPS}/${path}`)) return;
    throw new SidecarError('CGROUP_MISSING', `there is no cgroup '${path}' below ${CGROUPS}`);
  }
  throw new SidecarError('CGROUP_MISSING', `${CGROUPS} is not the unified hierarchy (cgroup2)`, {
    remedy: 'Boot with systemd.unified_cgroup_hierarchy=1, or capture by --uid.',
  });
}
