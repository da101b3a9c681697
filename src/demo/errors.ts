import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

/** What can go wrong on the demo's own stage. */
export const demoErrors = {
  DEMO_WAIT_EXPIRED: {
    summary: 'Something that the demo waited for did not happen in time',
    remedy: 'Read the logs in the directory that the demo names at its end.',
    exit: 'unavailable',
  },
  DEMO_COMMAND_FAILED: {
    summary: 'A command that the demo ran did not succeed',
    remedy: 'Run the printed command yourself, and follow its own remedy.',
    exit: 'internal',
  },
  DEMO_CHECK_FAILED: {
    summary: 'The mesh did not do what a check of the demo expects',
    remedy: 'Run the check alone with `selvage demo --exit --keep --only N` and read its logs.',
    exit: 'internal',
  },
  DEMO_CHECK_UNKNOWN: {
    summary: 'A check was asked for that the demo does not have',
    remedy: 'Give numbers of checks, such as `--only 2,5`.',
    exit: 'usage',
  },
  DEMO_CLOSED: {
    summary: 'The demo is being taken down, and starts nothing any more',
    remedy: 'Run it again, and let it finish.',
    exit: 'unavailable',
  },
  DEMO_SERVICE_UNKNOWN: {
    summary: 'A demo service was asked for that there is not',
    remedy: 'Use one of: frontend, catalog, payments, ledger-tcp, stock, helpdesk.',
    exit: 'usage',
  },
  DEMO_NO_PORTS: {
    summary: 'The demo found no free ports on its loopback addresses',
    remedy: 'End what listens on 127.0.0.11 to 127.0.0.13 (`ss -ltnp` shows it) and run it again.',
    exit: 'unavailable',
  },
} as const satisfies ErrorCatalogue;

export class DemoError extends SelvageError<keyof typeof demoErrors> {
  constructor(code: keyof typeof demoErrors, message: string, options?: ErrorOptionsWithRemedy) {
    super(demoErrors, code, message, options);
  }
}

/** Fails the running check; `why` says what was seen instead of what was promised. */
export function checkFailed(why: string): never {
  throw new DemoError('DEMO_CHECK_FAILED', why);
}

/** Fails the running check unless `holds`. */
export function expectThat(holds: boolean, why: string): asserts holds {
  if (!holds) checkFailed(why);
}
