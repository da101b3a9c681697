import type { EvidenceView } from '../admin/index.ts';
import { type Evidence, type RecordContent, readClaim } from '../replication/index.ts';

/** As much of a value as a person compares by eye; it has up to 64 KiB. */
const VALUE_CHARACTERS = 100;

/** What the members were caught at, as the admin API says it. */
export const evidenceViews = (evidence: readonly Evidence[]): readonly EvidenceView[] =>
  evidence.map(({ id, writer, sequence, records: [first, second], seenAt }) => {
    const [holds, other] = [contentOf(first), contentOf(second)];
    return {
      ...{ id, writer, sequence, seenAt: new Date(seenAt).toISOString() },
      holds: inShort(holds, other),
      other: inShort(other, holds),
    };
  });

/** In one sentence for each writer; none when all is well. */
export function evidenceWarnings(evidence: readonly Evidence[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { writer } of evidence) counts.set(writer, (counts.get(writer) ?? 0) + 1);
  return [...counts].map(
    ([writer, count]) =>
      `${writer} contradicted itself in ${count} ${count === 1 ? 'record' : 'records'}: its data directory is in use twice, or its key is in other hands; see: selvage get evidence`,
  );
}

/** Undefined for bytes that were damaged since they were verified. */
function contentOf(bytes: Uint8Array): RecordContent | undefined {
  const claim = readClaim(bytes);
  return claim.ok ? claim.value.record.content : undefined;
}

/** What one record says that the other does not. */
function inShort(said: RecordContent | undefined, other: RecordContent | undefined) {
  if (said === undefined) return { value: 'damaged' };
  const text = said.tombstone ? 'withdrawn' : jsonOf(differing(said.value, other?.value));
  const value = text.length <= VALUE_CHARACTERS ? text : `${text.slice(0, VALUE_CHARACTERS)}…`;
  const at = new Date(said.issuedAt);
  return { value, ...(Number.isNaN(at.getTime()) ? {} : { issuedAt: at.toISOString() }) };
}

/** Of two lists of fields, what `value` has in those that are not the same; else all of it. */
function differing(value: unknown, other: unknown): unknown {
  if (!isFields(value) || !isFields(other)) return value;
  const fields = Object.entries(value).filter(([key, part]) => jsonOf(part) !== jsonOf(other[key]));
  return fields.length === 0 ? value : Object.fromEntries(fields);
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A liar chooses the value: it may be no JSON, and of any depth. */
function jsonOf(value: unknown): string {
  try {
    const json: string | undefined = JSON.stringify(value, (_, part: unknown) => {
      if (part instanceof Uint8Array) return `0x${Buffer.from(part).toString('hex')}`;
      return typeof part === 'bigint' ? `${part}` : part;
    });
    return json ?? '';
  } catch {
    return 'nested too deep to be shown'; // a RangeError: the stack has an end
  }
}
