import { type NodeName, spiffePath } from '../core/index.ts';
import {
  publicKeyOf,
  publicKeySha256,
  rawPublicKey,
  signContext,
  TrustBundle,
  verifySvid,
} from '../crypto/index.ts';
import {
  bundleEntries,
  decodeOffer,
  GovernanceError,
  refusedTrust,
  TrustStore,
  upheldAuthorities,
  verifyTrust,
} from '../governance/index.ts';
import {
  IdentityError,
  type IdentityErrorCode,
  identityErrors,
  type JoinToken,
  type MeshPin,
  parseInvitation,
  parseJoinToken,
  requireAgreeingClocks,
  requireSameMesh,
  requireUsableToken,
  verifyCredential,
} from '../identity/index.ts';
import {
  connectTls,
  isOccupied,
  makeDirectoryWhole,
  pathExists,
  realClock,
  scratchDirs,
} from '../platform/index.ts';
import {
  type DataDirectory,
  dataPaths,
  openDataDirectory,
  writeCredential,
  writeIdentity,
} from './data-directory.ts';
import { NodeError } from './errors.ts';
import { FrameConversation } from './frame-conversation.ts';
import {
  type HostCertificate,
  type HostProof,
  proofByCertificate,
  proofByToken,
} from './host-proof.ts';
import {
  answerSchema,
  challengeOf,
  decodeJoinMessage,
  encodeJoinMessage,
  helloSchema,
  type JoinAnswer,
  MAX_JOIN_ANSWER_BYTES,
} from './join-conversation.ts';
import { writePeers } from './known-peers.ts';
import { fillDataDirectory, nameForNode } from './new-node.ts';

/** How long the authority may take for each of its answers, milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

export interface JoinOptions {
  /** As a person pasted it: a join token, or with a certificate an invitation. */
  readonly token: string;
  /** Of an enterprise that vouches for this host. */
  readonly certificate?: HostCertificate;
  readonly dataDir: string;
  /** Default: the data directory's name. */
  readonly name?: string;
}

export interface JoinReport {
  readonly trustDomain: string;
  readonly node: NodeName;
  /** Version of the trust repository that was verified. */
  readonly trustVersion: number;
}

/**
 * Makes this host a member: proves to the authority of the token or invitation which node it is, verifies all
 * that this one hands over, and only then leaves a data directory behind.
 *
 * @throws IdentityError for a token that is malformed, expired or of another mesh, and for a clock far off
 * @throws NodeError DATA_DIRECTORY_TAKEN, NAME_INVALID, JOIN_REFUSED, JOIN_UNTRUSTED
 * @throws CryptoError CERTIFICATE_MALFORMED
 * @throws GovernanceError when the trust repository does not pass verification
 */
export async function joinMesh(options: JoinOptions): Promise<JoinReport> {
  const { pin, name, prove } = readOptions(options);
  const { dataDir } = options;
  refuseOccupied(pin, dataDir);
  const node = nameForNode(name, dataDir);
  return await makeDirectoryWhole(dataDir, async (partial) => {
    const identity = { trustDomain: pin.trustDomain, node, epoch: 1 };
    const directory = await fillDataDirectory(partial, identity);
    try {
      const answer = await redeem(pin, prove, directory);
      return await settle(pin, directory, answer);
    } finally {
      directory.store.close();
    }
  });
}

interface Errand {
  readonly pin: MeshPin;
  readonly prove: HostProof;
  readonly name?: string | undefined;
}

function readOptions({ token: text, certificate, name }: JoinOptions): Errand {
  if (certificate !== undefined) {
    return { pin: parseInvitation(text), prove: proofByCertificate(certificate), name };
  }
  const token = parseJoinToken(text);
  requireUsableToken(token, realClock.now());
  return { pin: token, prove: proofByToken(token), name: nameOfToken(token, name) };
}

/** A token that is for one name decides it; a wish for another one is not silently dropped. */
function nameOfToken({ nodeName }: JoinToken, asked: string | undefined): string | undefined {
  if (nodeName === undefined) return asked;
  if (asked === undefined || asked === nodeName) return nodeName;
  const message = `the join token is for the node ${nodeName}, not for ${asked}`;
  throw new IdentityError('TOKEN_OTHER_NODE', message);
}

function refuseOccupied(pin: MeshPin, dataDir: string): void {
  if (!isOccupied(dataDir)) return;
  if (pathExists(dataPaths(dataDir).state)) {
    const { identity, store } = openDataDirectory(dataDir);
    store.close();
    const { trustDomain, node } = identity;
    requireSameMesh(pin, trustDomain);
    throw new NodeError('DATA_DIRECTORY_TAKEN', `${dataDir} is node ${node} of this mesh already`);
  }
  throw new NodeError('DATA_DIRECTORY_TAKEN', `${dataDir} is not empty`);
}

type Joined = Extract<JoinAnswer, { kind: 'joined' }>;

/** Talks to the authority; what lets in leaves this host only after the authority proved its key. */
async function redeem(
  pin: MeshPin,
  prove: HostProof,
  { identity, keys }: DataDirectory,
): Promise<Joined> {
  const colon = pin.authorityAddress.lastIndexOf(':');
  const host = pin.authorityAddress.slice(0, colon);
  const port = Number(pin.authorityAddress.slice(colon + 1));
  const conversation = new FrameConversation({
    maxFrameBytes: MAX_JOIN_ANSWER_BYTES,
    timeoutMs: ANSWER_TIMEOUT_MS,
    clock: realClock,
  });
  const { channel, certificate, binding } = await connectTls(host, port, conversation.handlers);
  try {
    const hello = decodeJoinMessage(helloSchema, await conversation.next());
    if (hello === undefined) throw untrusted(pin, 'it does not speak as an authority does');
    requireAgreeingClocks(realClock.now(), hello.now, 'the authority');
    requireAuthority(pin, hello.certificatePem, certificate);
    const nodeKey = rawPublicKey(publicKeyOf(keys.node));
    const nonce = new Uint8Array(Buffer.from(hello.nonce, 'base64'));
    const challenge = challengeOf({ nonce, binding, nodeKey, node: identity.node });
    channel.send(
      encodeJoinMessage({
        kind: 'join',
        node: identity.node,
        nodeKey: base64(nodeKey),
        proof: base64(signContext(keys.node, 'selvage/join/v1', challenge)),
        evidence: prove(challenge),
      }),
    );
    const answer = decodeJoinMessage(answerSchema, await conversation.next());
    if (answer === undefined) throw new NodeError('JOIN_REFUSED', 'its answer cannot be read');
    if (answer.kind === 'joined') return answer;
    throw refusedBy(answer);
  } finally {
    channel.close();
  }
}

/** Is what answers the authority of the token: a node's SVID signed by the CA whose key it names? */
function requireAuthority(pin: MeshPin, certificatePem: string, leaf: Uint8Array): void {
  const bundle = new TrustBundle(pin.trustDomain, [{ pem: certificatePem, namespaces: 'any' }]);
  const [anchor] = bundle.anchors;
  if (anchor === undefined || publicKeySha256(anchor.publicKey) !== pin.authorityKeySha256) {
    throw untrusted(pin, 'its CA key is not the one that the token names');
  }
  const svid = verifySvid(leaf, bundle, { now: realClock.now() });
  if (!svid.ok) throw untrusted(pin, `its certificate is refused: ${svid.error.detail}`);
  const { spiffeId } = svid.value;
  if (!spiffePath(spiffeId).startsWith('/node/')) {
    throw untrusted(pin, `its certificate is that of ${spiffeId}, not of a node`);
  }
}

/** Verifies what the authority handed over and writes it down. */
async function settle(
  pin: MeshPin,
  { identity, keys, store }: DataDirectory,
  answer: Joined,
): Promise<JoinReport> {
  const offered = decodeOffer(Buffer.from(answer.trust, 'base64'));
  if (!offered.ok) throw new NodeError('JOIN_REFUSED', offered.error);
  const now = realClock.now();
  const verified = await verifyTrust({
    pinnedRootSha256: pin.rootSha256,
    offered: offered.value,
    scratch: scratchDirs(),
    now,
  });
  if (!verified.ok) throw refusedTrust(verified.error);
  const { set } = verified.value;
  if (set.trustDomain !== pin.trustDomain) {
    const message = `the authority hands out the trust repository of ${set.trustDomain}, the join token is for ${pin.trustDomain}`;
    throw new GovernanceError('TRUST_DOMAIN_MISMATCH', message);
  }
  const bundle = new TrustBundle(pin.trustDomain, bundleEntries(upheldAuthorities(set)));
  const credential = new Uint8Array(Buffer.from(answer.credential, 'base64'));
  const member = verifyCredential(credential, rawPublicKey(publicKeyOf(keys.node)), bundle, now);
  if (!member.ok) throw untrusted(pin, `its credential is refused: ${member.error.detail}`);
  const { node, epoch, locality } = member.value;
  if (node !== identity.node) throw untrusted(pin, `its credential is for the node ${node}`);
  store.transaction(() => {
    writeIdentity(store, { ...identity, epoch, ...(locality === undefined ? {} : { locality }) });
    writeCredential(store, credential);
    writePeers(store, answer.peers);
    new TrustStore(store).adopt(verified.value);
  });
  return { trustDomain: pin.trustDomain, node: identity.node, trustVersion: set.version };
}

/** In the codes of this version, where it has the authority's. */
function refusedBy({ code, message, remedy }: Extract<JoinAnswer, { kind: 'refused' }>) {
  const known = identityErrorCodes.find((own) => own === code);
  return known === undefined
    ? new NodeError('JOIN_REFUSED', message, { remedy })
    : new IdentityError(known, message, { remedy });
}

// Its own keys.
const identityErrorCodes = Object.keys(identityErrors) as readonly IdentityErrorCode[];

const untrusted = (pin: MeshPin, why: string): NodeError =>
  new NodeError('JOIN_UNTRUSTED', `${pin.authorityAddress}: ${why}`);

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
