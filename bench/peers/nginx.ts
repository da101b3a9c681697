import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Speech } from '../policy-set.ts';
import { CIPHER, type Contender, type Stage } from './contender.ts';
import { freePort, type Serving } from './processes.ts';

/** Where Debian's package puts it; other builds have it inside. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';
const loadStream = existsSync(STREAM_MODULE) ? `load_module ${STREAM_MODULE};` : '';

export const nginx: Contender = {
  name: 'nginx',
  family: 'nginx',
  speeches: ['http', 'grpc', 'tcp'],
  warmUpSeconds: 1,
  async start(stage, { speech, backendPort, between }) {
    const [port, inboundPort] = [freePort(), freePort()];
    const dialledPort = between?.(inboundPort) ?? inboundPort;
    const ports = { port, inboundPort, dialledPort, backendPort };
    const { pid } = await startNginx(stage, SERVERS[speech](stage, ports), [port, inboundPort]);
    return { port, pids: [pid] };
  },
};

/** One process without a master, so that its CPU time is that of its worker. */
export function startNginx(
  { directory, processes }: Stage,
  servers: string,
  ports: readonly number[],
): Promise<Serving> {
  const path = join(directory, `nginx-${ports[0]}.conf`);
  writeFileSync(path, `${main(directory, ports[0] ?? 0)}\n${servers}\n`);
  const errors = join(directory, 'nginx.err');
  return processes.serve(['nginx', '-p', directory, '-e', errors, '-c', path], ports);
}

const main = (directory: string, port: number): string => `
${loadStream}
daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 20000;
pid ${directory}/nginx-${port}.pid; error_log ${directory}/nginx.err;
events { worker_connections 16384; }`;

/** What servers of HTTP need besides: temporary folders that anybody may write to, and no end of keep-alive. */
export const http = (directory: string, servers: string): string => `
http {
  access_log off; keepalive_requests 100000000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/nginx-temp;`).join(' ')}
  ${servers}
}`;

interface Ports {
  readonly port: number;
  readonly inboundPort: number;
  readonly dialledPort: number;
  readonly backendPort: number;
}

const SERVERS: Readonly<Record<Speech, (stage: Stage, ports: Ports) => string>> = {
  http: (stage, { port, inboundPort, dialledPort, backendPort }) =>
    http(
      stage.directory,
      `
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; ${BUFFERS}
  upstream tunnel { server 127.0.0.1:${dialledPort}; ${UPSTREAM} }
  upstream application { server 127.0.0.1:${backendPort}; ${UPSTREAM} }
  server { listen 127.0.0.1:${port}; location / { proxy_pass https://tunnel; ${tlsClient('proxy', stage)} } }
  server { listen 127.0.0.1:${inboundPort} ssl; ${tlsServer(stage)} location / { proxy_pass http://application; } }`,
    ),
  grpc: (stage, { port, inboundPort, dialledPort, backendPort }) =>
    http(
      stage.directory,
      `
  grpc_set_header Host $host;
  upstream tunnel { server 127.0.0.1:${dialledPort}; ${UPSTREAM} }
  upstream application { server 127.0.0.1:${backendPort}; ${UPSTREAM} }
  server { listen 127.0.0.1:${port} http2; location / { grpc_pass grpcs://tunnel; ${tlsClient('grpc', stage)} } }
  server { listen 127.0.0.1:${inboundPort} ssl http2; ${tlsServer(stage)} location / { grpc_pass grpc://application; } }`,
    ),
  tcp: (stage, { port, inboundPort, dialledPort, backendPort }) => `
stream {
  server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${dialledPort}; proxy_ssl on; ${tlsClient('proxy', stage)} }
  server { listen 127.0.0.1:${inboundPort} ssl; ${tlsServer(stage)} proxy_pass 127.0.0.1:${backendPort}; }
}`,
};

/** For bodies: with its own settings, 8 of 8 KiB, nginx needs half as much again, and files. */
const BUFFERS =
  'proxy_buffers 16 64k; proxy_buffer_size 16k; proxy_busy_buffers_size 256k; proxy_max_temp_file_size 0;';

const UPSTREAM = 'keepalive 256; keepalive_requests 100000000;';

const tlsClient = (
  module: 'proxy' | 'grpc',
  { certificates: { caller, authority, calleeName } }: Stage,
): string =>
  [
    `certificate ${caller.certificate}`,
    `certificate_key ${caller.key}`,
    `trusted_certificate ${authority}`,
    'verify on',
    `name ${calleeName}`,
    'protocols TLSv1.3',
    `conf_command Ciphersuites ${CIPHER}`,
  ]
    .map((setting) => `${module}_ssl_${setting};`)
    .join(' ');

const tlsServer = ({ certificates: { callee, authority } }: Stage): string =>
  [
    `certificate ${callee.certificate}`,
    `certificate_key ${callee.key}`,
    `client_certificate ${authority}`,
    'verify_client on',
    'protocols TLSv1.3',
    `conf_command Ciphersuites ${CIPHER}`,
  ]
    .map((setting) => `ssl_${setting};`)
    .join(' ');
