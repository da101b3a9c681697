export { bareAnswer, bareGet } from './bare-http2.ts';
export { type Capture, openTap, type Place, type Tap } from './tap.ts';
export { judgeTls13, type TlsFacts } from './tls-records.ts';
