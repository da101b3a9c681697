import { z } from 'zod';
import { PROFILES, type ProfileName } from '../membership/index.ts';
import { parseNetworks } from '../platform/index.ts';
import { localitySchema, parseLoopbackRange } from '../registry/index.ts';
import { parseDnsSetting } from './dns-setting.ts';

/** What a node is told by its configuration; every setting has a value. */
export interface NodeConfig {
  readonly dataDir: string;
  readonly listen: string;
  readonly peersPort: number;
  readonly joinPort: number;
  readonly metricsHost: string;
  readonly metricsPort: number;
  /** Where it answers for names: see {@link parseDnsSetting}. */
  readonly dns: string;
  /** The block of which workloads have their addresses for services. */
  readonly dnsRange: string;
  /** The `resolv.conf` that names who answers for all other names. */
  readonly dnsResolvers: string;
  /** Where the world finds token keys and exchanges tokens, when there is a certificate. */
  readonly tokensHost: string;
  readonly tokensPort: number;
  /** PEM file of the certificate for it, its own first; empty when it is not served. */
  readonly tokensCertificate: string;
  /** PEM file of its key. */
  readonly tokensKey: string;
  /** Networks that are not of the world, where issuers' keys may be fetched all the same; separated by commas. */
  readonly outsideNetworks: string;
  /** Where it runs; empty when nothing is said of it. */
  readonly locality: string;
  /** How patient it is with the other members: see {@link PROFILES}. */
  readonly membershipProfile: ProfileName;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export type NodeSettingName = keyof NodeConfig;

/** One setting: how it is written in each place, and what it means. */
export interface NodeSetting<Value> {
  /** Where it stands in the file. */
  readonly field: readonly [string] | readonly [string, string];
  /** As commander reads it. */
  readonly flag: string;
  readonly environment: string;
  /** Messages say what to write instead. */
  readonly schema: z.ZodType<Value>;
  /** Turns the text of a flag or variable into what the file would hold. */
  readonly fromText?: (text: string) => unknown;
  /** Its unit or form, for the reference. */
  readonly form: string;
  readonly description: string;
  readonly fallback: Value | Fallback<Value>;
}

/** A default that follows from the other settings. */
export interface Fallback<Value> {
  readonly words: string;
  readonly from: (listen: string) => Value;
}

const LOOPBACK = /^127\.\d+\.\d+\.\d+$/;
const LISTEN = 'write an IPv4 address of this host that the other nodes reach, such as 10.0.0.5';
const METRICS_HOST =
  'write a loopback address (127.x.y.z): metrics are served without authentication';
const LOCALITY =
  'write a name of letters, digits, and . _ - /, at most 128 characters, such as eu-west/rack-7';
const DNS = 'write auto, off, or a loopback address, such as 127.0.0.76 or 127.0.0.76:7653';
const RANGE = 'write a block of loopback addresses, such as 127.80.0.0/12';
const FILE = 'write the path of a file';
const TOKENS_HOST = 'write an IPv4 address of this host, or 0.0.0.0 for all of them';
const NETWORKS = 'write blocks of addresses, such as 10.4.0.0/16, 10.5.0.0/16';
const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[]; // its own keys
const PORT = 'write a port from 1 to 65535, or 0 for any free one';

const port = z.int(PORT).min(0, PORT).max(65_535, PORT);
/** A text that is no whole number stays a text, which the schema then refuses with its message. */
const wholeNumber = (text: string): unknown => (/^\d{1,9}$/.test(text) ? Number(text) : text);

const portSetting = (name: string, fallback: number, description: string): NodeSetting<number> => ({
  field: ['ports', name],
  flag: `--${name}-port <port>`,
  environment: `SELVAGE_${name.toUpperCase()}_PORT`,
  schema: port,
  fromText: wholeNumber,
  form: 'port, 0 for any free one',
  description,
  fallback,
});

/** All settings of a node, in the order in which a person meets them. */
export const nodeSettings: { readonly [Name in NodeSettingName]: NodeSetting<NodeConfig[Name]> } = {
  dataDir: {
    field: ['data'],
    flag: '--data <dir>',
    environment: 'SELVAGE_DATA',
    schema: z.string('write the path of a directory').min(1, 'write the path of a directory'),
    form: 'path, relative to where the command runs',
    description: 'Directory of the node’s keys, state and sockets; made by `init` or `join`.',
    fallback: './selvage-data',
  },
  listen: {
    field: ['listen'],
    flag: '--listen <address>',
    environment: 'SELVAGE_LISTEN',
    schema: z.ipv4(LISTEN).refine((address) => address !== '0.0.0.0', LISTEN),
    form: 'IPv4 address',
    description: 'Address that peers, joining nodes and other nodes’ sidecars reach this node at.',
    fallback: '127.0.0.1',
  },
  peersPort: portSetting('peers', 7600, 'Port for the other nodes (libp2p).'),
  joinPort: portSetting('join', 7601, 'Port where nodes join with a token (TLS).'),
  metricsPort: portSetting('metrics', 7602, 'Port of `/metrics`, `/healthz` and `/readyz`.'),
  metricsHost: {
    field: ['metrics', 'address'],
    flag: '--metrics-address <address>',
    environment: 'SELVAGE_METRICS_ADDRESS',
    schema: z.ipv4(METRICS_HOST).regex(LOOPBACK, METRICS_HOST),
    form: 'loopback address',
    description: 'Address of the metrics port; never reachable from other hosts.',
    fallback: {
      words: 'the listen address if it is a loopback address, else 127.0.0.1',
      from: (listen) => (LOOPBACK.test(listen) ? listen : '127.0.0.1'),
    },
  },
  dns: {
    field: ['dns', 'address'],
    flag: '--dns <address>',
    environment: 'SELVAGE_DNS',
    schema: z.string(DNS).refine((text) => parseDnsSetting(text, '') !== undefined, DNS),
    form: '`auto`, `off`, or a loopback address with or without a port',
    description:
      'Where it answers for `<service>.<namespace>.mesh`; `auto`: port 53 of the listen address if that is a loopback address, else of 127.0.0.76; or port 7653 there.',
    fallback: 'auto',
  },
  dnsRange: {
    field: ['dns', 'range'],
    flag: '--dns-range <block>',
    environment: 'SELVAGE_DNS_RANGE',
    schema: z.string(RANGE).superRefine((text, context) => {
      const range = parseLoopbackRange(text);
      if (!range.ok) context.addIssue({ code: 'custom', message: range.error });
    }),
    form: 'block of loopback addresses',
    description:
      'Where workloads find the services that they call by name, each at its own addresses.',
    fallback: '127.80.0.0/12', // 4,096 workloads with 256 services each, and used by nothing else that is known
  },
  dnsResolvers: {
    field: ['dns', 'resolvers'],
    flag: '--dns-resolvers <file>',
    environment: 'SELVAGE_DNS_RESOLVERS',
    schema: z.string(FILE).min(1, FILE),
    form: 'path of a `resolv.conf`',
    description: 'Who answers for all other names; this node itself is left out.',
    fallback: '/etc/resolv.conf',
  },
  tokensHost: {
    field: ['tokens', 'address'],
    flag: '--tokens-address <address>',
    environment: 'SELVAGE_TOKENS_ADDRESS',
    schema: z.ipv4(TOKENS_HOST),
    form: 'IPv4 address',
    description: 'Address of the token port; 0.0.0.0: all of this host.',
    fallback: { words: 'the listen address', from: (listen) => listen },
  },
  tokensPort: {
    ...portSetting(
      'tokens',
      7603,
      'Port of the token service (HTTPS), for those outside of the mesh.',
    ),
    field: ['tokens', 'port'],
  },
  tokensCertificate: {
    field: ['tokens', 'certificate'],
    flag: '--tokens-certificate <file>',
    environment: 'SELVAGE_TOKENS_CERTIFICATE',
    schema: z.string(FILE),
    form: 'path of a PEM file, read again when it changes',
    description:
      'Certificate of the token service, with those that it was signed by after it; without it there is no such service.',
    fallback: '',
  },
  tokensKey: {
    field: ['tokens', 'key'],
    flag: '--tokens-key <file>',
    environment: 'SELVAGE_TOKENS_KEY',
    schema: z.string(FILE),
    form: 'path of a PEM file of mode 0600, read again when it changes',
    description: 'Key of that certificate.',
    fallback: '',
  },
  outsideNetworks: {
    field: ['outside', 'networks'],
    flag: '--outside-networks <blocks>',
    environment: 'SELVAGE_OUTSIDE_NETWORKS',
    schema: z.string(NETWORKS).superRefine((text, context) => {
      const networks = parseNetworks(text);
      if (!networks.ok) context.addIssue({ code: 'custom', message: networks.error });
    }),
    form: 'blocks of addresses, separated by commas',
    description:
      'Networks of your own where issuers’ keys may be fetched (`jwks.uri`); other addresses that are not of the world are never asked.',
    fallback: '',
  },
  locality: {
    field: ['locality'],
    flag: '--locality <name>',
    environment: 'SELVAGE_LOCALITY',
    schema: z.union([z.literal(''), localitySchema], LOCALITY),
    form: 'letters, digits and . _ - /, at most 128',
    description:
      'Where the node runs, `<region>/<zone>`: said of its endpoints, and what policies read as `context.locality` of its workloads’ calls.',
    fallback: '',
  },
  membershipProfile: {
    field: ['membership', 'profile'],
    flag: '--membership-profile <profile>',
    environment: 'SELVAGE_MEMBERSHIP_PROFILE',
    schema: z.enum(PROFILE_NAMES, `write ${PROFILE_NAMES.join(', ')}`),
    form: 'local, lan, wan',
    description:
      'How soon a member that does not answer is given up: for nodes of one host (`local`), of one region (`lan`), or far apart (`wan`). The same for all nodes.',
    fallback: 'lan',
  },
  logLevel: {
    field: ['log', 'level'],
    flag: '--log-level <level>',
    environment: 'SELVAGE_LOG_LEVEL',
    schema: z.enum(['debug', 'info', 'warn', 'error'], 'write debug, info, warn or error'),
    form: 'debug, info, warn, error',
    description: 'Least important lines that are logged (JSON, on standard error).',
    fallback: 'info',
  },
};

export const nodeSettingNames = Object.keys(nodeSettings) as readonly NodeSettingName[]; // its own keys
