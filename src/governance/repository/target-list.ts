import { z } from 'zod';
import { err, ok, type Result } from '../../core/index.ts';
import { MAX_TARGETS, MAX_TARGETS_BYTES } from '../limits.ts';
import { decodeUtf8 } from './utf8.ts';

const listShape = z.object({
  signed: z.object({
    targets: z.record(z.string(), z.object({ hashes: z.object({ sha256: z.hex().length(64) }) })),
  }),
});

/**
 * The SHA-256 (hex) of everything that an unverified list of targets names, in time that grows with
 * its length only: good for knowing what to fetch and whether to read on, and for nothing else.
 */
export function readTargetList(bytes: Uint8Array): Result<string[], string> {
  if (bytes.length > MAX_TARGETS_BYTES) {
    return err(`targets has ${bytes.length} bytes; at most ${MAX_TARGETS_BYTES} are read`);
  }
  let json: unknown;
  try {
    json = JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    return err(`targets is malformed: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const parsed = listShape.safeParse(json);
  if (!parsed.success) return err('targets lists something without a SHA-256');
  const listed = Object.values(parsed.data.signed.targets);
  return listed.length > MAX_TARGETS
    ? err(`targets lists ${listed.length} files; at most ${MAX_TARGETS} are read`)
    : ok(listed.map(({ hashes }) => hashes.sha256));
}
