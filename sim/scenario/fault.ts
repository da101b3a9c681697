import type { Deed } from './deed.ts';

/** Seconds of virtual time since the start of the run. */
type AtS = number;

/**
 * What goes wrong, when, and to how many. Who it happens to is drawn from the run's seed, so that a fault is
 * plain data and the same scenario hits others under another seed.
 */
export type Fault =
  | {
      readonly kind: 'crash';
      readonly atS: AtS;
      readonly nodes: number;
      /** A dead process has its connections reset by its host; with a dead host nothing is said any more. */
      readonly dies: 'process' | 'host';
      /** So many of a dead host's last writes are gone, as with a disk that confirms what it has not written. */
      readonly lostWrites: number;
      /** Never when left out. */
      readonly backAfterS?: number;
    }
  | {
      readonly kind: 'leave';
      readonly atS: AtS;
      readonly nodes: number;
      readonly backAfterS?: number;
    }
  | {
      readonly kind: 'partition';
      readonly atS: AtS;
      readonly forS: number;
      /** One-way: the smaller side is heard, and hears nothing. Partial: only some links across are cut. */
      readonly shape: 'symmetric' | 'one-way' | 'partial';
      /** Of the nodes, on the smaller side. */
      readonly share: number;
    }
  | {
      readonly kind: 'slow';
      readonly atS: AtS;
      readonly forS: number;
      readonly share: number;
      /** By turns awake and blocked, as a process on an overloaded host: messages and timers wait meanwhile. */
      readonly awakeMs: number;
      readonly blockedMs: number;
    }
  | {
      readonly kind: 'late';
      readonly atS: AtS;
      readonly forS: number;
      readonly share: number;
      /** Each message is read so much later than it came, at least and at most; timers run on time. */
      readonly fromMs: number;
      readonly toMs: number;
    }
  | {
      readonly kind: 'loss';
      readonly atS: AtS;
      readonly forS: number;
      /** Of all datagrams and packets. */
      readonly share: number;
    }
  | {
      readonly kind: 'clock';
      readonly nodes: number;
      readonly offsetMs: number;
      /** Parts per million: 1,000 is 3.6 s an hour. */
      readonly driftPpm: number;
    }
  | {
      readonly kind: 'disk';
      readonly atS: AtS;
      readonly forS: number;
      readonly nodes: number;
      /** Each write fails; and is there all the same, as when the disk answers too late. */
      readonly how: 'fails' | 'fails-but-persists';
    }
  | {
      readonly kind: 'liars';
      readonly atS: AtS;
      readonly forS: number;
      readonly share: number;
      readonly deeds: readonly Deed[];
    };

/** When a fault is over; a member that comes back needs no more after that. */
export function faultEndS(fault: Fault): number {
  if (fault.kind === 'clock') return 0;
  if (fault.kind === 'crash' || fault.kind === 'leave') return fault.atS + (fault.backAfterS ?? 0);
  return fault.atS + fault.forS;
}
