export { sendThenRead } from './half-close.ts';
export { type Ending, type HeldOpen, holdAnswer, holdTcp } from './held-open.ts';
export { type Answer, callHttp } from './http-call.ts';
export { type Load, type LoadReport, startLoad } from './load.ts';
export { readMetrics } from './metrics.ts';
export { type ClientIdentity, callByMutualTls } from './mutual-tls-call.ts';
export { Talk } from './talk.ts';
export { fetchIdentity } from './workload-client.ts';
