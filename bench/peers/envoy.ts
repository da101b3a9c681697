import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Speech } from '../policy-set.ts';
import type { Contender, Stage } from './contender.ts';
import { envoyProgram } from './envoy-program.ts';
import { freePort } from './processes.ts';

type Hop = 'h1' | 'h2' | 'tcp';

const PLAIN_HOPS: Readonly<Record<Speech, Hop>> = { http: 'h1', grpc: 'h2', tcp: 'tcp' };

/** As a mesh uses it: HTTP connection manager and router on both sides; which HTTP suits it better between them is tried. */
export const envoys: readonly Contender[] = [
  contender('Envoy, h1 between', ['http'], 'h1'),
  contender('Envoy, h2 between', ['http', 'grpc'], 'h2'),
  contender('Envoy', ['tcp'], 'tcp'),
];

function contender(name: string, speeches: readonly Speech[], between: Hop): Contender {
  return {
    name,
    family: 'Envoy',
    speeches,
    warmUpSeconds: 1,
    async start(stage, wish) {
      const [port, inboundPort] = [freePort(), freePort()];
      const dialledPort = wish.between?.(inboundPort) ?? inboundPort;
      const { speech, backendPort } = wish;
      const configuration = {
        static_resources: {
          listeners: [
            listener('outbound', port, filter(speech, 'tunnel')),
            listener('inbound', inboundPort, filter(speech, 'application'), tlsServer(stage)),
          ],
          clusters: [
            cluster('tunnel', dialledPort, between, tlsClient(stage, between)),
            cluster('application', backendPort, PLAIN_HOPS[speech]),
          ],
        },
      };
      const path = join(stage.directory, `envoy-${port}.json`);
      writeFileSync(path, JSON.stringify(configuration));
      const flags = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'];
      const command = [envoyProgram, ...flags, '-c', path];
      const { pid } = await stage.processes.serve(command, [port, inboundPort]);
      return { port, pids: [pid] };
    },
  };
}

const typed = (type: string, content: object = {}) => ({
  '@type': `type.googleapis.com/envoy.extensions.${type}`,
  ...content,
});

const address = (port: number) => ({
  socket_address: { address: '127.0.0.1', port_value: port },
});

const listener = (name: string, port: number, filters: object, tls?: object) => ({
  name,
  address: address(port),
  filter_chains: [{ filters: [filters], ...(tls === undefined ? {} : { transport_socket: tls }) }],
});

function filter(speech: Speech, to: string) {
  if (speech === 'tcp') {
    const type = 'filters.network.tcp_proxy.v3.TcpProxy';
    const content = { stat_prefix: to, cluster: to };
    return { name: 'envoy.filters.network.tcp_proxy', typed_config: typed(type, content) };
  }
  const route = { match: { prefix: '/' }, route: { cluster: to, timeout: '15s' } };
  const type = 'filters.network.http_connection_manager.v3.HttpConnectionManager';
  const content = {
    stat_prefix: to,
    codec_type: 'AUTO',
    route_config: { virtual_hosts: [{ name: to, domains: ['*'], routes: [route] }] },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: typed('filters.http.router.v3.Router'),
      },
    ],
  };
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: typed(type, content),
  };
}

function cluster(name: string, port: number, hop: Hop, tls?: object) {
  const options = hop === 'h2' ? 'http2_protocol_options' : 'http_protocol_options';
  const protocol = {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
      'upstreams.http.v3.HttpProtocolOptions',
      { explicit_http_config: { [options]: {} } },
    ),
  };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }];
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints },
    circuit_breakers: { thresholds: [{ max_connections: 16_384, max_requests: 16_384 }] },
    ...(hop === 'tcp' ? {} : { typed_extension_protocol_options: protocol }),
    ...(tls === undefined ? {} : { transport_socket: tls }),
  };
}

const file = (filename: string) => ({ filename });

const TLS_1_3 = {
  tls_minimum_protocol_version: 'TLSv1_3',
  tls_maximum_protocol_version: 'TLSv1_3',
};

const tlsClient = ({ certificates: { caller, authority, calleeName } }: Stage, hop: Hop) => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: typed('transport_sockets.tls.v3.UpstreamTlsContext', {
    sni: calleeName,
    common_tls_context: {
      ...(hop === 'h2' ? { alpn_protocols: ['h2'] } : {}),
      tls_params: TLS_1_3,
      tls_certificates: [
        { certificate_chain: file(caller.certificate), private_key: file(caller.key) },
      ],
      validation_context: {
        trusted_ca: file(authority),
        match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: calleeName } }],
      },
    },
  }),
});

const tlsServer = ({ certificates: { callee, authority } }: Stage) => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: typed('transport_sockets.tls.v3.DownstreamTlsContext', {
    require_client_certificate: true,
    common_tls_context: {
      alpn_protocols: ['h2', 'http/1.1'],
      tls_params: TLS_1_3,
      tls_certificates: [
        { certificate_chain: file(callee.certificate), private_key: file(callee.key) },
      ],
      validation_context: { trusted_ca: file(authority) },
    },
  }),
});
