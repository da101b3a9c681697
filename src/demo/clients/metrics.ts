import { callHttp } from './http-call.ts';

const TIMEOUT_MS = 5_000;

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
  const page = await callHttp({ ...at, method: 'GET', path: '/metrics', timeoutMs: TIMEOUT_MS });
  return new MetricsPage(page.text);
}
