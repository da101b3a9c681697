import * as dagCbor from '@ipld/dag-cbor';
import type { NodeName } from '../../src/core/index.ts';
import type { EpochMs, Random } from '../../src/ports/index.ts';
import type { Writer } from '../../src/replication/index.ts';
import { payloadOf, sealed } from '../mesh/index.ts';
import type { Deed } from '../scenario/index.ts';

/** What a liar has to lie with: its own key, and what it has heard. */
export interface LyingWriter {
  /** Its own key and credential, which are good. */
  readonly writer: Writer;
  readonly random: Random;
  readonly victims: readonly NodeName[];
  /** Records of others as they came by, the latest last. */
  readonly heard: readonly Uint8Array[];
  now(): EpochMs;
  /** A number that grows with each call: of the own sequence. */
  next(): number;
}

/** Boots that a real node never reaches within a run, so that lies are told from what the node says itself. */
const LYING_BOOT = 1_000;
/** Records a second of a flood: more than a writer may change, for long enough more than it may have. */
const FLOOD_RECORDS = 40;

/** What is published each second for each deed that is told by records. */
export const RECORD_LIES: Readonly<
  Partial<Record<Deed, (liar: LyingWriter) => readonly Uint8Array[]>>
> = {
  forge: (liar) => [ownSignature(liar), brokenSignature(liar)].flat(),
  replay: ({ heard }) => heard.slice(0, 3),
  'roll-back': rolledBack,
  equivocate: equivocation,
  flood: (liar) =>
    Array.from({ length: FLOOD_RECORDS }, () => {
      const n = liar.next();
      return said(liar, { key: `flood-${n}`, n, value: 'x'.repeat(200) });
    }),
  usurp: (liar) => [usurped(liar)],
  garbage: ({ random }) => [random.bytes(20), random.bytes(400)],
};

/** Said of another, signed by the liar: its credential is good, and for another name. */
const ownSignature = (liar: LyingWriter): Uint8Array =>
  said(liar, { writer: victimOf(liar), kind: 'node', key: 'self', n: liar.next() });

/** A record of another with a later sequence, under the signature of what it really said. */
function brokenSignature({ heard, random, now }: LyingWriter): readonly Uint8Array[] {
  const bytes = heard[Math.floor(random.fraction() * heard.length)];
  if (bytes === undefined) return [];
  const [payload, ...rest] = dagCbor.decode<Uint8Array[]>(bytes); // what came by had been accepted
  if (payload === undefined) return [];
  const content = dagCbor.decode<{ n: number }>(payload);
  const altered = dagCbor.encode({ ...content, n: content.n + 1, issuedAt: now() });
  return [dagCbor.encode([altered, ...rest])];
}

/** An old word of the liar's own, after a newer one. */
function rolledBack(liar: LyingWriter): readonly Uint8Array[] {
  const n = liar.next();
  const at = (step: number) =>
    said(liar, { key: 'pendulum', n: n - step, value: `of ${n - step}` });
  return [at(0), at(Math.min(n, 5))];
}

function equivocation(liar: LyingWriter): readonly Uint8Array[] {
  const n = liar.next();
  return ['one', 'another'].map((value) => said(liar, { key: 'two-faced', n, value }));
}

/** A name of another with a key of the liar's own, higher epoch, and a credential that no authority signed. */
function usurped(liar: LyingWriter): Uint8Array {
  const epoch = 99;
  const node = victimOf(liar);
  const { writer } = liar;
  const facts = new TextDecoder().decode(writer.credential().bytes).split('\n')[1] ?? '';
  const made = new TextEncoder().encode(`${JSON.stringify({ node, epoch })}\n${facts}\n`);
  const impostor: Writer = {
    node,
    publicKey: writer.publicKey,
    sign: (payload) => writer.sign(payload),
    credential: () => ({ ...writer.credential(), bytes: made, epoch }),
  };
  return sealed(
    impostor,
    payloadOf(impostor, liar.now(), {
      kind: 'node',
      key: 'self',
      boot: LYING_BOOT,
      n: liar.next(),
    }),
  );
}

const victimOf = ({ victims, random, writer }: LyingWriter): NodeName =>
  victims[Math.floor(random.fraction() * victims.length)] ?? writer.node;

const said = (liar: LyingWriter, lie: Parameters<typeof payloadOf>[2]): Uint8Array =>
  sealed(liar.writer, payloadOf(liar.writer, liar.now(), { boot: LYING_BOOT, ...lie }));
