import { expect, test } from 'bun:test';
import { formatProblem } from '../core/index.ts';
import { type ConfigSources, loadNodeConfig } from './config.ts';

const load = (sources: Partial<ConfigSources>) =>
  loadNodeConfig({ flags: {}, environment: {}, ...sources });

function problemsOf(sources: Partial<ConfigSources>): string[] {
  const loaded = load(sources);
  return loaded.ok ? [] : loaded.error.map(formatProblem);
}

const file = (text: string) => ({
  path: 'selvage.yaml',
  text: `apiVersion: selvage.dev/v1alpha1\nkind: NodeConfig\n${text}`,
});

test('without anything said, every setting has its default', () => {
  expect(load({})).toEqual({
    ok: true,
    value: {
      dataDir: './selvage-data',
      listen: '127.0.0.1',
      peersPort: 7600,
      joinPort: 7601,
      metricsHost: '127.0.0.1',
      metricsPort: 7602,
      dns: 'auto',
      dnsRange: '127.80.0.0/12',
      dnsResolvers: '/etc/resolv.conf',
      tokensHost: '127.0.0.1',
      tokensPort: 7603,
      tokensCertificate: '',
      tokensKey: '',
      outsideNetworks: '',
      locality: '',
      membershipProfile: 'lan',
      logLevel: 'info',
    },
  });
});

test('a flag wins over the environment, the environment over the file, the file over the default', () => {
  const text = 'listen: 10.0.0.1\nports: { peers: 1, join: 1, metrics: 1 }\n';
  const loaded = load({
    file: file(text),
    environment: { SELVAGE_JOIN_PORT: '2', SELVAGE_METRICS_PORT: '2', SELVAGE_LISTEN: '' },
    flags: { metricsPort: '3' },
  });
  expect(loaded).toMatchObject({
    value: { listen: '10.0.0.1', peersPort: 1, joinPort: 2, metricsPort: 3, logLevel: 'info' },
  });
});

test('metrics are served where the node listens if that is a loopback address, else on 127.0.0.1', () => {
  expect(load({ flags: { listen: '127.0.0.11' } })).toMatchObject({
    value: { metricsHost: '127.0.0.11' },
  });
  expect(load({ flags: { listen: '10.0.0.5' } })).toMatchObject({
    value: { metricsHost: '127.0.0.1' },
  });
  expect(load({ flags: { metricsHost: '10.0.0.5' } })).toMatchObject({ ok: false });
});

test('a locality is a plain name, since policies compare it', () => {
  expect(load({ flags: { locality: 'eu-west/rack-7' } })).toMatchObject({
    value: { locality: 'eu-west/rack-7' },
  });
  expect(load({ flags: { locality: 'eu west' } })).toMatchObject({ ok: false });
});

test('every wrong setting of every source is reported at once, with its place and what to write', () => {
  const text = `listne: 10.0.0.1
ports:
  peers: 70000
  jion: 1
log: { level: loud }
`;
  const sources = {
    file: file(text),
    environment: { SELVAGE_METRICS_PORT: '7602x' },
    flags: { listen: '0.0.0.0' },
  };
  expect(problemsOf(sources).sort()).toEqual([
    "--listen: '0.0.0.0': write an IPv4 address of this host that the other nodes reach, such as 10.0.0.5",
    "SELVAGE_METRICS_PORT: '7602x': write a port from 1 to 65535, or 0 for any free one",
    'selvage.yaml:3:1: listne is no known field: did you mean listen?',
    'selvage.yaml:5:10: ports.peers is 70000: write a port from 1 to 65535, or 0 for any free one',
    'selvage.yaml:6:3: ports.jion is no known field: did you mean join?',
    "selvage.yaml:7:15: log.level is 'loud': write debug, info, warn or error",
  ]);
});

test('a file of another kind or version, and one that is empty, say what to write', () => {
  expect(problemsOf({ file: { path: 'a', text: 'kind: Service\n' } })).toEqual([
    'a:1:1: apiVersion is missing: write selvage.dev/v1alpha1',
    "a:1:7: kind is 'Service': write NodeConfig",
  ]);
  expect(problemsOf({ file: { path: 'a', text: '' } })).toEqual([
    'a:1:1: the document is empty: write a block of fields',
  ]);
});

test('a file that is no YAML is reported where it breaks, and a key that stands twice too', () => {
  expect(problemsOf({ file: file('ports: [1\n') })[0]).toMatch(/^selvage\.yaml:\d+:\d+: /);
  expect(problemsOf({ file: file('listen: 10.0.0.1\nlisten: 10.0.0.2\n') })[0]).toStartWith(
    'selvage.yaml:4:1: ',
  );
});
