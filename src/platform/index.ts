export {
  type AcceptUnix,
  type ChannelListener,
  claimSocketPath,
  connectUnix,
  listenUnix,
} from './channels.ts';
export {
  type Child,
  type Child,
  type ChildEnd,
  type ChildOptions,
  type CommandResult,
  onInputLines,
  runCommand,
  startChild,
  startChild,
} from './children.ts';
export { listenError, PlatformError, platformErrors } from './errors.ts';
export {
  ensurePrivateDirectory,
  listFiles,
  pathExists,
  readTextFile,
  removeFile,
  writeFileAtomic,
} from './files.ts';
export { type GossipOptions, peerIdOf, startGossip } from './gossip/index.ts';
export {
  exitNow,
  exitWhenIdle,
  type HostProcess,
  hostProcess,
  isProcessAlive,
  stopSignal,
} from './process.ts';
export {
  descendantsOf,
  memoryOf,
  type ProcessMemory,
  processesWith,
  resetPeakMemory,
} from './process-table.ts';
export { realClock, realRandom } from './real-time.ts';
export { announceNode, findNodes, type NodeNote, runtimeDirectory } from './running-nodes.ts';
export { scratchDirs } from './scratch-dirs.ts';
export { selfCommand, selfCommand } from './self-command.ts';
export { onSignals, type StopSignal, signalExitCode } from './signals.ts';
export { openStore } from './sqlite-store.ts';
export { systemErrorCode } from './system-error.ts';
export { processTerminal, type Terminal } from './terminal.ts';
export { connectTls, listenTls, type TlsServerOptions } from './tls-channels.ts';
export { type HttpHandler, serveUnixHttp, type UnixHttpServer, unixFetch } from './unix-http.ts';
