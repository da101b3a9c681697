import { join } from 'node:path';
import { eventually } from '../../../ports/testing/index.ts';
import type { WorkloadIdentity } from '../../index.ts';
import type { Authority } from '../../testing/index.ts';

/** Where it runs; null: this machine has no Node. */
export const NODE = Bun.which('node');

const PROGRAM = join(import.meta.dir, 'ztunnel-like.mjs');

/** What a client of it may ask for beside its credentials. */
export interface Asked {
  readonly port: number;
  readonly authority: string;
  readonly method?: string;
  readonly text?: string;
}

/** A peer that speaks HBONE as Istio's ztunnel does, in a process of its own. */
export class ZtunnelLike {
  /** What it says, in order. */
  readonly said: Record<string, unknown>[] = [];
  readonly #child;

  /** A client with `asked`, a server without. */
  constructor(identity: WorkloadIdentity, authority: Authority, asked: Asked | undefined) {
    const { certificateChainPem: cert, privateKeyPem: key } = identity;
    this.#child = Bun.spawn([NODE ?? 'node', PROGRAM], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
    });
    this.#child.stdin.write(`${JSON.stringify({ cert, key, ca: authority.pem, ...asked })}\n`);
    this.#child.stdin.flush();
    void this.#listen();
  }

  async #listen(): Promise<void> {
    let rest = '';
    for await (const bytes of this.#child.stdout) {
      const lines = (rest + Buffer.from(bytes).toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.said.push(JSON.parse(line) as Record<string, unknown>); // of our own making
    }
  }

  /** What it says at `index`, once it does. */
  async says(index = 0): Promise<Record<string, unknown>> {
    await eventually(`line ${index} of the peer`, () => this.said.length > index);
    return this.said[index] ?? {};
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.#child.exited;
  }
}
