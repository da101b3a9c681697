import { callHttp } from './http-call.ts';

const TIMEOUT_MS = 5_000;
/** A page has some tens of KiB for each sidecar. */
const MAX_PAGE_BYTES = 16 * 1_048_576;

/** A node's `/metrics`, its sidecars' among them, as they were when it was asked. */
export class MetricsPage {
  readonly #lines: readonly string[];

  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  /** The sum of all samples of a family that carry these labels, among others. */
  sum(family: string, labels: Readonly<Record<string, string>>): number {
    const wanted = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
    return this.#lines
      .filter((line) => line.startsWith(`${family}{`))
      .filter((line) => wanted.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }
}

/** Asks a node for its numbers. Rejects when it does not answer. */
export async function readMetrics(at: { host: string; port: number }): Promise<MetricsPage> {
  const limits = { timeoutMs: TIMEOUT_MS, maxTextBytes: MAX_PAGE_BYTES };
  const page = await callHttp({ ...at, ...limits, method: 'GET', path: '/metrics' });
  return new MetricsPage(page.text);
}
