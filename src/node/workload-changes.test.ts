import { beforeEach, describe, expect, test } from 'bun:test';
import { DB, endpointClaim, N2, sampleTrust, WEB } from '../registry/testing/index.ts';
import {
  attach,
  attached,
  DB_SERVICE,
  hello,
  host,
  programNamed,
  refusals,
  resetHost,
  WEB_SERVICE,
} from './testing/attached-sidecar.ts';

beforeEach(resetHost);

describe('a change of what is in force', () => {
  test('that is none for this workload sends nothing', () => {
    const sidecar = attached();
    sidecar.session.refresh();
    expect(sidecar.heard()).toEqual([]);
  });

  test('reaches the sidecar as a whole view', () => {
    const sidecar = attached();
    host.trust = { ...host.trust, version: 4 };
    sidecar.session.refresh();
    expect(sidecar.heard()).toMatchObject([
      { type: 'snapshot', snapshot: { trustVersion: 4, policyDigest: 'first' } },
    ]);
  });

  test('of where services are reaches those that call them, and nobody else', () => {
    const sidecar = attached(); // it calls shop/db
    host.offered = (service) => [
      {
        ...{ id: 'n2/endpoint/k', node: N2, claim: endpointClaim({ service }) },
        ...{ state: 'ready', reason: undefined },
      },
    ];
    sidecar.session.followEndpoints(new Set([WEB_SERVICE]));
    expect(sidecar.heard()).toEqual([]);
    sidecar.session.followEndpoints(new Set([WEB_SERVICE, DB_SERVICE]));
    expect(sidecar.heard()).toMatchObject([
      { type: 'snapshot', snapshot: { services: [{ endpoints: [{ id: 'n2/endpoint/k' }] }, {}] } },
    ]);
    sidecar.session.followEndpoints(new Set([DB_SERVICE]));
    expect(sidecar.heard()).toEqual([]);
  });

  test('brings new policies before the view that names them, and never the same ones twice', () => {
    const sidecar = attached();
    host.policies = programNamed('second');
    sidecar.session.refresh();
    expect(sidecar.heard()).toMatchObject([
      { type: 'policies', digest: 'second' },
      { type: 'snapshot', snapshot: { policyDigest: 'second' } },
    ]);
  });

  test('gives no view before there are policies to decide by', () => {
    host.policies = undefined;
    const sidecar = attach();
    sidecar.say(hello());
    expect(sidecar.heard().map(({ type }) => type)).toEqual(['welcome']);
  });

  test('that a sidecar cannot follow is said by it, and kept for the status', () => {
    const sidecar = attached();
    sidecar.say({ type: 'enforces', trustVersion: 3, problem: 'version 2 of the program' });
    expect(sidecar.session.workload?.enforces).toEqual({
      trustVersion: 3,
      problem: 'version 2 of the program',
    });
    expect(host.log.lines.at(-1)?.message).toBe('a sidecar keeps older policies');
  });

  test('that takes the registration away ends identity and endpoint at once', async () => {
    const sidecar = attached();
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    host.trust = { ...host.trust, registrations: [] };
    sidecar.session.refresh();
    expect(refusals(sidecar.heard())).toMatchObject([{ code: 'IDENTITY_NOT_REGISTERED' }]);
    expect(host.announced.size).toBe(0);
    sidecar.say({ type: 'csr', der: '' });
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    await Promise.resolve();
    expect([sidecar.heard(), host.announced.size, sidecar.ended()]).toEqual([[], 0, 1]);
  });

  test('that lets another identity serve the service ends it too', () => {
    const sidecar = attached();
    const services = host.trust.services.map((service) => ({ ...service, identities: [DB] }));
    host.trust = { ...host.trust, services };
    sidecar.session.refresh();
    expect(refusals(sidecar.heard())).toMatchObject([{ code: 'SERVICE_NOT_YOURS' }]);
  });

  test('that gives the process another identity asks for a new start', () => {
    const sidecar = attach();
    sidecar.say(hello({ serviceAccount: undefined, serves: undefined, upstreams: [] }));
    expect(refusals(sidecar.heard())).toMatchObject([{ code: 'IDENTITY_AMBIGUOUS' }]);
    host.trust = { ...host.trust, registrations: host.trust.registrations.slice(0, 1) };
    const only = attach();
    only.say(hello({ serviceAccount: undefined, serves: undefined, upstreams: [] }));
    expect(only.heard()[0]).toMatchObject({ type: 'welcome', spiffeId: WEB });
    host.trust = { ...host.trust, registrations: sampleTrust.registrations.slice(1) };
    only.session.refresh();
    expect(refusals(only.heard())).toMatchObject([{ code: 'IDENTITY_CHANGED' }]);
  });
});
