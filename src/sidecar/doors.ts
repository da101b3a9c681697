import { serviceKey } from '../core/index.ts';
import type { Log } from '../ports/index.ts';
import type { Door, Place } from '../snapshot/index.ts';
import { capturedDoors } from './capture/index.ts';
import type { Carrier } from './carrier.ts';
import type { SidecarOptions } from './options.ts';

const UPSTREAM_HOST = '127.0.0.1';

export interface DoorsParts {
  readonly options: SidecarOptions;
  readonly carrier: Pick<Carrier, 'open'>;
  /** Which port to open for a place that is wanted; see {@link claimPort}. */
  readonly claim: (place: Place, direction: Door['direction']) => number;
  /** Can the application reach us over IPv6? */
  readonly hasIpv6: boolean;
  readonly log: Log;
}

/** Where one sidecar listens: for its application, and for the sidecars that call it. */
export class Doors {
  readonly #parts: DoorsParts;
  #inboundPort: number | undefined;

  constructor(parts: DoorsParts) {
    this.#parts = parts;
  }

  /** Where other sidecars reach it; undefined before that is open. */
  get inboundPort(): number | undefined {
    return this.#inboundPort;
  }

  /**
   * Opens all of them.
   *
   * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  async open(inboundAddress: string): Promise<void> {
    const { options, hasIpv6 } = this.#parts;
    for (const { service, port } of options.upstreams) {
      if (port === undefined) continue; // called by name: the snapshot says where
      await this.#open({ direction: 'outbound', service, host: UPSTREAM_HOST, port });
    }
    for (const door of capturedDoors(options, hasIpv6)) await this.#open(door);
    await this.openInbound(inboundAddress);
  }

  /**
   * Opens those for other sidecars, where it serves something.
   *
   * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  async openInbound(address: string): Promise<void> {
    const { port, host, service, namespace, inboundPort, hbonePort } = this.#parts.options;
    if (port === undefined || service === undefined) return;
    const served = {
      service: serviceKey(namespace, service),
      target: { host, port },
      host: address,
    };
    const opened = await this.#open({ direction: 'inbound', ...served, port: inboundPort ?? 0 });
    this.#inboundPort = opened;
    this.#parts.log.info('inbound listener open', { address, port: opened });
    if (hbonePort !== undefined)
      await this.#open({ direction: 'hbone', ...served, port: hbonePort });
  }

  /** Returns the port, which for port 0 is a free one. */
  async #open(door: Door): Promise<number> {
    const port = this.#parts.claim(door, door.direction);
    await this.#parts.carrier.open({ ...door, port });
    return port;
  }
}
