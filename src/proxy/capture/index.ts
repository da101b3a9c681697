export { type FirstBytes, sniff } from './sniff.ts';
export { SniffingClient } from './sniffing-client.ts';
