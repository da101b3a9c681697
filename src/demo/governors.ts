import type { ProposalItem, RolloutView } from '../admin/index.ts';
import { realClock } from '../platform/index.ts';
import { DemoError, expectThat } from './errors.ts';
import type { MeshNodes } from './mesh-nodes.ts';
import type { DemoNodeName } from './plan.ts';
import type { Stage } from './stage.ts';
import { notYet, there, waitFor } from './waiting.ts';

/** A proposal travels as any record does: within a second, where nothing is in the way. */
const HEARD_TIMEOUT_MS = 10_000;
const ARRIVAL_TIMEOUT = '20s';

/** Those who hold keys, each with a command line of their own, at whichever node they like. */
export class Governors {
  readonly #stage: Stage;
  readonly #nodes: MeshNodes;

  constructor(stage: Stage, nodes: MeshNodes) {
    this.#stage = stage;
    this.#nodes = nodes;
  }

  keyOf(name: string): string {
    return name === 'governor' ? this.#nodes.governorKey : this.#stage.path(`${name}.key`);
  }

  publicHalfOf(name: string): string {
    return `${this.keyOf(name)}.pub`;
  }

  async makeKey(name: string): Promise<void> {
    const key = ['--out', this.keyOf(name), '--no-passphrase'];
    await this.#stage.run(['governor', 'new', name, ...key]);
  }

  /** Runs what changes the rules, signed by `name`; returns the id of the proposal that it became. */
  async propose(at: DemoNodeName, name: string, ...change: string[]): Promise<string> {
    const said = await this.#stage.run([...change, ...this.#signed(at, name)]);
    const id = /^proposed ([0-9a-f]+)$/m.exec(said)?.[1];
    expectThat(id !== undefined, `one signature of two was enough: ${said.trim()}`);
    return id;
  }

  /** Signs as `name`, and returns what was said. */
  approve(at: DemoNodeName, name: string, id: string): Promise<string> {
    return this.#stage.run(['approve', id, ...this.#signed(at, name)]);
  }

  /** Tries to sign as somebody who may not, and returns how that was refused. */
  async approveInVain(at: DemoNodeName, name: string, id: string): Promise<string> {
    return await this.approve(at, name, id).then(
      (said) => `it was not refused: ${said}`,
      (error: unknown) => {
        if (error instanceof DemoError && error.code === 'DEMO_COMMAND_FAILED') {
          return error.message;
        }
        throw error;
      },
    );
  }

  /** Waits until `at` can show a proposal with so many signatures. */
  async awaitSigned(at: DemoNodeName, id: string, count: number): Promise<void> {
    const what = `${at} to hear of ${count} signatures under ${id}`;
    await waitFor(realClock, what, HEARD_TIMEOUT_MS, async () => {
      const item = await this.proposal(at, id);
      const counts = item?.parts.map(({ signed }) => signed.length) ?? [];
      return counts.length > 0 && counts.every((signed) => signed >= count)
        ? there(undefined)
        : notYet(`${item?.state ?? 'nothing of it'}, ${counts.join(' and ') || 'no'} signatures`);
    });
  }

  /** What `selvage proposals` says of it at `at`. */
  async proposal(at: DemoNodeName, id: string): Promise<ProposalItem | undefined> {
    const { items } = await this.#ask<{ items: readonly ProposalItem[] }>(at, 'proposals');
    return items.find((item) => item.id.startsWith(id));
  }

  /** What `selvage rollout` says at `at`, now, or once the change has arrived everywhere. */
  rollout(at: DemoNodeName, when: 'now' | 'arrived'): Promise<RolloutView> {
    const wait = when === 'now' ? [] : ['--wait', '--timeout', ARRIVAL_TIMEOUT];
    return this.#ask<RolloutView>(at, 'rollout', ...wait);
  }

  #signed(at: DemoNodeName, name: string): string[] {
    return ['--key', this.keyOf(name), '--data', this.#nodes.dataDirectory(at), '--yes'];
  }

  async #ask<Answer>(at: DemoNodeName, ...command: string[]): Promise<Answer> {
    const asked = [...command, '-o', 'json', '--data', this.#nodes.dataDirectory(at)];
    // The command prints what the admin API's own contract has checked.
    return JSON.parse(await this.#stage.run(asked)) as Answer;
  }
}
