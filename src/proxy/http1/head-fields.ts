import { err, ok, type Result } from '../../core/index.ts';
import type { Field } from '../http/field.ts';
import { ROLE } from '../http/field-role.ts';
import type { Malformation } from '../http/refusal.ts';
import { HEAD_FIELDS } from '../limits.ts';
import { trimmed } from './field-line.ts';
import type { FieldLines } from './field-lines.ts';

/** The fields of one head, sorted into what is passed on and what is between two neighbours only. */
class HeadFields {
  /** End to end, in order; without Host, framing by chunks, hop-by-hop and mesh-only ones. */
  kept: Field[] = [];
  /** Lower case. */
  host: string | undefined;
  /** Validated; it is among those kept. */
  contentLength: number | undefined;
  chunked = false;
  close = false;
  keepAlive = false;
  /** `Upgrade`, lower case, when Connection names it. */
  upgrade: string | undefined;
  /** What Connection lists, in lower case. */
  listed: string[] | undefined;
}

/** Reads the field lines of `head` (Latin-1) from `from` to its empty line, with which it ends. */
export function readHeadFields(
  head: string,
  from: number,
  lines: FieldLines,
): Result<HeadFields, Malformation> {
  const fields = new HeadFields();
  const end = head.length - 2;
  let at = from;
  for (let count = 0; at < end; count++) {
    if (count === HEAD_FIELDS) return err('too-many-fields');
    const field = count === 0 ? lines.first(head, at) : lines.next(head, at);
    if (field === undefined) return err('bad-field');
    const refusal = sort(fields, field);
    if (refusal !== undefined) return err(refusal);
    at = lines.end;
  }
  if (fields.chunked && fields.contentLength !== undefined) return err('length-and-encoding');
  if (fields.listed !== undefined) return applyConnection(fields, fields.listed);
  fields.upgrade = undefined;
  return ok(fields);
}

function sort(fields: HeadFields, field: Field): Malformation | undefined {
  switch (field.role) {
    case ROLE.HOST:
      if (fields.host !== undefined) return 'duplicate-host';
      fields.host = field.value.toLowerCase();
      return undefined;
    case ROLE.CONTENT_LENGTH:
      if (fields.contentLength !== undefined) return 'duplicate-content-length';
      if (!/^\d{1,15}$/.test(field.value)) return 'bad-content-length';
      fields.contentLength = Number(field.value);
      break;
    case ROLE.TRANSFER_ENCODING:
      if (fields.chunked || field.value.toLowerCase() !== 'chunked') return 'bad-transfer-encoding';
      fields.chunked = true;
      return undefined;
    case ROLE.CONNECTION:
      fields.listed ??= [];
      for (const token of field.value.split(',')) fields.listed.push(trimmed(token).toLowerCase());
      return undefined;
    case ROLE.UPGRADE:
      fields.upgrade = field.value.toLowerCase();
      return undefined;
    case ROLE.EXPECT:
      if (field.value.toLowerCase() !== '100-continue') return 'bad-expectation';
      break;
    case ROLE.TE: // trailers are passed on whatever TE says
    case ROLE.HOP_BY_HOP:
    case ROLE.MESH: // at either side of HTTP/1.1 is an application, never a sidecar
      return undefined;
  }
  fields.kept.push(field);
  return undefined;
}

/** Known options, and the list's empty elements. */
const OPTIONS = ['', 'close', 'keep-alive', 'upgrade', 'te', 'http2-settings'];
/** A message whose length or address is for one hop only has two meanings. */
const VITAL = ['host', 'content-length', 'transfer-encoding', 'content-type', 'trailer'];

/** RFC 9110 section 7.6.1: what Connection lists is for this hop alone, and is not passed on. */
function applyConnection(
  fields: HeadFields,
  listed: readonly string[],
): Result<HeadFields, Malformation> {
  const names = new Set(listed);
  fields.close = names.has('close');
  fields.keepAlive = names.has('keep-alive');
  if (!names.has('upgrade')) fields.upgrade = undefined;
  for (const option of OPTIONS) names.delete(option);
  if (names.size === 0) return ok(fields);
  for (const name of VITAL) if (names.has(name)) return err('bad-connection');
  fields.kept = fields.kept.filter(({ name }) => !names.has(name));
  return ok(fields);
}
