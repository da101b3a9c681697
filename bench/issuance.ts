import { workloadSpiffeId } from '../src/core/index.ts';
import { privateKeySeed } from '../src/crypto/index.ts';
import { AdmittedMembers } from '../src/node/admitted-members.ts';
import { AuthorityRole } from '../src/node/authority-role.ts';
import { readCredential } from '../src/node/data-directory.ts';
import { IssuanceDesk } from '../src/node/issuance-desk.ts';
import { IssuancePermission } from '../src/node/issuance-permission.ts';
import { type TestMember, TestMesh } from '../src/node/testing/index.ts';
import { realClock, realRandom, startGossip } from '../src/platform/index.ts';
import type { Gossip } from '../src/ports/index.ts';
import { createLog, createMetrics } from '../src/telemetry/index.ts';
import type { AskingMembers } from './asking-child.ts';
import { type Bench, median, type Row } from './rows.ts';

/** As many ask as an authority answers at one time without refusing any. */
const MEMBERS = 8;
const WORKLOADS = 64;
const ROUNDS = 7;
const ROUND_MS = 3_000;
const WARM_UP_MS = 4_000;
/** A million identities of an hour, asked for at half of it. */
const [BAR_PER_SECOND, STRETCH_PER_SECOND] = [556, 700];

export const issuanceBench: Bench = {
  about: `what an authority's processor does for one SVID: ${MEMBERS} members ask over libp2p, each request is checked, permitted, signed, logged and answered`,
  async run() {
    const mesh = await TestMesh.found();
    const spiffeIds = await register(mesh);
    const authority = await openAuthority(mesh);
    const members = [];
    for (let n = 2; n < 2 + MEMBERS; n += 1) members.push(await mesh.member(`n${n}`));
    const child = startAsking({
      authority: { id: authority.gossip.self, addresses: authority.gossip.addresses() },
      members: members.map(seedAndCredential),
      spiffeIds,
    });
    try {
      await Bun.sleep(WARM_UP_MS);
      const rounds: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) rounds.push(await msEach(authority.issued));
      return rows(rounds);
    } finally {
      child.kill();
      await child.exited;
      await authority.gossip.stop();
    }
  },
};

async function register(mesh: TestMesh): Promise<string[]> {
  const names = Array.from({ length: WORKLOADS }, (_, n) => `w${n}`);
  // labels, by inspection
  const idOf = (name: string) => workloadSpiffeId(mesh.trustDomain, 'default' as never, name);
  await mesh.apply(
    names.map((name) => ({
      kind: 'Registration',
      registration: {
        key: `default/${name}`,
        spiffeId: idOf(name),
        nodes: 'any',
        selectors: { uid: 'node' },
      },
    })),
  );
  return names.map(idOf);
}

interface BenchAuthority {
  readonly gossip: Gossip;
  /** SVIDs so far. */
  readonly issued: () => number;
}

/** As a node opens it, with its log thrown away only after it was written. */
async function openAuthority({ n1 }: TestMesh): Promise<BenchAuthority> {
  let issued = 0;
  const lines = Bun.file('/dev/null').writer();
  const destination = {
    write(line: string) {
      if (line.includes('identity issued')) issued += 1;
      lines.write(line);
    },
  };
  const log = createLog({ level: 'info', name: 'node', destination });
  const { meter } = createMetrics();
  const host = { clock: realClock, random: realRandom, log, meter };
  const role = new AuthorityRole({ ...host, ...n1, ...host, clockProblem: () => undefined });
  const admitted = new AdmittedMembers({
    ...host,
    bundle: () => role.bundle(),
    epochOf: () => undefined,
    recordOf: () => undefined,
  });
  const gossip = await startGossip({
    ...host,
    seed: privateKeySeed(n1.directory.keys.node),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    admission: { credential: () => credentialOf(n1), admit: admitted.admit },
  });
  const trust = () => n1.trust.current();
  new IssuanceDesk({
    ...host,
    gossip,
    trust,
    bundle: () => role.bundle(),
    issuer: (id) => role.issuer(id),
    permission: new IssuancePermission({
      ...host,
      trust,
      membershipOf: (peer) => admitted.membershipOf(peer),
    }),
  });
  return { gossip, issued: () => issued };
}

function credentialOf({ directory }: TestMember): Uint8Array {
  const credential = readCredential(directory.store);
  if (credential === undefined) throw new Error('it is no member');
  return credential;
}

const seedAndCredential = (member: TestMember): AskingMembers['members'][number] => ({
  name: member.name,
  seed: base64(privateKeySeed(member.directory.keys.node)),
  credential: base64(credentialOf(member)),
});

const startAsking = (asking: AskingMembers) =>
  Bun.spawn([process.execPath, `${import.meta.dir}/asking-child.ts`], {
    stdin: new Blob([JSON.stringify(asking)]),
    stdout: 'ignore',
    stderr: 'inherit',
  });

/** Milliseconds of processor time of this process, all of its threads, for each SVID of a round. */
async function msEach(issued: () => number): Promise<number> {
  const [before, usage] = [issued(), process.cpuUsage()];
  await Bun.sleep(ROUND_MS);
  const { user, system } = process.cpuUsage(usage);
  return (user + system) / 1_000 / (issued() - before);
}

function rows(rounds: readonly number[]): readonly Row[] {
  const each = median(rounds);
  const spread = [Math.min(...rounds), Math.max(...rounds)] as const;
  return [
    {
      what: 'processor time for one SVID',
      value: each,
      unit: 'ms',
      spread,
      bar: 1_000 / BAR_PER_SECOND,
      stretch: 1_000 / STRETCH_PER_SECOND,
    },
    { what: 'SVIDs a second and core', value: 1_000 / each, unit: '1/s' },
  ];
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
