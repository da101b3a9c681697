import { type Answer, callHttp } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { type PayloadTotal, payload, payloadTotal } from '../payload.ts';
import type { Shop } from '../shop.ts';
import type { Check } from './check.ts';
import { MemoryWatch } from './memory-watch.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const SIZES = [0, 64 * KIB, 64 * MIB];
/**
 * Sent to a reader that lets it lie at first: what should wait at its source would pile up in a
 * sidecar. Its size stands out from the read buffers of 40 to 100 MiB, for bodies of any size, that
 * the runtime lets lie until it collects them.
 */
const STALLED_BYTES = 384 * MIB;
const STALL_MS = 1_000;
const MAX_GROWTH_BYTES = STALLED_BYTES / 3;
const TIMEOUT_MS = 30_000;
const CARRIERS = ['frontend', 'catalog-v1', 'catalog-v2'];

type Framing = 'length' | 'chunked';

interface Body {
  readonly want: PayloadTotal;
  readonly framing: Framing;
  readonly stallMs: number;
}

export const bodies: Check = {
  number: 2,
  title: 'bodies of 0 B, 64 KiB and 64 MiB arrive whole, both ways, chunked and with a length',
  run: async (shop) => {
    const watch = new MemoryWatch(sidecarsOf(shop));
    const port = shop.workloads.upstream('catalog');
    for (const want of SIZES.map(payloadTotal)) {
      for (const framing of ['length', 'chunked'] as const) {
        await upload(port, { want, framing, stallMs: 0 });
        await download(port, { want, framing, stallMs: 0 });
      }
    }
    const want = payloadTotal(STALLED_BYTES);
    await upload(port, { want, framing: 'chunked', stallMs: STALL_MS });
    await download(port, { want, framing: 'length', stallMs: STALL_MS });
    const grownBytes = watch.grownBytes();
    const grown = `a sidecar grew by ${(grownBytes / MIB).toFixed(1)} MiB`;
    expectThat(grownBytes < MAX_GROWTH_BYTES, `${grown} over bodies of 64 and 384 MiB`);
    return `14 bodies, SHA-256 equal; ${grown} at most, two of 384 MiB to slow readers included`;
  },
};

function sidecarsOf(shop: Shop): number[] {
  const pids = CARRIERS.flatMap((name) => shop.workloads.sidecarPids(name));
  expectThat(pids.length >= CARRIERS.length, `only ${pids.length} sidecars were found`);
  return pids;
}

async function upload(port: number, { want, framing, stallMs }: Body): Promise<void> {
  const blocks = payload(want.bytes);
  const body = framing === 'length' ? { blocks, length: want.bytes } : { blocks };
  const path = `/bodies?holdMs=${stallMs}`;
  const sent = { port, method: 'POST', path, body, timeoutMs: TIMEOUT_MS };
  const answer = good(await callHttp(sent), `uploading ${want.bytes} bytes (${framing})`);
  const got: PayloadTotal & { framing?: string } = JSON.parse(answer.text);
  compare(got, want, `an upload (${framing})`);
  expectThat(got.framing === framing, `an upload by ${framing} arrived by ${got.framing}`);
}

async function download(port: number, { want, framing, stallMs }: Body): Promise<void> {
  const path = `/bodies/${want.bytes}?framing=${framing}`;
  const asked = { port, method: 'GET', path, stallMs, timeoutMs: TIMEOUT_MS };
  const answer = good(await callHttp(asked), `downloading ${want.bytes} bytes (${framing})`);
  compare(answer.body, want, `a download (${framing})`);
  const arrived = answer.headers['content-length'] === undefined ? 'chunked' : 'length';
  expectThat(arrived === framing, `a download by ${framing} arrived by ${arrived}`);
}

function good(answer: Answer, doing: string): Answer {
  expectThat(answer.status === 200, `${doing}: ${answer.status} ${answer.text.trim()}`);
  return answer;
}

function compare(got: PayloadTotal, want: PayloadTotal, what: string): void {
  const same = got.bytes === want.bytes && got.sha256 === want.sha256;
  const seen = `${got.bytes} bytes with SHA-256 ${got.sha256.slice(0, 8)}`;
  expectThat(same, `${what} of ${want.bytes} bytes arrived as ${seen}`);
}
