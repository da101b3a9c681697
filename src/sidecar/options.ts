import type { Namespace, ServiceKey } from '../core/index.ts';
import type { Passthrough, PlainCallers } from '../proxy/index.ts';

/** What one sidecar is to do; all of it from flags, since a sidecar has no file of its own. */
export interface SidecarOptions {
  /** Path of its node's `workload.sock`. */
  readonly socket: string;
  readonly namespace: Namespace;
  /** The service account to ask for; without it, the one registration that matches decides. */
  readonly service?: string;
  /** The application's own port: with it the workload serves, without it it is a client only. */
  readonly port?: number;
  /** Where the application listens. */
  readonly host: string;
  /** The same for all sidecars of one workload, one after the other or at once: 8 to 64 of a-z, 0-9 and -. */
  readonly run: string;
  /** The services that the application calls. */
  readonly upstreams: readonly Upstream[];
  readonly labels: Readonly<Record<string, string>>;
  /** The endpoint's share of its service's traffic, beside the weights of the others: 1 to 1,000. */
  readonly weight: number;
  /** The application's network namespace, by name or absolute path, where it is another than this process's. */
  readonly netns?: string;
  /** Where what the application sends is taken when the kernel redirects it, and what becomes of it outside the mesh. */
  readonly captureOutbound?: { readonly port: number; readonly passthrough: Passthrough };
  /** Where connections to the application's port are taken when the kernel redirects them, and whether they get there. */
  readonly captureInbound?: { readonly port: number; readonly plainCallers: PlainCallers };
  /** Where other sidecars reach this one; any free port when left out. */
  readonly inboundPort?: number;
  /** Where peers that speak HBONE reach it; they do not when left out. */
  readonly hbonePort?: number;
  /** The port that is announced, where something that maps ports stands in between. */
  readonly advertisePort?: number;
  /** Processes that carry the bytes; one does all in the sidecar's own. */
  readonly workers: number;
  /** How long open requests may take to finish when the sidecar is told to end, milliseconds. */
  readonly drainMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export interface Upstream {
  readonly service: ServiceKey;
  /** Local port on 127.0.0.1; without it the service is called by name. */
  readonly port?: number;
}

/**
 * How long a sidecar whose application died still answers for it, milliseconds: long enough for the
 * news that its endpoint drains to reach every caller's sidecar.
 */
export const LINGER_MS = 2_000;

/** How long a first refusal may be the news of a fresh `selvage apply` that is still under way, milliseconds. */
export const REGISTRATION_GRACE_MS = 3_000;

/** Waits between attempts to reach the node again, milliseconds: the first, and the longest. */
export const RECONNECT_MS = { first: 100, longest: 2_000 } as const;
