import { type NodeName, nodeSpiffeId } from '../core/index.ts';
import {
  publicKeyOf,
  publicKeySha256,
  rawPublicKey,
  signContext,
  TrustBundle,
  verifySvid,
} from '../crypto/index.ts';
import {
  decodeOffer,
  GovernanceError,
  refusedTrust,
  TrustStore,
  verifyTrust,
} from '../governance/index.ts';
import {
  type JoinToken,
  parseJoinToken,
  requireAgreeingClocks,
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
  answerSchema,
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
  /** As a person pasted it. */
  readonly token: string;
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
 * Makes this host a member: redeems the token at the authority that made it, verifies all that it
 * hands over, and only then leaves a data directory behind.
 *
 * @throws IdentityError for a token that is malformed, expired or of another mesh, and for a clock far off
 * @throws NodeError DATA_DIRECTORY_TAKEN, NAME_INVALID, JOIN_REFUSED, JOIN_UNTRUSTED
 * @throws GovernanceError when the trust repository does not pass verification
 */
export async function joinMesh({ token: text, dataDir, name }: JoinOptions): Promise<JoinReport> {
  const token = parseJoinToken(text);
  requireUsableToken(token, { now: realClock.now() });
  refuseOccupied(token, dataDir);
  const node = token.nodeName ?? nameForNode(name, dataDir);
  return await makeDirectoryWhole(dataDir, async (partial) => {
    const identity = { trustDomain: token.trustDomain, node, epoch: 1 };
    const directory = await fillDataDirectory(partial, identity);
    try {
      const answer = await redeem(token, directory);
      return await settle(token, directory, answer);
    } finally {
      directory.store.close();
    }
  });
}

function refuseOccupied(token: JoinToken, dataDir: string): void {
  if (!isOccupied(dataDir)) return;
  if (pathExists(dataPaths(dataDir).state)) {
    const { identity, store } = openDataDirectory(dataDir);
    store.close();
    const { trustDomain, node } = identity;
    requireUsableToken(token, { now: realClock.now(), trustDomain });
    throw new NodeError('DATA_DIRECTORY_TAKEN', `${dataDir} is node ${node} of this mesh already`);
  }
  throw new NodeError('DATA_DIRECTORY_TAKEN', `${dataDir} is not empty`);
}

type Joined = Extract<JoinAnswer, { kind: 'joined' }>;

/** Talks to the authority; the secret leaves this host only after the authority proved its key. */
async function redeem(token: JoinToken, { identity, keys }: DataDirectory): Promise<Joined> {
  const colon = token.authorityAddress.lastIndexOf(':');
  const host = token.authorityAddress.slice(0, colon);
  const port = Number(token.authorityAddress.slice(colon + 1));
  const conversation = new FrameConversation({
    maxFrameBytes: MAX_JOIN_ANSWER_BYTES,
    timeoutMs: ANSWER_TIMEOUT_MS,
    clock: realClock,
  });
  const { channel, certificate } = await connectTls(host, port, conversation.handlers);
  try {
    const hello = decodeJoinMessage(helloSchema, await conversation.next());
    if (hello === undefined) throw untrusted(token, 'it does not speak as an authority does');
    requireAgreeingClocks(realClock.now(), hello.now, 'the authority');
    requireAuthority(token, hello.certificatePem, certificate);
    channel.send(
      encodeJoinMessage({
        kind: 'join',
        secret: base64(token.secret),
        node: identity.node,
        nodeKey: base64(rawPublicKey(publicKeyOf(keys.node))),
        proof: base64(signContext(keys.node, 'selvage/join/v1', token.secret)),
      }),
    );
    const answer = decodeJoinMessage(answerSchema, await conversation.next());
    if (answer === undefined) throw new NodeError('JOIN_REFUSED', 'its answer cannot be read');
    if (answer.kind === 'joined') return answer;
    throw new NodeError('JOIN_REFUSED', answer.message, { remedy: answer.remedy });
  } finally {
    channel.close();
  }
}

/** Is what answers the authority of the token: a node's SVID signed by the CA whose key it names? */
function requireAuthority(token: JoinToken, certificatePem: string, leaf: Uint8Array): void {
  const bundle = new TrustBundle(token.trustDomain, [certificatePem]);
  const [anchor] = bundle.anchors;
  if (anchor === undefined || publicKeySha256(anchor.publicKey) !== token.authorityKeySha256) {
    throw untrusted(token, 'its CA key is not the one that the token names');
  }
  const svid = verifySvid(leaf, bundle, { now: realClock.now() });
  if (!svid.ok) throw untrusted(token, `its certificate is refused: ${svid.error.detail}`);
  const { spiffeId } = svid.value;
  if (!spiffeId.startsWith(nodeSpiffeId(token.trustDomain, '' as NodeName))) {
    throw untrusted(token, `its certificate is that of ${spiffeId}, not of a node`);
  }
}

/** Verifies what the authority handed over and writes it down. */
async function settle(
  token: JoinToken,
  { identity, keys, store, authorityCertificatePem }: DataDirectory,
  answer: Joined,
): Promise<JoinReport> {
  const offered = decodeOffer(Buffer.from(answer.trust, 'base64'));
  if (!offered.ok) throw new NodeError('JOIN_REFUSED', offered.error);
  const now = realClock.now();
  const verified = await verifyTrust({
    pinnedRootSha256: token.rootSha256,
    offered: offered.value,
    scratch: scratchDirs(),
    now,
  });
  if (!verified.ok) throw refusedTrust(verified.error);
  const { set } = verified.value;
  if (set.trustDomain !== token.trustDomain) {
    const message = `the authority hands out the trust repository of ${set.trustDomain}, the join token is for ${token.trustDomain}`;
    throw new GovernanceError('TRUST_DOMAIN_MISMATCH', message);
  }
  const bundle = new TrustBundle(
    token.trustDomain,
    set.authorities.map(({ certificatePem }) => certificatePem),
  );
  const credential = new Uint8Array(Buffer.from(answer.credential, 'base64'));
  const member = verifyCredential(credential, rawPublicKey(publicKeyOf(keys.node)), bundle, now);
  if (!member.ok) throw new NodeError('JOIN_UNTRUSTED', member.error.detail);
  store.transaction(() => {
    writeIdentity(store, { ...identity, epoch: answer.epoch }, authorityCertificatePem);
    writeCredential(store, credential);
    writePeers(store, answer.peers);
    new TrustStore(store).adopt(verified.value);
  });
  return { trustDomain: token.trustDomain, node: identity.node, trustVersion: set.version };
}

const untrusted = (token: JoinToken, why: string): NodeError =>
  new NodeError('JOIN_UNTRUSTED', `${token.authorityAddress}: ${why}`);

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
