import type { SnapshotEndpoint } from '../../snapshot/index.ts';
import type { LeaseFailure, Lessee, Servers } from '../http/halves.ts';
import { authorityOf } from './listener.ts';

/** By this label an endpoint says that it speaks HBONE, and at which port of its address. */
export const HBONE_LABEL = 'selvage.dev/hbone';

/** How to reach an endpoint that speaks HBONE: its own port, and what is asked for there. */
export interface HboneRoute {
  readonly port: number;
  /** The application's address and port, which is what the endpoint says of itself. */
  readonly authority: string;
}

/** Undefined for one of a sidecar of ours. */
export function hboneRouteOf({
  address,
  port,
  labels,
}: Pick<SnapshotEndpoint, 'address' | 'port' | 'labels'>): HboneRoute | undefined {
  const label = labels[HBONE_LABEL] ?? '';
  const hbonePort = /^[1-9]\d{0,4}$/.test(label) ? Number(label) : 0;
  if (hbonePort === 0 || hbonePort > 65_535) return undefined;
  return { port: hbonePort, authority: authorityOf(address, port) };
}

/** What a peer that speaks HBONE takes: connections of bytes, and nothing that only sidecars understand. */
export class HboneServers implements Servers {
  readonly #tunnels: Servers;

  constructor(tunnels: Servers) {
    this.#tunnels = tunnels;
  }

  lease(lessee: Lessee, fresh: boolean): void {
    const { method, upgrade } = lessee.request;
    if (method === 'CONNECT' && upgrade === undefined) this.#tunnels.lease(lessee, fresh);
    else lessee.unleased(BYTES_ONLY);
  }
}

const BYTES_ONLY: LeaseFailure = {
  stage: 'connect',
  reason: 'refused',
  detail: 'an endpoint that speaks HBONE takes connections, not requests or datagrams',
};
