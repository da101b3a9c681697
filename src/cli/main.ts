import { createAdminClient } from '../admin/index.ts';
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
  connect: (adminSocket) => createAdminClient((request) => unixFetch(adminSocket, request)),
  stopSignal,
});
exitAfterOutput(exitCode);
