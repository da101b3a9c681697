export { type AttachedChild, onInputLines, startAttachedChild } from './attached-child.ts';
export { type PeerProcess, peerProcess } from './attestation.ts';
export { cedarWasm } from './cedar-wasm.ts';
export { type ChannelChild, parentChannel, startChannelChild } from './channel-child.ts';
export { type Child, findProgram, runCommand, startChild } from './children.ts';
export { bunDatagrams } from './datagrams.ts';
export { PlatformError, platformErrors } from './errors.ts';
export { ExecutableDigests } from './executable-file.ts';
export {
  ensurePrivateDirectory,
  listFiles,
  pathExists,
  readTextFile,
  removeFile,
  requireOwnDirectory,
  writeFileAtomic,
} from './files.ts';
export { startGossip } from './gossip/index.ts';
export { runHostTool } from './host-tools.ts';
export { commandAs, findUserId } from './host-users.ts';
export { hasIpv6Loopback } from './ipv6-loopback.ts';
export {
  isSealedKeyFile,
  moveKeyFile,
  openKeyFile,
  readKeyFile,
  readPrivateFile,
  readSecretFile,
  writeKeyFile,
} from './key-files.ts';
export { refuseInside } from './key-place.ts';
export { type HttpServer, serveHttp } from './loopback-http.ts';
export { residentBytes, returnMemory } from './memory.ts';
export {
  listNamespaces,
  makeNamespace,
  removeNamespace,
  writeNamespaceFiles,
} from './named-namespaces.ts';
export { datagramsInside, NetworkNamespace, socketsInside } from './network-namespace.ts';
export { absolutePath, directoryName, isOccupied, makeDirectoryWhole } from './new-directory.ts';
export { isOutside, type Networks, parseNetworks } from './outside-addresses.ts';
export { askOutside } from './outside-https.ts';
export type { Ancestor } from './own-ancestors.ts';
export { peerIdOf, publicKeyOf } from './peer-id.ts';
export {
  exitAfterOutput,
  type HostProcess,
  hostProcess,
  isProcessAlive,
  onUnhandledRejection,
  processorCount,
  stopSignal,
} from './process.ts';
export { holdersOf, originOf, type ProcessOrigin } from './process-origin.ts';
export {
  areAlike,
  descendantsOf,
  killProcess,
  memoryOf,
  parentOf,
  processesBelow,
  processesWith,
  resetPeakMemory,
} from './process-table.ts';
export { threadProcessorMs } from './processor-time.ts';
export { realClock, realRandom } from './real-time.ts';
export { migrateRequests } from './request-migration.ts';
export { announceNode, findNodes, type NodeNote, runtimeDirectory } from './running-nodes.ts';
export { scratchDirs } from './scratch-dirs.ts';
export { sealText } from './sealed-text.ts';
export { sameCommand, selfCommand } from './self-command.ts';
export { onSignals, type StopSignal, signalExitCode } from './signals.ts';
export { holdsSocket, type OwnedSocket, socketsBetween } from './socket-owners.ts';
export { bunSockets } from './sockets.ts';
export { openStore } from './sqlite-store.ts';
export { tcpChannels } from './tcp-channels.ts';
export { processTerminal, type Terminal } from './terminal.ts';
export { type AcceptTls, connectTls, listenTls } from './tls-channels.ts';
export { type ServerCredentials, serveTlsHttp, type TlsHttpServer } from './tls-http.ts';
export { connectUnix, listenUnix } from './unix-channels.ts';
export { serveUnixGrpc, type UnixGrpcServer } from './unix-grpc.ts';
export { serveUnixHttp, unixFetch } from './unix-http.ts';
export { serveWebSockets } from './web-sockets.ts';
