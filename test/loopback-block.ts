/** From 127.16.0.0 to 127.79.255.0: people type what lies below, and services get addresses that lie above. */
const FIRST = 16 << 8;
const COUNT = 64 << 8;
/** Whoever listens there has the block; nobody connects. */
const CLAIM = { host: 254, port: 7_599 };

/** Loopback addresses that no other test on this host has while this process lives: what listens at a fixed port meets nobody there. */
export class LoopbackBlock {
  /** Their first three numbers. */
  readonly network: string;

  constructor() {
    let at = process.pid % COUNT;
    while (!isClaimed(networkOf(at))) at = (at + 1) % COUNT;
    this.network = networkOf(at);
  }

  /** `number`: from 1 to 253. */
  host(number: number): string {
    return `${this.network}.${number}`;
  }
}

function networkOf(at: number): string {
  const block = FIRST + at;
  return `127.${block >> 8}.${block & 255}`;
}

/** Is it ours now? */
function isClaimed(network: string): boolean {
  const claim = { hostname: `${network}.${CLAIM.host}`, port: CLAIM.port };
  try {
    Bun.listen({ ...claim, socket: { data: () => undefined } }).unref();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
}
