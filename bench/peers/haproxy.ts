import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Speech } from '../policy-set.ts';
import { CIPHER, type Contender } from './contender.ts';
import { freePort } from './processes.ts';

/** For `bind` and `server` lines: what the client, both ends of the tunnel and the application speak. */
const SPEECHES: Readonly<
  Record<Speech, { mode: string; plain: string; tunnel: string; extra: string }>
> = {
  http: { mode: 'http', plain: '', tunnel: '', extra: 'http-reuse always' },
  grpc: { mode: 'http', plain: 'proto h2', tunnel: 'alpn h2', extra: 'http-reuse always' },
  tcp: { mode: 'tcp', plain: '', tunnel: '', extra: '' },
};

export const haproxy: Contender = {
  name: 'HAProxy',
  family: 'HAProxy',
  speeches: ['http', 'grpc', 'tcp'],
  warmUpSeconds: 1,
  async start({ directory, processes, certificates }, { speech, backendPort, between }) {
    const [port, inboundPort] = [freePort(), freePort()];
    const dialledPort = between?.(inboundPort) ?? inboundPort;
    const { caller, callee, authority, calleeName } = certificates;
    const { mode, plain, tunnel, extra } = SPEECHES[speech];
    const path = join(directory, `haproxy-${port}.cfg`);
    const configuration = `
global
  ssl-default-bind-ciphersuites ${CIPHER}
  ssl-default-server-ciphersuites ${CIPHER}
  nbthread 1
  maxconn 9000
defaults
  mode ${mode}
  ${extra}
  timeout connect 5s
  timeout client 120s
  timeout server 120s
listen outbound
  bind 127.0.0.1:${port} ${plain}
  server tunnel 127.0.0.1:${dialledPort} ssl crt ${caller.both} ca-file ${authority} verify required verifyhost ${calleeName} ssl-min-ver TLSv1.3 ${tunnel}
listen inbound
  bind 127.0.0.1:${inboundPort} ssl crt ${callee.both} ca-file ${authority} verify required ssl-min-ver TLSv1.3 ${tunnel}
  server application 127.0.0.1:${backendPort} ${plain}
`;
    writeFileSync(path, configuration);
    const { pid } = await processes.serve(['haproxy', '-db', '-f', path], [port, inboundPort]);
    return { port, pids: [pid] };
  },
};
