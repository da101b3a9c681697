import { Forwarder, NamesServer } from '../names/index.ts';
import {
  bunDatagrams,
  PlatformError,
  realClock,
  realRandom,
  tcpChannels,
} from '../platform/index.ts';
import type { Log, Meter, SocketAddress } from '../ports/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import { type DnsSetting, parseDnsSetting } from './dns-setting.ts';
import type { NodeConfig } from './options.ts';
import type { ServiceNames } from './service-names.ts';
import { SystemResolvers } from './system-resolvers.ts';
import type { UndoStack } from './undo-stack.ts';

/** Where this node answers for names, or why not. */
export type DnsState = { readonly at: SocketAddress } | { readonly problem: string };

interface NamesPlaneParts {
  readonly config: NodeConfig;
  readonly names: ServiceNames;
  readonly log: Log;
  readonly meter: Meter;
  readonly undo: UndoStack;
}

/**
 * Begins to answer for names. Where the setting leaves the place open and there is none, the node does
 * without; where a place is named it must be had.
 *
 * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
 */
export async function startNames(parts: NamesPlaneParts): Promise<DnsState> {
  const { config, log, undo } = parts;
  const setting = parseDnsSetting(config.dns, config.listen);
  if (setting === undefined || setting.kind === 'off') return { problem: 'it is told not to' };
  const limitedLog = new LimitedLog(log, realClock);
  const opened = await openFirst(setting, (at) => listen(at, parts, limitedLog));
  if ('problem' in opened) {
    log.warn('no names are answered', { problem: opened.problem });
    return opened;
  }
  const { address } = opened;
  undo.add(() => opened.stop());
  log.info('dns port open', { address: address.host, port: address.port });
  return { at: address };
}

async function openFirst(
  { kind, places }: Extract<DnsSetting, { readonly places: unknown }>,
  open: (at: SocketAddress) => Promise<NamesServer>,
): Promise<NamesServer | { readonly problem: string }> {
  const problems: string[] = [];
  for (const place of places) {
    try {
      return await open(place);
    } catch (cause) {
      if (!(cause instanceof PlatformError)) throw cause;
      if (kind === 'named') throw named(cause);
      problems.push(cause.message);
    }
  }
  return { problem: problems.join('; ') };
}

function named(cause: PlatformError): PlatformError {
  const remedy = 'Choose another address or port with --dns, or `--dns off`.';
  return new PlatformError(cause.code, cause.message, { cause, remedy });
}

async function listen(
  at: SocketAddress,
  { config, names, meter }: NamesPlaneParts,
  limitedLog: LimitedLog,
): Promise<NamesServer> {
  const adapters = { datagrams: bunDatagrams, channels: tcpChannels, clock: realClock };
  const system = new SystemResolvers(config.dnsResolvers, realClock, limitedLog);
  const forwarder = new Forwarder({
    ...adapters,
    random: realRandom,
    limitedLog,
    resolvers: () => system.others(server.address),
  });
  const server = await NamesServer.listen(at, {
    ...adapters,
    meter,
    forwarder,
    zoneFor: (asker) => names.zoneFor(asker, server.address),
  });
  return server;
}
