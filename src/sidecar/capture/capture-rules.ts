import type { Captured, CapturePlan, Exceptions, Network } from './captured.ts';

/** nft(8) asks for a number here: that of `dstnat`, before which no other destination is chosen. */
const PRIORITY = -100;
const TABLE = /^selvage-(?:uid-(\d+)|cgroup-(.+)|namespace)$/;

/**
 * The nft(8) table of one capture. Each has a table of its own, so that one comes, changes and goes in one
 * transaction and never touches another's.
 */
export function tableOf(whose: Captured): string {
  switch (whose.kind) {
    case 'user':
      return `selvage-uid-${whose.uid}`;
    case 'cgroup':
      return `selvage-cgroup-${encodePath(whose.path)}`;
    case 'namespace':
      return 'selvage-namespace'; // the namespace has its own tables
  }
}

/** Whose table that is; undefined for one of somebody else. `namespace`: where it was found. */
export function ownerOf(table: string, namespace: string): Captured | undefined {
  const [name, uid, path] = TABLE.exec(table) ?? [];
  if (name === undefined) return undefined;
  if (uid !== undefined) return { kind: 'user', uid: Number(uid) };
  if (path !== undefined) return { kind: 'cgroup', path: decodePath(path) };
  return { kind: 'namespace', name: namespace };
}

/** An identifier of nft: letters, digits and `/-_.`; what else a path may have is written as `_` and its number. */
const encodePath = (path: string): string =>
  path.replaceAll(/[^a-zA-Z0-9/.-]/g, (char) => `_${char.charCodeAt(0).toString(16)}_`);
const decodePath = (text: string): string =>
  text.replaceAll(/_([0-9a-f]+)_/g, (_all, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );

/** Takes the table of `whose` away, whether it is there or not. */
export function withdrawalRules(whose: Captured): string {
  const table = tableOf(whose);
  return `add table inet ${table}\ndelete table inet ${table}\n`;
}

/** Puts the table in force, in the place of what it was before. */
export const captureRules = (
  plan: CapturePlan,
): string => `${withdrawalRules(plan.whose)}table inet ${tableOf(plan.whose)} {
  counter outbound { }
  counter inbound { }
${outboundChains(plan)}${inboundChain(plan)}}
`;

function outboundChains({ whose, outbound, except }: CapturePlan): string {
  if (outbound === undefined) return '';
  const redirect = `meta l4proto tcp counter name outbound redirect to :${outbound}`;
  return [
    chain('outbound', [hook('output'), `${matchOf(whose)}goto captured`]),
    chain('captured', [...exceptionRules(except), redirect]),
  ].join('');
}

function inboundChain({ inbound }: CapturePlan): string {
  if (inbound === undefined) return '';
  const { ports, listener } = inbound;
  return chain('inbound', [
    hook('prerouting'),
    'iifname "lo" return', // the sidecar's own connections to the application among them
    'fib daddr type != local return', // what this host only passes on
    `tcp dport { ${ports.join(', ')} } counter name inbound redirect to :${listener}`,
  ]);
}

const hook = (name: string): string => `type nat hook ${name} priority ${PRIORITY}; policy accept;`;

const chain = (name: string, lines: readonly string[]): string =>
  `  chain ${name} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;

/** Holds for those only: what has no owner, or none that can be told, is left alone. */
function matchOf(whose: Captured): string {
  switch (whose.kind) {
    case 'user':
      return `meta skuid ${whose.uid} `;
    case 'cgroup':
      return `socket cgroupv2 level ${whose.path.split('/').length} "${whose.path}" `;
    case 'namespace':
      return '';
  }
}

function exceptionRules({ ports, networks, uids }: Exceptions): string[] {
  const block = (family: Network['family'], loopback: string) =>
    [loopback, ...networks.filter((n) => n.family === family).map(({ text }) => text)].join(', ');
  return [
    `ip daddr { ${block(4, '127.0.0.0/8')} } return`,
    `ip6 daddr { ${block(6, '::1')} } return`,
    ...(uids.length === 0 ? [] : [`meta skuid { ${uids.join(', ')} } return`]),
    ...(ports.length === 0 ? [] : [`tcp dport { ${ports.join(', ')} } return`]),
  ];
}
