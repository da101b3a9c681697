import { type NodeName, parseTrustDomain } from '../../core/index.ts';
import { generatePrivateKey, publicKeyOf, rawPublicKey } from '../../crypto/index.ts';
import {
  encodeTarget,
  initTrust,
  offerOf,
  signerOf,
  type TargetContent,
  type TrustFiles,
  type TrustSet,
  TrustStore,
  verifyTrust,
} from '../../governance/index.ts';
import { enacted, person } from '../../governance/testing/index.ts';
import { Authority } from '../../identity/index.ts';
import { openStore, realRandom, scratchDirs } from '../../platform/index.ts';
import {
  FakeClock,
  recordingLog,
  recordingMeter,
  seededRandom,
} from '../../ports/testing/index.ts';
import { RecordStore, verifyRecordSignature } from '../../replication/index.ts';
import { LoggingLedger } from '../../telemetry/index.ts';
import { AuthorityKeys } from '../authority-keys.ts';
import { AuthorityRole } from '../authority-role.ts';
import { CredentialKeeper } from '../credential-keeper.ts';
import {
  type DataDirectory,
  nodeSpace,
  writeCredential,
  writeIdentity,
} from '../data-directory.ts';
import { authorityTarget, rootSha256 } from '../init-node.ts';
import { ownCertificate } from '../new-node.ts';

const DAY_MS = 86_400_000;
const parsed = parseTrustDomain('shop.example');
if (!parsed.ok) throw new Error(parsed.error);
const trustDomain = parsed.value;

/** A node's directory, in memory, with what it holds in force. */
export class TestMember {
  readonly log = recordingLog();
  readonly meter = recordingMeter();
  readonly random = seededRandom(31);
  readonly clock: FakeClock;
  readonly directory: DataDirectory;
  readonly trust: TrustStore;
  #role: AuthorityRole | undefined;

  constructor(clock: FakeClock, directory: DataDirectory) {
    this.clock = clock;
    this.directory = directory;
    this.trust = new TrustStore(directory.store);
  }

  /** With something in force. */
  open(): void {
    const role = new AuthorityRole({ ...this, clockProblem: () => this.wrongClock });
    this.trust.onChange((set) => void role.follow(set));
    this.#role = role;
  }

  /** What this member would find out about its own clock. */
  wrongClock: string | undefined;

  get role(): AuthorityRole {
    if (this.#role === undefined) throw new Error('nothing is in force here yet');
    return this.#role;
  }

  get name(): NodeName {
    return this.directory.identity.node;
  }

  get publicKey(): Uint8Array {
    return rawPublicKey(publicKeyOf(this.directory.keys.node));
  }

  /** What it holds of the members' records, checked as a node does. */
  openRecords(): RecordStore {
    const keeper = new CredentialKeeper({
      clock: this.clock,
      random: this.random,
      log: this.log,
      directory: this.directory,
      bundle: () => this.role.bundle(),
      signers: () => this.role.signers(),
      issueOwn: () => undefined,
    });
    return new RecordStore({
      clock: this.clock,
      log: this.log,
      meter: this.meter,
      store: this.directory.store,
      writer: keeper.writer(),
      check: { verifyWriter: keeper.verifyWriter, verifySignature: verifyRecordSignature },
    });
  }

  /** Its CA, in force or not. */
  get ca(): Authority {
    const { current } = this.directory.signing;
    return new Authority({
      ledger: new LoggingLedger(this.log, this.meter),
      clock: this.clock,
      random: this.random,
      log: this.log,
      meter: this.meter,
      trustDomain,
      key: current.authority,
      certificatePem: current.certificatePem,
    });
  }
}

/**
 * One mesh with one governor and the authority n1, whose members adopt each change at once. Time is a
 * clock that stands still at today: `tuf-js` knows no other.
 */
export class TestMesh {
  readonly trustDomain = trustDomain;
  readonly clock: FakeClock;
  readonly n1: TestMember;
  readonly members: TestMember[] = [];
  readonly #governor = person('governor');
  #files: TrustFiles;

  private constructor(clock: FakeClock, founder: DataDirectory) {
    this.clock = clock;
    this.#files = initTrust({
      trustDomain,
      governor: this.#governor.signer,
      authority: authorityTarget(founder),
      online: signerOf(founder.keys.online),
      now: clock.now(),
    });
    this.n1 = new TestMember(clock, founder);
  }

  static async found(): Promise<TestMesh> {
    const clock = new FakeClock(Date.now());
    const mesh = new TestMesh(clock, await makeDirectory('n1', clock));
    await mesh.#takeIn(mesh.n1);
    return mesh;
  }

  /** A member with a credential of n1, and with a clock of its own if it is given one; an authority only after {@link apply} says so. */
  async member(name: string, clock = this.clock): Promise<TestMember> {
    const member = new TestMember(clock, await makeDirectory(name, this.clock));
    await this.#takeIn(member);
    return member;
  }

  /** Signs a change as the governor and n1 do, and puts it in force everywhere. */
  async apply(put: readonly TargetContent[], remove: readonly string[] = []): Promise<TrustSet> {
    const now = this.clock.now();
    const targets = put.map((content) => encodeTarget(content, trustDomain));
    const online = signerOf(this.n1.directory.keys.online);
    this.#files = enacted(this.#files, { put: targets, remove, now }, [this.#governor], online);
    for (const { trust } of this.members) await this.#adopt(trust);
    return this.n1.trust.current();
  }

  addAuthority({ directory }: TestMember): Promise<TrustSet> {
    return this.apply([{ kind: 'Authority', authority: authorityTarget(directory) }]);
  }

  /** It signs no more, and what it signed counts for `afterMs`. */
  retireAuthority({ name, directory }: TestMember, afterMs: number): Promise<TrustSet> {
    const { onlineKey: _, ...target } = authorityTarget(directory);
    const untilMs = this.clock.now() + afterMs;
    const certificates = target.certificates.map((one) => ({ ...one, untilMs }));
    const tokenKeys = target.tokenKeys.map((one) => ({ ...one, untilMs }));
    const retiring = { ...target, certificates, tokenKeys };
    return this.apply([{ kind: 'RetiringAuthority', retiring }], [`authorities/${name}.json`]);
  }

  async #takeIn(member: TestMember): Promise<void> {
    this.members.push(member);
    await this.#adopt(member.trust);
    member.open();
    const { credential } = this.n1.ca.issueCredential({
      node: member.name,
      publicKey: member.publicKey,
      epoch: member.directory.identity.epoch,
      lifeMs: 7 * DAY_MS,
    });
    writeCredential(member.directory.store, credential);
  }

  async #adopt(trust: TrustStore): Promise<void> {
    const verified = await verifyTrust({
      pinnedRootSha256: rootSha256({ ...this.#files, roots: this.#files.roots.slice(0, 1) }),
      offered: offerOf(this.#files),
      scratch: scratchDirs(),
      now: this.clock.now(),
    });
    if (!verified.ok) throw new Error(verified.error.detail);
    trust.adopt(verified.value);
  }
}

/** What `selvage init` and `selvage join` make, without a disk. */
async function makeDirectory(name: string, clock: FakeClock): Promise<DataDirectory> {
  const identity = { trustDomain, node: name as NodeName, epoch: 1 }; // tests choose labels
  const keys = { node: generatePrivateKey('ed25519'), online: generatePrivateKey('ed25519') };
  const authority = generatePrivateKey('p256');
  const certificatePem = ownCertificate(identity, authority, clock.now(), realRandom);
  const store = openStore(':memory:');
  writeIdentity(store, identity);
  const signing = new AuthorityKeys({
    files: { keepNext: () => Promise.resolve(), promote: () => undefined },
    space: nodeSpace(store),
    current: { authority, certificatePem, token: generatePrivateKey('p256') },
    next: undefined,
  });
  return { identity, keys, store, signing };
}
