import type { Speech } from '../policy-set.ts';
import type { Certificates } from './certificates.ts';
import type { Processes } from './processes.ts';

/** All that a contender is told; it is stopped with the stage's processes. */
export interface Wish {
  readonly speech: Speech;
  readonly backendPort: number;
  /** Stands between the two sides, if anything does: gets the inbound port, returns the one to be dialled. */
  readonly between?: (inboundPort: number) => number;
}

/** A running pair of proxies. */
export interface ServingPair {
  /** Where the load goes. */
  readonly port: number;
  /** Whose CPU is counted, with all processes below. */
  readonly pids: readonly number[];
}

/** Where one case runs; all that it makes ends with it. */
export interface Stage {
  /** For files; removed at the end. */
  readonly directory: string;
  readonly certificates: Certificates;
  readonly processes: Processes;
  /** Runs at the end, before the processes are ended. */
  atEnd(stop: () => Promise<void> | void): void;
}

/** The one that the aims are about: both sides in one process, on the same footing as the peers. */
export const OURS = 'ours';

/** Whose figures are compared; `none` of what is measured beside them. */
export type Family = 'ours' | 'nginx' | 'HAProxy' | 'Envoy' | 'none';

/** A pair of proxies, outbound and inbound, mutual TLS between them: one worker, one thread, no access log. */
export interface Contender {
  readonly name: string;
  /** Of several of one family, the better one counts. */
  readonly family: Family;
  readonly speeches: readonly Speech[];
  /** Before the first round. */
  readonly warmUpSeconds: number;
  start(stage: Stage, wish: Wish): Promise<ServingPair>;
}

/** The one cipher of all contenders: left alone, nginx and HAProxy take AES-256, which would flatter us. */
export const CIPHER = 'TLS_AES_128_GCM_SHA256';
