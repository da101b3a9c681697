import {
  exitAfterOutput,
  findNodes,
  hostProcess,
  processTerminal,
  realClock,
  stopSignal,
  unixFetch,
} from '../platform/index.ts';
import { runCli } from './run-cli.ts';

const exitCode = await runCli({
  host: hostProcess(),
  terminal: processTerminal(),
  clock: realClock,
  findNodes: () => findNodes(),
  connect: async (adminSocket) => {
    const { createAdminClient } = await import('../admin/index.ts'); // not for a sidecar
    return createAdminClient((request) => unixFetch(adminSocket, request), realClock);
  },
  stopSignal,
});
exitAfterOutput(exitCode);
