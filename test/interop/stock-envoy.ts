/** An Envoy that knows nothing but where secrets are: it takes plain requests and carries them by mutual TLS. */
export interface EnvoyPlan {
  readonly listenPort: number;
  readonly adminPort: number;
  /** `spiffe.sock`. */
  readonly secretsSocket: string;
  readonly upstream: { readonly address: string; readonly port: number };
  readonly serverName: string;
  /** Who may serve. */
  readonly peer: string;
}

const typed = (type: string, content: object = {}) => ({
  '@type': `type.googleapis.com/envoy.extensions.${type}`,
  ...content,
});

const HTTP2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
    'upstreams.http.v3.HttpProtocolOptions',
    { explicit_http_config: { http2_protocol_options: {} } },
  ),
};

const socketAddress = (address: string, port: number) => ({
  socket_address: { address, port_value: port },
});

const cluster = (name: string, address: object, more: object = {}) => ({
  name,
  type: 'STATIC',
  typed_extension_protocol_options: HTTP2,
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
  },
  ...more,
});

/** Its whole configuration, in the names of SPIRE: `default` is its own SVID, `ROOTCA` whom it trusts. */
export function envoyConfiguration(plan: EnvoyPlan): object {
  const { address, port } = plan.upstream;
  return {
    node: { id: 'envoy', cluster: 'interop' },
    admin: { address: socketAddress('127.0.0.1', plan.adminPort) },
    static_resources: {
      listeners: [listener(plan.listenPort)],
      clusters: [
        cluster('secrets', { pipe: { path: plan.secretsSocket } }),
        cluster('web', socketAddress(address, port), { transport_socket: tls(plan) }),
      ],
    },
  };
}

/** `kind`: of the two ways in which secrets are asked for, each is used once. */
const secret = (name: string, kind: 'GRPC' | 'DELTA_GRPC') => ({
  name,
  sds_config: {
    resource_api_version: 'V3',
    api_config_source: {
      api_type: kind,
      transport_api_version: 'V3',
      grpc_services: [{ envoy_grpc: { cluster_name: 'secrets' } }],
    },
  },
});

const tls = ({ serverName, peer }: EnvoyPlan) => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: typed('transport_sockets.tls.v3.UpstreamTlsContext', {
    sni: serverName,
    common_tls_context: {
      tls_params: {
        tls_minimum_protocol_version: 'TLSv1_3',
        tls_maximum_protocol_version: 'TLSv1_3',
      },
      tls_certificate_sds_secret_configs: [secret('default', 'GRPC')],
      combined_validation_context: {
        default_validation_context: {
          match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: peer } }],
        },
        validation_context_sds_secret_config: secret('ROOTCA', 'DELTA_GRPC'),
      },
    },
  }),
});

const listener = (port: number) => ({
  name: 'plain',
  address: socketAddress('127.0.0.1', port),
  filter_chains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: typed('filters.network.http_connection_manager.v3.HttpConnectionManager', {
            stat_prefix: 'plain',
            route_config: {
              virtual_hosts: [
                {
                  name: 'web',
                  domains: ['*'],
                  routes: [{ match: { prefix: '/' }, route: { cluster: 'web' } }],
                },
              ],
            },
            http_filters: [
              {
                name: 'envoy.filters.http.router',
                typed_config: typed('filters.http.router.v3.Router'),
              },
            ],
          }),
        },
      ],
    },
  ],
});
