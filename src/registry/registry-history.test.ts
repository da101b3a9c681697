import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { NodeName, ServiceKey } from '../core/index.ts';
import type { Endpoint } from './index.ts';
import { claimOn, DB, hostOf, N1, N2, sampleTrust, ToldRegistry, WEB } from './testing/index.ts';

const SERVICES = ['shop/web', 'shop/db', 'shop/nope'] as ServiceKey[];

/** What may happen to a registry; the last of one subject is what counts. */
interface Step {
  readonly subject: string;
  readonly take: (told: ToldRegistry) => void;
}

const NODES = [N1, N2, 'n3' as NodeName];
const node = fc.constantFrom(...NODES);
const key = fc.constantFrom('a', 'b');
/** What differs from a good endpoint of `shop/web`; often nothing that matters. */
const claim = fc.record(
  {
    service: fc.constantFrom(...SERVICES),
    spiffeId: fc.constantFrom(WEB, DB),
    address: fc.constantFrom(N1, N2).map(hostOf),
    ready: fc.boolean(),
    draining: fc.boolean(),
  },
  { requiredKeys: [] },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.tuple(node, key, fc.option(claim)).map(endpointStep), weight: 3 },
  fc.tuple(node, fc.boolean()).map(nodeStep),
  fc.tuple(node, fc.constantFrom('alive', 'suspect', 'dead', 'left')).map(stateStep),
  fc.nat(2).map(rulesStep),
);

function endpointStep([on, under, over]: [NodeName, string, object | null]): Step {
  return {
    subject: `endpoint ${on} ${under}`,
    take: (told) =>
      over === null ? told.withdraw(on, under) : told.sayEndpoint(on, under, claimOn(on, over)),
  };
}

function nodeStep([name, isThere]: [NodeName, boolean]): Step {
  return {
    subject: `node ${name}`,
    take: (told) => (isThere ? told.sayNode(name) : told.forgetNode(name)),
  };
}

function stateStep([name, state]: [NodeName, 'alive' | 'suspect' | 'dead' | 'left']): Step {
  return { subject: `state ${name}`, take: (told) => told.hold(name, state) };
}

function rulesStep(count: number): Step {
  const services = sampleTrust.services.slice(0, count);
  return { subject: 'rules', take: (told) => told.registry.trust({ ...sampleTrust, services }) };
}

const seen = ({ registry }: ToldRegistry) => ({
  endpoints: registry.endpoints(),
  nodes: registry.nodeViews(),
  services: registry.serviceViews(),
  lists: SERVICES.map((service) => [registry.endpointsOf(service), registry.offered(service)]),
});

test('whatever happened, a registry shows the same as one that was told the outcome alone', () => {
  const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const lived = new ToldRegistry();
    for (const { take } of steps) {
      take(lived);
      seen(lived); // what is remembered must not outlive its truth
    }
    const outcome = new Map(steps.map((one) => [one.subject, one]));
    const fresh = new ToldRegistry();
    for (const { take } of [...outcome.values()].toReversed()) take(fresh);
    expect(seen(lived)).toEqual(seen(fresh));
  });
  fc.assert(property, { seed: 5, numRuns: 400 });
});

const allowed = ({ node: on, claim: { service, spiffeId, address } }: Endpoint): boolean =>
  ((service === 'shop/web' && spiffeId === WEB) ||
    (service === 'shop/db' && spiffeId === DB && on === N1)) &&
  hostOf(on) === address;

test('an endpoint gets traffic only if every rule holds, and is offered if any of its service may be', () => {
  const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const told = new ToldRegistry();
    for (const { subject, take } of steps) if (subject !== 'rules') take(told);
    for (const name of NODES) told.sayNode(name);
    for (const endpoint of told.registry.endpoints()) {
      expect(endpoint.state === 'quarantined').toBe(!allowed(endpoint));
      expect(endpoint.state === 'ready').toBe(endpoint.reason === undefined);
    }
    for (const service of SERVICES) {
      const offered = new Set(told.registry.offered(service).map(({ state }) => state));
      const all = told.registry.endpointsOf(service).map(({ state }) => state);
      const best = (['ready', 'unreachable'] as const).find((state) => all.includes(state));
      expect([...offered]).toEqual(best === undefined ? [] : [best]);
    }
  });
  fc.assert(property, { seed: 6, numRuns: 400 });
});
