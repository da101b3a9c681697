export { TelemetryError, telemetryErrors } from './errors.ts';
export { EXPOSITION_CONTENT_TYPE, type Exposition, type WorkloadMetrics } from './exposition.ts';
export { readGauge } from './gauge-readings.ts';
export { LINES_PER_SECOND, LimitedLog } from './limited-log.ts';
export { createLog, type LogDestination, type LogLevel } from './log.ts';
export { issuedIdentities, LoggingLedger } from './logging-ledger.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { SummedMetrics } from './summed-metrics.ts';
