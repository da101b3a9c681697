import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Fence, fencesOf } from './fences.ts';
import { LoopbackBlock } from './loopback-block.ts';

const root = resolve(import.meta.dir, '..');
/** Longer than a node waits until it asks a peer for news by itself, and than a passphrase takes on a busy host. */
const STEP_LIMIT_MS = 60_000;

/** A program that stays, and all that it has printed so far. */
interface Shell {
  readonly child: Bun.Subprocess;
  printed: string;
}

/**
 * A page of commands, run as a person would type them. Blocks marked `tour` run in order in one fresh
 * directory; `shell=NAME` stays in a shell of its own until `ctrl-c=NAME` or the end; `exits=N` ends
 * with that code. A `text` block right after one shows its output, in which `…` stands for anything. `ID` in a command is
 * what was printed behind `proposed` last.
 */
export class WalkThrough {
  readonly #page: string;
  readonly #fences: readonly Fence[];
  readonly #directory = mkdtempSync(join(tmpdir(), 'selvage-tour-'));
  readonly #shells = new Map<string, Shell>();
  readonly #addresses: Addresses;
  #proposal = 'no-proposal-yet';

  private constructor(page: string, addresses: Addresses) {
    this.#page = page;
    this.#fences = fencesOf(readFileSync(join(root, page), 'utf8'));
    this.#addresses = addresses;
    symlinkSync(join(root, 'examples'), join(this.#directory, 'examples'));
  }

  /** @param page path from the root of the repository */
  static async of(page: string): Promise<WalkThrough> {
    return new WalkThrough(page, await Addresses.free());
  }

  /** What the page tells a person to type. */
  get commands(): string {
    return this.#blocks.map(([block]) => block.text).join('');
  }

  /** @throws Error with the place in the page where what happens is not what it says */
  async run(): Promise<void> {
    for (const [block, shown] of this.#blocks) {
      const { shell, 'ctrl-c': stopped } = block.marks;
      if (stopped !== undefined) await this.#pressControlC(block, stopped);
      else if (shell !== undefined) await this.#start(shell, block, shown ?? '…');
      else await this.#runToEnd(block, shown);
    }
  }

  /** Ends all that runs, and leaves nothing behind. */
  async close(): Promise<void> {
    const children = [...this.#shells.values()].map(({ child }) => child);
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map((child) => child.exited));
    rmSync(this.#directory, { recursive: true });
  }

  get #blocks(): [block: Fence, shown: string | undefined][] {
    return this.#fences.flatMap((block, index) => {
      if (block.marks.tour === undefined) return [];
      const next = this.#fences[index + 1];
      return [[block, next?.language === 'text' ? next.text : undefined]];
    });
  }

  #spawn(commands: string): Bun.Subprocess<'ignore', 'pipe', 'inherit'> {
    const script = this.#addresses
      .in(commands)
      .replaceAll(/\bnpx selvage\b/g, join(root, 'bin/selvage'))
      .replaceAll(/\bID\b/g, this.#proposal);
    const { PATH = '', HOME = this.#directory } = process.env;
    return Bun.spawn(['sh', '-euc', `exec 2>&1; ${script}`], {
      cwd: this.#directory,
      // Python shows its lines at once on a terminal; here it has to be told.
      env: { PATH, HOME, SELVAGE_RUNTIME_DIR: join(this.#directory, 'run'), PYTHONUNBUFFERED: '1' },
      stdin: 'ignore',
      stdout: 'pipe',
    });
  }

  /** Runs a block to its end. Views are asked again until they show what they should. */
  async #runToEnd(block: Fence, shown: string | undefined): Promise<void> {
    const deadline = Date.now() + STEP_LIMIT_MS;
    let printed = await this.#runOnce(block);
    while (shown !== undefined && !this.#shows(printed, shown)) {
      if (!isView(block) || Date.now() > deadline) throw this.#unlike(block, shown, printed);
      printed = await this.#runOnce(block);
    }
  }

  async #runOnce(block: Fence): Promise<string> {
    const child = this.#spawn(block.text);
    const timer = setTimeout(() => child.kill(), STEP_LIMIT_MS);
    const printed = await new Response(child.stdout).text();
    const code = await child.exited;
    clearTimeout(timer);
    this.#proposal = lastProposal(printed) ?? this.#proposal;
    const expected = Number(block.marks.exits ?? 0);
    if (code === expected) return printed;
    throw this.#wrong(block, `exit code ${code} and not ${expected}\n${printed}`);
  }

  /** Starts a block that stays, and waits until it has printed what it should. */
  async #start(name: string, block: Fence, shown: string): Promise<void> {
    const child = this.#spawn(`exec ${block.text}`);
    const shell: Shell = { child, printed: '' };
    this.#shells.set(name, shell);
    const enough = Promise.withResolvers<void>();
    const timer = setTimeout(enough.resolve, STEP_LIMIT_MS);
    void (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of child.stdout) {
        shell.printed += decoder.decode(chunk, { stream: true });
        if (this.#shows(shell.printed, shown)) enough.resolve();
      }
      enough.resolve(); // it ended, which is for the caller to judge
    })();
    await enough.promise;
    clearTimeout(timer);
    if (!this.#shows(shell.printed, shown)) throw this.#unlike(block, shown, shell.printed);
  }

  async #pressControlC(block: Fence, name: string): Promise<void> {
    const shell = this.#shells.get(name);
    if (shell === undefined) throw this.#wrong(block, `there is no shell '${name}'`);
    shell.child.kill('SIGINT');
    const code = await shell.child.exited;
    if (code !== 0) throw this.#wrong(block, `it ended with ${code}\n${shell.printed}`);
  }

  /** Compares as a person does: runs of spaces are one, `…` is anything, a line `…` any lines. */
  #shows(printed: string, shown: string): boolean {
    const lines = this.#addresses.in(shown).trimEnd().split('\n');
    const parts = lines.map((line) =>
      line.trim() === '…'
        ? '(?:.*\\n)*?'
        : `${squeezed(line).split('…').map(escapeRegExp).join('.*')}\\n`,
    );
    return new RegExp(parts.join('')).test(`${printed.split('\n').map(squeezed).join('\n')}\n`);
  }

  #unlike(block: Fence, shown: string, printed: string): Error {
    const text = `--- shown\n${this.#addresses.in(shown)}--- printed\n${printed}`;
    return this.#wrong(block, `the output is another than the one shown\n${text}`);
  }

  readonly #wrong = (block: Fence, problem: string): Error =>
    new Error(`${this.#page}:${block.line}: ${problem}`);
}

const isView = ({ text }: Fence): boolean =>
  /^npx selvage (get|status|proposals|show|authority list)\b.*\n$/.test(text);
const lastProposal = (printed: string): string | undefined =>
  [...printed.matchAll(/^proposed ([0-9a-f]+)$/gm)].at(-1)?.[1];
const squeezed = (line: string): string => line.trim().replaceAll(/\s+/g, ' ');
const escapeRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Addresses and ports of one run, so that it meets neither a person's tour nor another run. */
class Addresses {
  readonly #used: readonly (readonly [shown: RegExp, used: string])[];

  private constructor(ports: readonly [application: number, upstream: number]) {
    this.#used = [
      [/\b127\.0\.0\.(1[12])\b/g, `${new LoopbackBlock().network}.$1`],
      [/\b8080\b/g, String(ports[0])],
      [/\b9001\b/g, String(ports[1])],
    ];
  }

  static async free(): Promise<Addresses> {
    return new Addresses([await freePort(), await freePort()]);
  }

  in(text: string): string {
    return this.#used.reduce((result, [shown, used]) => result.replaceAll(shown, used), text);
  }
}

const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
