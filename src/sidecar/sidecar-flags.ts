import { formatDuration } from '../core/index.ts';
import type { SidecarOptions } from './options.ts';

/** The command line of a sidecar that does what `options` say. */
export function sidecarFlags(options: SidecarOptions): string[] {
  const flag = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [`--${name}`, String(value)];
  return [
    '--supervised',
    ...flag('run', options.run),
    ...flag('socket', options.socket),
    ...flag('namespace', options.namespace),
    ...flag('service', options.service),
    ...flag('port', options.port),
    ...flag('host', options.host),
    ...options.upstreams.flatMap(({ service, port }) =>
      flag('upstream', port === undefined ? service : `${service}=${port}`),
    ),
    ...Object.entries(options.labels).flatMap(([key, value]) => flag('label', `${key}=${value}`)),
    ...flag('weight', options.weight),
    ...flag('netns', options.netns),
    ...flag('capture', options.captureOutbound?.port),
    ...flag('passthrough', options.captureOutbound?.passthrough),
    ...flag('capture-inbound', options.captureInbound?.port),
    ...flag('inbound', options.captureInbound?.plainCallers),
    ...flag('inbound-port', options.inboundPort),
    ...flag('hbone', options.hbonePort),
    ...flag('advertise-port', options.advertisePort),
    ...flag('workers', options.workers),
    ...flag('drain', formatDuration(options.drainMs)),
    ...flag('log-level', options.logLevel),
  ];
}
