import { beforeEach, describe, expect, test } from 'bun:test';
import { DB, endpointClaim, N2, sampleTrust, WEB } from '../registry/testing/index.ts';
import { DELTA_VERSION } from '../snapshot/index.ts';
import { WHOLES_ASKED_FOR } from '../snapshot/limits.ts';
import { LINES_PER_SECOND } from '../telemetry/limited-log.ts';
import {
  attach,
  attached,
  DB_SERVICE,
  hello,
  host,
  programNamed,
  refusals,
  resetHost,
  SIDECAR,
  WEB_SERVICE,
  waitToTell,
} from './testing/attached-sidecar.ts';

beforeEach(resetHost);

const NOT_TOLD = 'a workload could not be told of a change';
const cannot = (): never => {
  throw new Error('a defect');
};

describe('a change of what is in force', () => {
  test('that is none for this workload sends nothing', () => {
    const sidecar = attached();
    sidecar.session.refresh();
    expect(sidecar.heard()).toEqual([]);
  });

  test('reaches the sidecar as what is different in its view', () => {
    const sidecar = attached();
    host.trust = { ...host.trust, version: 4 };
    sidecar.session.refresh();
    const [told] = sidecar.heard();
    expect(told).toMatchObject({ type: 'delta', number: 2, delta: { head: { trustVersion: 4 } } });
    expect(told).not.toHaveProperty('delta.bundle');
    expect(told).not.toHaveProperty('delta.services');
  });

  test('reaches a sidecar that knows no deltas, or others, as a whole view', () => {
    for (const deltaVersion of [undefined, DELTA_VERSION + 1]) {
      const sidecar = attached({ deltaVersion });
      host.trust = { ...host.trust, version: host.trust.version + 1 };
      sidecar.session.refresh();
      const [told, ...more] = sidecar.heard();
      expect(told).toMatchObject({
        type: 'snapshot',
        snapshot: { trustVersion: host.trust.version, policyDigest: 'first' },
      });
      expect([told, more]).toEqual([expect.not.objectContaining({ state: expect.anything() }), []]);
      sidecar.session.refresh();
      waitToTell();
      expect(sidecar.heard()).toEqual([]);
    }
  });

  test('is told ten times a second, however often it comes, and at last as it is', () => {
    const sidecar = attached();
    for (let n = 0; n < 1_000; n += 1) {
      host.trust = { ...host.trust, version: 100 + n };
      sidecar.session.refresh();
      host.clock.advance(1);
    }
    waitToTell();
    const told = sidecar.heard();
    expect(told.map(({ type }) => type)).toEqual(Array(11).fill('delta'));
    expect(told.at(-1)).toMatchObject({ number: 12, delta: { head: { trustVersion: 1_099 } } });
  });

  test('is told no more once the sidecar is gone', () => {
    const sidecar = attached();
    for (const version of [4, 5]) {
      host.trust = { ...host.trust, version };
      sidecar.session.refresh();
    }
    expect(sidecar.heard()).toHaveLength(1);
    sidecar.far.hangUp();
    host.offered = cannot;
    waitToTell();
    expect(host.log.lines.map(({ message }) => message)).not.toContain(NOT_TOLD);
  });

  test('that cannot be told later closes the connection, so that the sidecar comes anew', async () => {
    const sidecar = attached();
    for (const version of [4, 5]) {
      host.trust = { ...host.trust, version };
      sidecar.session.refresh();
    }
    host.offered = cannot;
    waitToTell();
    expect(host.log.lines.at(-1)?.message).toBe(NOT_TOLD);
    await Promise.resolve();
    expect(sidecar.ended()).toBe(1);
  });

  test('of where services are reaches those that call them, and nobody else', () => {
    const sidecar = attached(); // it calls shop/db
    host.offered = (service) => [
      {
        id: 'n2/endpoint/k',
        node: N2,
        claim: endpointClaim({ service }),
        state: 'ready',
        reason: undefined,
      },
    ];
    sidecar.session.followEndpoints(new Set([WEB_SERVICE]));
    expect(sidecar.heard()).toEqual([]);
    sidecar.session.followEndpoints(new Set([WEB_SERVICE, DB_SERVICE]));
    expect(sidecar.heard()).toMatchObject([
      { delta: { endpoints: [{ service: DB_SERVICE, put: [{ id: 'n2/endpoint/k' }] }] } },
    ]);
    sidecar.session.followEndpoints(new Set([DB_SERVICE]));
    waitToTell();
    expect(sidecar.heard()).toEqual([]);
  });

  test('that revokes its identity ends it, with words on what to do; what is started later is welcome', () => {
    const sidecar = attached();
    host.revokedBeforeMs = host.clock.now() + 1;
    sidecar.session.refresh();
    expect(sidecar.heard()).toMatchObject([
      { type: 'refused', code: 'IDENTITY_REVOKED', remedy: expect.stringContaining('Start') },
    ]);
    const again = attach(SIDECAR, undefined, 0);
    again.say(hello());
    expect(again.heard()).toMatchObject([{ type: 'refused', code: 'IDENTITY_REVOKED' }]);
    host.clock.advance(1);
    const next = attached();
    next.session.refresh();
    expect(next.heard()).toEqual([]);
  });

  test('brings new policies before the view that names them, and never the same ones twice', () => {
    const sidecar = attached();
    host.policies = programNamed('second');
    sidecar.session.refresh();
    expect(sidecar.heard()).toMatchObject([
      { type: 'policies', digest: 'second' },
      { type: 'delta', delta: { head: { policyDigest: 'second' } } },
    ]);
  });

  test('gives no view before there are policies to decide by', () => {
    host.policies = undefined;
    const sidecar = attach();
    sidecar.say(hello());
    expect(sidecar.heard().map(({ type }) => type)).toEqual(['welcome']);
  });

  test('that does not fit what a sidecar has is told whole again, as often as anybody needs it', () => {
    const sidecar = attached();
    const asked = () => sidecar.say({ type: 'snapshot-request', fault: 'gap' });
    asked();
    expect(sidecar.heard()).toMatchObject([{ type: 'snapshot', state: { number: 2 } }]);
    for (let n = 0; n < 1_000; n += 1) {
      asked();
      waitToTell();
    }
    const wholes = sidecar.heard();
    expect(wholes.length).toBe(WHOLES_ASKED_FOR);
    expect(wholes.at(-1)).not.toHaveProperty('state');
    host.trust = { ...host.trust, version: 9 };
    sidecar.session.refresh();
    expect(sidecar.heard()).toMatchObject([{ type: 'snapshot', snapshot: { trustVersion: 9 } }]);
    expect(host.log.lines.at(-1)).toMatchObject({ fields: { reason: 'gap' } });
  });

  test('that a sidecar cannot follow is said by it, and kept for the status', () => {
    const sidecar = attached();
    sidecar.say({ type: 'enforces', trustVersion: 3, problem: 'version 2 of the program' });
    expect(sidecar.session.workload?.enforces).toEqual({
      trustVersion: 3,
      problem: 'version 2 of the program',
    });
    const told = 'a sidecar keeps older policies';
    expect(host.log.lines.at(-1)).toMatchObject({ level: 'error', message: told });
    for (let times = 0; times < 50; times++) {
      sidecar.say({ type: 'enforces', trustVersion: 3, problem: `${times}` });
    }
    const lines = host.log.lines.filter(({ message }) => message === told);
    expect(lines).toHaveLength(LINES_PER_SECOND); // a stolen one fills no disk
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
