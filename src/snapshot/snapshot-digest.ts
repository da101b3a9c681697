import { sha256Hex } from '../crypto/index.ts';
import { canonicalJson, type JsonValue } from '../governance/index.ts';
import { endpointsDigest } from './endpoint-buckets.ts';
import type { ServiceHead, Snapshot, SnapshotService } from './snapshot.ts';

/**
 * SHA-256 in hex over the canonical form of a snapshot: equal digest, equal snapshot. What it says of a service
 * and of its endpoints is remembered with these values, so that the next snapshot costs what is different in it.
 */
export function snapshotDigest(snapshot: Snapshot): string {
  const { services, bundle, revocations, authentications, ...head } = snapshot;
  const revoked = revocations === undefined ? [] : [revocations];
  const rules = [head, bundle, ...revoked, authentications].map(partText);
  return digestOf([...rules, ...services.map(serviceDigest)].join('\n'));
}

/** All that a service is but where it is. */
export function serviceHead({ endpoints: _, ...head }: SnapshotService): ServiceHead {
  return head;
}

/** In one spelling. Endpoints are not for this: they are too many. */
export const partText = (part: object): string => canonicalJson(part as JsonValue); // all parts of a snapshot travel as JSON

const known = new WeakMap<SnapshotService, string>();

function serviceDigest(service: SnapshotService): string {
  const there = known.get(service);
  if (there !== undefined) return there;
  const text = `${partText(serviceHead(service))}\n${endpointsDigest(service.endpoints)}`;
  const digest = digestOf(text);
  known.set(service, digest);
  return digest;
}

const digestOf = (text: string): string => sha256Hex(new TextEncoder().encode(text));
