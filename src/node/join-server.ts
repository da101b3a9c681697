import { FrameReader, parseNodeName, SelvageError } from '../core/index.ts';
import { publicKeyFromRaw, verifyContext } from '../crypto/index.ts';
import type { Applicant, Evidence } from '../identity/index.ts';
import { type AcceptTls, listenTls } from '../platform/index.ts';
import type { ChannelListener, Clock, Log, Meter, Random } from '../ports/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import {
  challengeOf,
  decodeJoinMessage,
  encodeJoinMessage,
  type Join,
  type JoinAnswer,
  joinSchema,
  MAX_JOIN_REQUEST_BYTES,
  NONCE_BYTES,
} from './join-conversation.ts';

/** How long a joiner may hold a connection, milliseconds. */
const CONVERSATION_LIMIT_MS = 10_000;
/** Joiners that are waited for at once: a join takes milliseconds, so more is a flood, in which the oldest make way. */
export const MAX_CONVERSATIONS = 64;

/** A joiner that proved to hold its node key. Whether its evidence is good is still to be seen. */
export interface Joiner extends Applicant {
  readonly evidence: Evidence;
}

export interface JoinServerParts {
  readonly host: string;
  readonly port: number;
  /** What proves the authority's key: an SVID of this node, and its private key. */
  readonly svid: { readonly certificateChainPem: string; readonly privateKeyPem: string };
  readonly certificatePem: string;
  /** Judges the evidence and hands over what a member needs. */
  readonly admit: (joiner: Joiner) => JoinAnswer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * Takes in nodes that can prove which they are; the conversation is that of join-conversation.ts. One request
 * a connection, bounded in size, time and number.
 *
 * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
 */
export function listenForJoiners(parts: JoinServerParts): ChannelListener {
  const joins = parts.meter.counter({
    name: 'selvage_joins_total',
    help: 'Nodes that asked to join here, by result',
    labels: ['result'],
  });
  // Who joined has spent a token; anybody at all can be refused.
  const limitedLog = new LimitedLog(parts.log, parts.clock);
  /** Hangs up on each that is waited for, in the order in which they came. */
  const waitedFor = new Set<() => void>();
  const accept: AcceptTls = (channel, remoteAddress, binding) => {
    const nonce = parts.random.bytes(NONCE_BYTES);
    const reader = new FrameReader(MAX_JOIN_REQUEST_BYTES);
    let answered = false;
    const hangUp = () => {
      answered = true;
      waitedFor.delete(hangUp);
      channel.close();
    };
    const deadline = parts.clock.after(CONVERSATION_LIMIT_MS, hangUp);
    const answer = (bytes: Uint8Array) => {
      const frames = reader.push(bytes);
      const frame = frames.ok ? frames.value[0] : undefined;
      if (frames.ok && frame === undefined) return;
      const reply =
        frame === undefined ? malformed('it is too long') : judge(parts, { nonce, binding }, frame);
      const result = reply.kind === 'joined' ? 'joined' : 'refused';
      joins.add({ result });
      if (reply.kind === 'joined') parts.log.info('join answered', { remoteAddress, result });
      else {
        const { code, message: detail } = reply;
        limitedLog.info('join answered', code, { remoteAddress, result, detail });
      }
      channel.send(encodeJoinMessage(reply));
      hangUp();
    };
    channel.send(helloOf(parts, nonce));
    waitedFor.add(hangUp);
    const [hangUpOnOldest] = waitedFor;
    if (waitedFor.size > MAX_CONVERSATIONS) hangUpOnOldest?.();
    return {
      bytes: (bytes) => {
        if (!answered) answer(bytes);
      },
      closed: () => {
        waitedFor.delete(hangUp);
        deadline.cancel();
      },
    };
  };
  return listenTls({ host: parts.host, port: parts.port, ...parts.svid }, accept);
}

const helloOf = ({ certificatePem, clock }: JoinServerParts, nonce: Uint8Array): Uint8Array =>
  encodeJoinMessage({
    kind: 'hello',
    certificatePem,
    now: clock.now(),
    nonce: Buffer.from(nonce).toString('base64'),
  });

function judge(
  parts: JoinServerParts,
  conversation: { readonly nonce: Uint8Array; readonly binding: Uint8Array },
  frame: Uint8Array,
): JoinAnswer {
  const request = decodeJoinMessage(joinSchema, frame);
  if (request === undefined) return malformed('it cannot be read');
  const node = parseNodeName(request.node);
  if (!node.ok) return malformed(node.error);
  const nodeKey = fromBase64(request.nodeKey);
  const key = publicKeyFromRaw(nodeKey);
  if (!key.ok) return malformed(key.error);
  const challenge = challengeOf({ ...conversation, nodeKey, node: node.value });
  const proof = fromBase64(request.proof);
  if (verifyContext(key.value, 'selvage/join/v1', challenge, proof) === undefined) {
    return malformed('it does not prove that it holds its node key');
  }
  try {
    const evidence = evidenceOf(request.evidence);
    return parts.admit({ node: node.value, publicKey: nodeKey, challenge, evidence });
  } catch (error) {
    // Whatever went wrong here must not end the authority; the joiner is told, the log has it whole.
    parts.log.error('join failed', { node: node.value, error });
    const remedy = 'Look into the log of the authority.';
    const code = error instanceof SelvageError ? error.code : 'INTERNAL';
    return { kind: 'refused', code, message: 'the authority failed to answer', remedy };
  }
}

const malformed = (why: string): JoinAnswer => ({
  kind: 'refused',
  code: 'JOIN_REFUSED',
  message: `the request to join is malformed: ${why}`,
  remedy: 'Run the same version of selvage on both hosts.',
});

const evidenceOf = (evidence: Join['evidence']): Evidence =>
  evidence.kind === 'token'
    ? { kind: 'token', secret: fromBase64(evidence.secret) }
    : {
        kind: 'x509pop',
        chain: evidence.chain.map(fromBase64),
        signature: fromBase64(evidence.signature),
      };

const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
