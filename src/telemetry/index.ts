export { TelemetryError } from './errors.ts';
export { EXPOSITION_CONTENT_TYPE } from './exposition.ts';
export { readGauge } from './gauge-readings.ts';
export { LimitedLog } from './limited-log.ts';
export { createLog } from './log.ts';
export { issuedIdentities, LoggingLedger } from './logging-ledger.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { SummedMetrics } from './summed-metrics.ts';
