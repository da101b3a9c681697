import { z } from 'zod';
import { isDnsLabel, parseDuration, parseInstant } from '../../core/index.ts';
import { API_VERSION } from './resource.ts';

/**
 * What the fields of documents are made of. Every message says what to write: the place and the
 * offending value are put in front of it by document-problems.ts.
 */

const DURATION = 'write a number and a unit: 250ms, 30s, 5m, 1h, 7d';
const LABEL =
  "write 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit (a DNS label)";
const INSTANT = 'write an instant such as 2026-11-20T17:00:00Z';

export const DAY_MS = 86_400_000;

/** What is no block of fields. */
export const BLOCK = 'write a block of fields';

/** A duration between two bounds, in milliseconds; both bounds in its message. */
export const duration = (bounds: { min: number; max: number; range: string }) =>
  z.string(DURATION).transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed.ok && parsed.value >= bounds.min && parsed.value <= bounds.max) return parsed.value;
    const message = parsed.ok ? `write a duration from ${bounds.range}` : DURATION;
    context.addIssue({ code: 'custom', message, input: text });
    return z.NEVER;
  });

/** An instant of RFC 3339, in milliseconds since 1970. */
export const instant = z.string(INSTANT).transform((text, context) => {
  const atMs = parseInstant(text);
  if (atMs !== undefined) return atMs;
  context.addIssue({ code: 'custom', message: INSTANT, input: text });
  return z.NEVER;
});

export const label = z.string(LABEL).refine(isDnsLabel, LABEL);
export const apiVersion = z.literal(API_VERSION, `write ${API_VERSION}`);

/** Of a resource that belongs to a namespace. */
export const metadata = z.strictObject({ name: label, namespace: label.optional() }, BLOCK);

/** Of a resource that is the whole mesh's. */
export const meshMetadata = z.strictObject({ name: label }, BLOCK);
