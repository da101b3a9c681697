import { memoryOf, resetPeakMemory } from '../../platform/index.ts';
import { type Answer, callHttp } from '../clients/index.ts';
import { expectThat } from '../errors.ts';
import { type PayloadTotal, payload, payloadTotal } from '../payload.ts';
import type { Check } from './check.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const SIZES = [0, 64 * KIB, 64 * MIB];
const TIMEOUT_MS = 30_000;
/** A sidecar that held bodies would grow by a whole one. */
const MAX_GROWTH_SHARE = 1 / 3;
const CARRIERS = ['frontend', 'catalog-v1', 'catalog-v2'];

type Framing = 'length' | 'chunked';

export const bodies: Check = {
  number: 2,
  title: 'bodies of 0 B, 64 KiB and 64 MiB arrive whole, both ways, chunked and with a length',
  run: async (shop) => {
    const port = shop.workloads.upstream('catalog');
    let grownBytes = 0;
    for (const size of SIZES) {
      const want = payloadTotal(size);
      const sidecars = CARRIERS.flatMap((name) => shop.workloads.sidecarPids(name));
      expectThat(sidecars.length >= CARRIERS.length, `only ${sidecars.length} sidecars were found`);
      const before = new Map(sidecars.map((pid) => [pid, startMeasuring(pid)]));
      for (const framing of ['length', 'chunked'] as const) {
        await upload(port, want, framing);
        await download(port, want, framing);
      }
      for (const [pid, resident] of before) {
        grownBytes = Math.max(grownBytes, (memoryOf(pid)?.peakBytes ?? Infinity) - resident);
      }
    }
    const allowed = Math.max(...SIZES) * MAX_GROWTH_SHARE;
    const grown = `a sidecar grew by ${(grownBytes / MIB).toFixed(1)} MiB`;
    expectThat(grownBytes < allowed, `${grown} over a body of 64 MiB`);
    return `12 bodies, SHA-256 equal; ${grown} at most`;
  },
};

/** Resident now, in bytes; from here on the peak is measured. */
function startMeasuring(pid: number): number {
  resetPeakMemory(pid);
  const memory = memoryOf(pid);
  expectThat(memory !== undefined, `the sidecar ${pid} is gone`);
  return memory.residentBytes;
}

async function upload(port: number, want: PayloadTotal, framing: Framing): Promise<void> {
  const blocks = payload(want.bytes);
  const body = framing === 'length' ? { blocks, length: want.bytes } : { blocks };
  const sent = { port, method: 'POST', path: '/bodies', body, timeoutMs: TIMEOUT_MS };
  const answer = good(await callHttp(sent), `uploading ${want.bytes} bytes (${framing})`);
  const got: PayloadTotal & { framing?: string } = JSON.parse(answer.text);
  compare(got, want, `an upload (${framing})`);
  expectThat(got.framing === framing, `an upload by ${framing} arrived by ${got.framing}`);
}

async function download(port: number, want: PayloadTotal, framing: Framing): Promise<void> {
  const path = `/bodies/${want.bytes}?framing=${framing}`;
  const asked = { port, method: 'GET', path, timeoutMs: TIMEOUT_MS };
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
