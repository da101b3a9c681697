import type { ServiceKey, SpiffeId, TrustDomain } from '../../core/index.ts';
import { cedarWasm } from '../../platform/cedar-wasm.ts';
import type { Cedar } from '../cedar.ts';
import { loadCedar } from '../cedar-on-demand.ts';
import type { DecisionRequest } from '../decision.ts';
import { type CedarEngine, createEngine } from '../engine.ts';

/** A shop's frontend that asks its catalog. */

export const cedar = loadCedar(cedarWasm());
export const trustDomain = 'shop.example' as TrustDomain;
export const workload = (name: string): SpiffeId =>
  `spiffe://shop.example/ns/shop/sa/${name}` as SpiffeId;

export function engineOf(
  text: string,
  over: Cedar = cedar,
  headers: readonly string[] = [],
): CedarEngine {
  const policies = [{ name: 'p', text }];
  const engine = createEngine({ cedar: over, trustDomain, policies, headers });
  if (!engine.ok) throw new Error(JSON.stringify(engine.error));
  return engine.value;
}

type HttpRequest = DecisionRequest & { readonly action: 'http' };
type GrpcRequest = DecisionRequest & { readonly action: 'grpc' };
type ConnectRequest = DecisionRequest & { readonly action: 'connect' };

export const get = (over: Partial<HttpRequest> = {}): HttpRequest => ({
  principal: workload('frontend'),
  resource: 'shop/catalog' as ServiceKey,
  sourceIp: '10.1.2.3',
  action: 'http',
  method: 'GET',
  path: '/items',
  host: 'catalog',
  ...over,
});

export const connect = (
  sourceIp = '10.1.2.3',
  over: Partial<ConnectRequest> = {},
): ConnectRequest => ({
  principal: workload('frontend'),
  resource: 'shop/catalog' as ServiceKey,
  sourceIp,
  action: 'connect',
  protocol: 'tcp',
  ...over,
});

export const call = (path: string, over: Partial<GrpcRequest> = {}): GrpcRequest => ({
  principal: workload('frontend'),
  resource: 'shop/catalog' as ServiceKey,
  sourceIp: '10.1.2.3',
  action: 'grpc',
  path,
  host: 'catalog',
  ...over,
});
