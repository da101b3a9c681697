import {
  listNamespaces,
  NetworkNamespace,
  pathExists,
  runHostTool,
  socketsBetween,
} from '../../platform/index.ts';
import { SidecarError } from '../errors.ts';
import { type CaptureState, captureStateOf, tablesOf } from './capture-listing.ts';
import { captureRules, ownerOf, withdrawalRules } from './capture-rules.ts';
import { type Captured, type CapturePlan, describeCaptured, OWN_NAMESPACE } from './captured.ts';

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
  const uids = outbound === undefined ? [] : listenersAt(outbound, namespace);
  refuseLoop(plan, uids);
  await runHostTool('nft', [captureRules(plan)], namespace);
  return uids.length > 0;
}

/** Takes a capture back, whether it was in force or not. @throws PlatformError as {@link startCapture} */
export async function endCapture(whose: Captured): Promise<void> {
  await runHostTool('nft', [withdrawalRules(whose)], namespaceOf(whose));
}

/** All that are in force in this network namespace and in those with a name. @throws PlatformError as above */
export async function listCaptures(): Promise<CaptureState[]> {
  const found = await Promise.all(
    [OWN_NAMESPACE, ...listNamespaces()].map(async (name) => {
      const namespace = NetworkNamespace.open(name);
      const nft = (...args: readonly string[]) =>
        runHostTool('nft', ['-j', 'list', ...args], namespace);
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

const namespaceOf = (whose: Captured): NetworkNamespace | undefined =>
  whose.kind === 'namespace' ? NetworkNamespace.open(whose.name) : undefined;

/** The other end of a socket that listens. */
const LISTENING = { host: '0.0.0.0', port: 0 };

/** The users whose processes listen at that port on loopback. */
function listenersAt(port: number, namespace: NetworkNamespace | undefined): number[] {
  const find = () => socketsBetween('tcp', { host: '127.0.0.1', port }, LISTENING);
  return (namespace?.inside(find) ?? find()).map(({ uid }) => uid);
}

/** @throws SidecarError CAPTURE_LOOP when one of those users, who run the sidecar, is captured */
export function refuseLoop({ whose, except }: CapturePlan, sidecars: readonly number[]): void {
  if (whose.kind !== 'user' || !sidecars.includes(whose.uid)) return;
  if (except.uids.includes(whose.uid)) return;
  throw new SidecarError(
    'CAPTURE_LOOP',
    `the sidecar runs as ${describeCaptured(whose)} itself, so that its own connections would come back to it`,
  );
}

function requireCgroup(path: string): void {
  if (pathExists(`${CGROUPS}/cgroup.controllers`)) {
    if (pathExists(`${CGROUPS}/${path}`)) return;
    throw new SidecarError('CGROUP_MISSING', `there is no cgroup '${path}' below ${CGROUPS}`);
  }
  throw new SidecarError('CGROUP_MISSING', `${CGROUPS} is not the unified hierarchy (cgroup2)`, {
    remedy: 'Boot with systemd.unified_cgroup_hierarchy=1, or capture by --uid.',
  });
}
