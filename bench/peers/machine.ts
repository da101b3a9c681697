import { cpus, loadavg, release } from 'node:os';

/** Of one minute: above it, half a core is somebody else's, and so are some of the figures. */
const BUSY_LOAD = 0.5;

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly kernel: string;
}

export const machine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  kernel: release(),
});

/** How many processes wanted a core, on average over the last minute. */
export const loadAverage = (): number => loadavg()[0] ?? Number.NaN;

export const isBusy = (load: number): boolean => load > BUSY_LOAD;
