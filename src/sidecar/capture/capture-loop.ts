import {
  holdersOf,
  type NetworkNamespace,
  originOf,
  type ProcessOrigin,
  socketsBetween,
} from '../../platform/index.ts';
import { SidecarError } from '../errors.ts';
import type { CapturePlan } from './captured.ts';

/** The other end of a socket that listens. */
const LISTENING = { host: '0.0.0.0', port: 0 };

/** The processes that listen at that port on loopback, in that namespace or else in ours. */
export function listenersAt(port: number, namespace: NetworkNamespace | undefined): number[] {
  const find = () => socketsBetween('tcp', { host: '127.0.0.1', port }, LISTENING);
  const sockets = namespace?.inside(find) ?? find();
  return sockets.length === 0 ? [] : holdersOf(sockets);
}

/**
 * @throws SidecarError CAPTURE_LOOP when what one of these processes sends would be captured, to be sent by it again,
 * and so for ever
 */
export function refuseLoop(
  plan: CapturePlan,
  sidecars: readonly number[],
  namespace: NetworkNamespace | undefined,
): void {
  const loop = sidecars.find((pid) => {
    const origin = originOf(pid);
    return origin !== undefined && isCaptured(plan, origin, namespace?.identity);
  });
  if (loop === undefined) return;
  const message = `the sidecar, process ${loop}, is one of those that are to be captured`;
  throw new SidecarError('CAPTURE_LOOP', message);
}

/** Would `plan` take what such a process sends? `namespace`: that which it is for. */
export function isCaptured(
  { whose, except }: CapturePlan,
  origin: ProcessOrigin,
  namespace: string | undefined,
): boolean {
  if (except.uids.includes(origin.uid)) return false;
  switch (whose.kind) {
    case 'user':
      return origin.uid === whose.uid;
    case 'cgroup':
      return `${origin.cgroup}/`.startsWith(`${whose.path}/`);
    case 'namespace':
      return origin.namespace === namespace;
  }
}
