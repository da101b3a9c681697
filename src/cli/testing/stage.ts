import type { AdminService } from '../../admin/index.ts';
import { createAdminApp, createAdminClient } from '../../admin/index.ts';
import { sampleService } from '../../admin/testing/index.ts';
import type { NodeNote } from '../../platform/index.ts';
import { FakeClock, recordingLog } from '../../ports/testing/index.ts';
import { runCli } from '../index.ts';

export interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodes?: readonly NodeNote[];
  readonly service?: Partial<AdminService>;
  readonly interactive?: boolean;
  readonly columns?: number;
  /** What the person answers when asked; nobody is there when left out. */
  readonly answer?: string;
  /** What the person types when asked for secrets, in order; nobody is there when left out. */
  readonly secrets?: readonly string[];
  readonly stop?: AbortSignal;
  readonly clock?: FakeClock;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
  /** Admin sockets that were asked, in order. */
  readonly asked: readonly string[];
}

/** Runs a command line against the real admin API over a service with fixed answers. */
export async function runCommandLine(
  args: readonly string[],
  { environment = {}, nodes = [], service = {}, ...person }: Surroundings = {},
): Promise<Outcome> {
  const app = createAdminApp(sampleService(service), recordingLog());
  const asked: string[] = [];
  let out = '';
  let errors = '';
  const secrets = [...(person.secrets ?? [])];
  const code = await runCli({
    host: { pid: 1, uid: 1_000, directory: '/', args, environment },
    terminal: {
      interactive: person.interactive ?? false,
      columns: person.columns,
      attended: false,
      colours: { out: false, error: false },
      write: (text) => {
        out += text;
      },
      writeError: (text) => {
        errors += text;
      },
      readAll: async () => undefined,
      ask: async (question) => {
        errors += question;
        return person.answer;
      },
      askSecret: async (question) => {
        errors += question;
        return secrets.shift();
      },
    },
    clock: person.clock ?? new FakeClock(),
    findNodes: () => nodes,
    connect: async (adminSocket) => {
      asked.push(adminSocket);
      return createAdminClient(async (request) => app.fetch(request), new FakeClock());
    },
    stopSignal: () => person.stop ?? new AbortController().signal,
  });
  return { code, out, errors, asked };
}
