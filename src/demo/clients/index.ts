export { sendThenRead } from './half-close.ts';
export { type Ending, type HeldOpen, holdAnswer, holdTcp } from './held-open.ts';
export { type Answer, type Call, callHttp } from './http-call.ts';
export { type Load, type LoadFailure, type LoadReport, startLoad } from './load.ts';
export { type MetricsPage, readMetrics } from './metrics.ts';
export { type ClientIdentity, callByMutualTls } from './mutual-tls-call.ts';
export { type Goodbye, Talk } from './talk.ts';
export { fetchIdentity } from './workload-client.ts';
