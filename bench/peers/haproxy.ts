import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Speech } from '../policy-set.ts';
import { CIPHER, type Contender } from './contender.ts';
import { freePort } from './processes.ts';

interface Settings {
  readonly mode: 'http' | 'tcp';
  /** For `bind` and `server` lines towards client and application, and between the two sides. */
  readonly plain: string;
  readonly tunnel: string;
  readonly defaults: string;
  readonly global: string;
}

const SPEECHES: Readonly<Record<Speech, Settings>> = {
  http: {
    mode: 'http',
    plain: '',
    tunnel: '',
    defaults: 'http-reuse always',
    // With its own 16 KiB, bodies cost it a third more.
    global: 'tune.bufsize 65536',
  },
  grpc: {
    mode: 'http',
    plain: 'proto h2',
    tunnel: 'alpn h2',
    defaults: 'http-reuse always',
    global: '',
  },
  tcp: { mode: 'tcp', plain: '', tunnel: '', defaults: '', global: '' },
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
    const { mode, plain, tunnel, defaults, global } = SPEECHES[speech];
    const path = join(directory, `haproxy-${port}.cfg`);
    const configuration = `
global
  ssl-default-bind-ciphersuites ${CIPHER}
  ssl-default-server-ciphersuites ${CIPHER}
  nbthread 1
  maxconn 9000
  ${global}
defaults
  mode ${mode}
  ${defaults}
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
