import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

export const telemetryErrors = {
  METRIC_CONFLICT: {
    summary: 'Two parts of the program measure different things under one name',
    remedy: 'Report this: the program contradicts itself.',
    exit: 'internal',
  },
  METRICS_UNREADABLE: {
    summary: 'The program’s own metrics break the rules that hold for metrics',
    remedy: 'Report this: the program contradicts itself.',
    exit: 'internal',
  },
} as const satisfies ErrorCatalogue;

export class TelemetryError extends SelvageError<keyof typeof telemetryErrors> {
  constructor(
    code: keyof typeof telemetryErrors,
    message: string,
    options?: ErrorOptionsWithRemedy,
  ) {
    super(telemetryErrors, code, message, options);
  }
}
