export { InboundCapture, type PlainCallers } from './inbound-capture.ts';
export { OutboundCapture, type Passthrough } from './outbound-capture.ts';
export type { FirstBytes } from './sniff.ts';
export { SniffingClient } from './sniffing-client.ts';
