import { stopSignal } from '../../platform/index.ts';
import { DemoError } from '../errors.ts';
import { aborted } from '../waiting.ts';
import { startCatalog } from './catalog.ts';
import { startFrontend } from './frontend.ts';
import { startHelpdesk } from './helpdesk.ts';
import { startLedger } from './ledger.ts';
import { startPayments } from './payments.ts';
import type { ServiceOptions, StartService } from './service.ts';

export { GOODBYE } from './helpdesk.ts';
export { type RunningService, SERVICE_HOST } from './service.ts';
export { startCatalog, startFrontend, startHelpdesk, startLedger, startPayments };

const SERVICES: Readonly<Record<string, StartService>> = {
  frontend: startFrontend,
  catalog: startCatalog,
  payments: startPayments,
  'ledger-tcp': startLedger,
  stock: async (options) => (await import('./stock.ts')).startStock(options), // gRPC: what nobody else loads
  helpdesk: startHelpdesk,
};

/**
 * Runs one of the shop's programs until SIGTERM or SIGINT, and returns its exit code.
 *
 * @throws DemoError DEMO_SERVICE_UNKNOWN
 */
export async function runDemoService(name: string, options: ServiceOptions): Promise<number> {
  const start = SERVICES[name];
  if (start === undefined) {
    throw new DemoError('DEMO_SERVICE_UNKNOWN', `there is no demo service '${name}'`);
  }
  const stopped = aborted(stopSignal());
  const service = await start(options);
  await stopped;
  await service.close();
  return 0;
}
