import { expect, test } from 'bun:test';
import { wouldChange } from './audit.ts';
import { connect, engineOf, get, workload } from './testing/requests.ts';

const AUDITED = `
@id("read") permit(principal == Service::"shop/frontend", action == Action::"http:GET", resource);
@id("closed") forbid(principal, action == Action::"http:GET", resource) when { context.path == "/closed" };
@id("new-permit") @mode("audit") permit(principal, action, resource);
@id("new-forbid") @mode("audit") forbid(principal, action in Action::"http", resource) when { context.path like "/admin*" };
@id("nobody") @mode("audit") forbid(principal == Service::"shop/nobody", action, resource);`;

test('a policy in audit mode decides nothing, and is named where it would have changed the decision', () => {
  const engine = engineOf(AUDITED);
  const other = workload('other');
  expect(engine.decide(get())).toEqual({
    allowed: true,
    policies: ['read'],
    errors: [],
    audit: [],
  });
  expect(engine.decide(get({ path: '/admin' }))).toMatchObject({
    allowed: true,
    audit: ['new-forbid'],
  });
  expect(engine.decide(get({ principal: other }))).toEqual({
    allowed: false,
    policies: [],
    errors: [],
    audit: ['new-permit'],
  });
  expect(engine.decide(connect())).toMatchObject({ allowed: false, audit: ['new-permit'] });
  // No permit turns a forbid over, and no forbid changes a denial.
  expect(engine.decide(get({ path: '/closed' }))).toMatchObject({ allowed: false, audit: [] });
  expect(engine.decide(get({ path: '/admin', principal: other }))).toMatchObject({
    audit: ['new-permit'],
  });
});

test('what would change a decision is what no enforced policy outranks', () => {
  const both = { permits: ['p'], forbids: ['f'] };
  expect(wouldChange({ allowed: true, policies: ['x'] }, both)).toEqual(['f']);
  expect(wouldChange({ allowed: false, policies: [] }, both)).toEqual(['p']);
  expect(wouldChange({ allowed: false, policies: ['x'] }, both)).toEqual([]);
});

test('a set of audited policies only denies everything', () => {
  const engine = engineOf('@mode("audit") permit(principal, action, resource);');
  expect(engine.decide(get())).toMatchObject({ allowed: false, policies: [], audit: ['p#1'] });
  expect(engine.policies.get('p#1')?.mode).toBe('audit');
});
