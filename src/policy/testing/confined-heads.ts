import fc from 'fast-check';
import { NAMESPACES } from './literals.ts';
import { type Batch, entities, REQUESTS_PER_BATCH, request } from './worlds.ts';

/** Policies with nothing but a head, all of them confined: what differs is what they say of the resource. */

const own = fc.constantFrom(
  'Service::"n/s"',
  'Service::"m/s"',
  'Namespace::"n"',
  'Namespace::"m"',
  'G::"g"',
  'R::"x"',
);
const types = fc.constantFrom('Service', 'Namespace', 'R');

const resource = fc.oneof(
  fc.constant('resource'),
  own.map((uid) => `resource == ${uid}`),
  own.map((uid) => `resource in ${uid}`),
  types.map((type) => `resource is ${type}`),
  fc.tuple(types, own).map(([type, uid]) => `resource is ${type} in ${uid}`),
);

const policy = fc
  .tuple(fc.constantFrom('permit', 'permit', 'forbid'), resource, fc.constantFrom(...NAMESPACES))
  .map(([effect, head, namespace]) => ({
    text: `${effect}(principal, action, ${head});`,
    namespace,
  }));

export const confinedHeads: fc.Arbitrary<Batch> = fc
  .record({
    written: fc.array(policy, { minLength: 1, maxLength: 12 }),
    entities,
    requests: fc.array(request, { minLength: REQUESTS_PER_BATCH, maxLength: REQUESTS_PER_BATCH }),
  })
  .map(({ written, ...world }) => ({
    ...world,
    policies: Object.fromEntries(written.map(({ text }, at) => [`p${at}`, text])),
    confined: Object.fromEntries(written.map(({ namespace }, at) => [`p${at}`, namespace])),
  }));
