import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { explain } from './explain.ts';
import { grpcCallOf, grpcMethodStart } from './grpc-path.ts';
import { call, connect, engineOf, get } from './testing/requests.ts';

const LIST = '/shop.Stock/List';
/** Paths in which gRPC servers find different services, or none. */
const NO_CALLS = ['/', '', '/a', '/a/', '//a', '/a//b', '/a/b/', '/a/b/c', 'a/b', 'a/b/c', '*'];

test('a call’s service and method are the two parts of its path, and of no other path', () => {
  expect(grpcCallOf(LIST)).toEqual({ service: 'shop.Stock', method: 'List' });
  for (const path of NO_CALLS) expect([path, grpcMethodStart(path)]).toEqual([path, undefined]);
  const part = fc.stringMatching(/^[^/]{1,9}$/);
  const property = fc.property(part, part, (service, method) => {
    expect(grpcCallOf(`/${service}/${method}`)).toEqual({ service, method });
  });
  fc.assert(property, { seed: 5 });
});

test('policies read the service, the method and the path of a call', () => {
  const engine = engineOf(`permit(principal, action == Action::"grpc:call", resource) when {
    context.service == "shop.Stock" && context.method == "List" &&
    context.path like "/shop.*" && context.host == "catalog" && context.protocol == "grpc" };`);
  expect(engine.decide(call(LIST)).allowed).toBe(true);
  expect(engine.decide(call('/shop.Stock/Lisa')).allowed).toBe(false);
  expect(engine.decide(call('/shop.Stok/List')).allowed).toBe(false);
});

test('rules for HTTP say nothing about calls, and those for calls nothing about HTTP', () => {
  const http = engineOf('permit(principal, action in Action::"http", resource);');
  const grpc = engineOf('permit(principal, action in Action::"grpc", resource);');
  const requests = [call(LIST), get({ method: 'POST', path: LIST }), connect()];
  expect(requests.map((request) => http.decide(request).allowed)).toEqual([false, true, false]);
  expect(requests.map((request) => grpc.decide(request).allowed)).toEqual([true, false, false]);
});

test('a path that is no method’s is denied whatever the policies say', () => {
  const engine = engineOf('permit(principal, action, resource);');
  for (const path of NO_CALLS) {
    expect(engine.decide(call(path))).toMatchObject({
      allowed: false,
      errors: [`the path '${path}' is not that of a gRPC method, /package.Service/Method`],
    });
  }
  expect(engine.decide(call(`/${'x'.repeat(1_000)}`)).errors[0]?.length).toBeLessThan(200);
});

test('a connection says whether it is TCP or UDP, and is decided as one of them only', () => {
  const engine = engineOf(
    'permit(principal, action, resource) when { context.protocol == "udp" };',
  );
  const udp = connect('10.1.2.3', { protocol: 'udp' });
  expect([engine.decide(connect()).allowed, engine.decide(udp).allowed]).toEqual([false, true]);
});

test('the policy that a denied call’s explanation suggests permits that call and no neighbour of it', () => {
  const { hint = '' } = explain(engineOf(''), call(LIST));
  const engine = engineOf(hint.slice(hint.indexOf('permit (')));
  expect(engine.decide(call(LIST)).allowed).toBe(true);
  expect(engine.decide(call('/shop.Stock/Lis')).allowed).toBe(false);
  expect(engine.decide(get({ method: 'POST', path: LIST })).allowed).toBe(false);
});
