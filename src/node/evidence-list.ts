import type { EvidenceView } from '../admin/index.ts';
import {
  type Evidence,
  type RecordContent,
  type RecordStore,
  readClaim,
} from '../replication/index.ts';
import { isFields, shortJson } from './short-json.ts';

/** As much of a value as a person compares by eye; it has up to 64 KiB. */
const VALUE_CHARACTERS = 100;
/** How much evidence is shown, the latest: of which writers there is more, the warnings of the status say. */
export const MAX_EVIDENCE_SHOWN = 64;

export type EvidenceSource = Pick<RecordStore, 'evidence' | 'evidencePair'>;

/** What the members were caught at, as the admin API says it: the latest of it. */
export function evidenceViews(records: EvidenceSource): readonly EvidenceView[] {
  const byAge = records.evidence().toSorted((a, b) => b.seenAt - a.seenAt);
  const shown = new Set(byAge.slice(0, MAX_EVIDENCE_SHOWN));
  return records
    .evidence()
    .filter((one) => shown.has(one))
    .map((one) => viewOf(one, records));
}

function viewOf({ id, writer, sequence, seenAt }: Evidence, records: EvidenceSource): EvidenceView {
  const [holds, other] = (records.evidencePair(id) ?? []).map(contentOf);
  return {
    id,
    writer,
    sequence,
    seenAt: new Date(seenAt).toISOString(),
    holds: inShort(holds, other),
    other: inShort(other, holds),
  };
}

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
  const value = said.tombstone
    ? 'withdrawn'
    : shortJson(differing(said.value, other?.value), VALUE_CHARACTERS);
  const at = new Date(said.issuedAt);
  return { value, ...(Number.isNaN(at.getTime()) ? {} : { issuedAt: at.toISOString() }) };
}

/** Of two lists of fields, what `value` has in those that are not the same; else all of it. */
function differing(value: unknown, other: unknown): unknown {
  if (!isFields(value) || !isFields(other)) return value;
  const fields = Object.entries(value).filter(([key, part]) => !isSame(part, other[key]));
  return fields.length === 0 ? value : Object.fromEntries(fields);
}

/** Of plain data. As deep as a record may have items. */
function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((part, index) => isSame(part, b[index]));
  }
  if (!isFields(a) || !isFields(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key], b[key]));
}
