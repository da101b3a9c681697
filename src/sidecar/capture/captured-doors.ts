import type { Door } from '../../snapshot/index.ts';
import type { SidecarOptions } from '../options.ts';

/**
 * Where a sidecar takes what the kernel redirects to it: what goes out comes to loopback, what comes in to an address
 * of the interface by which it came.
 */
export function capturedDoors(options: SidecarOptions, hasIpv6: boolean): Door[] {
  const { captureOutbound, captureInbound, host, port: applicationPort } = options;
  const doors: Door[] = [];
  if (captureOutbound !== undefined) {
    const direction = 'captured-outbound';
    doors.push({ direction, host: '127.0.0.1', ...captureOutbound });
    if (hasIpv6) doors.push({ direction, host: '::1', ...captureOutbound });
  }
  if (captureInbound !== undefined && applicationPort !== undefined) {
    const target = { host, port: applicationPort };
    const all = hasIpv6 ? '::' : '0.0.0.0';
    doors.push({ direction: 'captured-inbound', host: all, target, ...captureInbound });
  }
  return doors;
}
