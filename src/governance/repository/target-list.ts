import { z } from 'zod';
import { err, ok, type Result } from '../../core/index.ts';
import { MAX_LIST_TARGETS, MAX_TARGETS_BYTES } from '../limits.ts';
import { remembered } from './remembered.ts';
import { readSignedJson } from './signed-json.ts';

const entryShape = z.looseObject({ hashes: z.looseObject({ sha256: z.hex().length(64) }) });
type Entries = Readonly<Record<string, z.output<typeof entryShape>>>;

/** Every entry is looked at, whatever its name: a record of the schema library passes over `__proto__`. */
const isEntries = (value: unknown): value is Entries =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((entry) => entryShape.safeParse(entry).success);

const listShape = z.looseObject({
  signed: z.looseObject({ targets: z.custom<Entries>(isEntries) }),
});
export type ListJson = z.output<typeof listShape>;

/** The JSON of an unverified list of targets, counted and of the right shape where it says what it lists. */
export const readListJson = remembered((bytes: Uint8Array): Result<ListJson, string> => {
  if (bytes.length > MAX_TARGETS_BYTES) {
    return err(`targets has ${bytes.length} bytes; at most ${MAX_TARGETS_BYTES} are read`);
  }
  let json: unknown;
  try {
    json = readSignedJson(bytes);
  } catch (cause) {
    return err(`targets is malformed: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const parsed = listShape.safeParse(json);
  if (!parsed.success) return err('targets lists something without a SHA-256');
  const count = Object.keys(parsed.data.signed.targets).length;
  return count > MAX_LIST_TARGETS
    ? err(`targets lists ${count} files; at most ${MAX_LIST_TARGETS} are read`)
    : ok(json as ListJson); // as it was read, since signatures are over all of it
});

/**
 * The SHA-256 (hex) of everything that an unverified list of targets names: good for knowing what to
 * fetch, and for nothing else.
 */
export function readTargetList(bytes: Uint8Array): Result<string[], string> {
  const list = readListJson(bytes);
  if (!list.ok) return list;
  return ok(Object.values(list.value.signed.targets).map(({ hashes }) => hashes.sha256));
}
