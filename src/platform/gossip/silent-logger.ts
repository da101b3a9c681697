import type { ComponentLogger, Logger } from '@libp2p/interface';

/**
 * What libp2p would tell its developers is told to nobody. Its own logger makes three functions for each stream
 * that opens, and asks the kernel whether standard error is a terminal each time.
 */
const silent: Logger = Object.assign(() => undefined, {
  enabled: false,
  error: () => undefined,
  trace: () => undefined,
  newScope: () => silent,
});

export const silentLogger: ComponentLogger = { forComponent: () => silent };
