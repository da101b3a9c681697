import type { ServiceKey } from '../core/index.ts';
import type { DialTarget } from './dial.ts';
import { isGrpcCall, type Lessee, type RequestHead, type Servers } from './http/index.ts';
import { Http1Servers } from './http1/index.ts';
import { Http2Servers } from './http2/index.ts';
import type { Runtime } from './runtime.ts';
import { TcpServers } from './tcp/index.ts';
import { UdpServers } from './udp/index.ts';

/** The application beside this sidecar, spoken to as its service's protocol says. */
export class Application implements Servers {
  readonly #runtime: Runtime;
  readonly #service: ServiceKey;
  readonly #http1: Servers;
  readonly #http2: Servers;
  readonly #tcp: Servers;
  readonly #udp: Servers;

  constructor(runtime: Runtime, service: ServiceKey, target: DialTarget) {
    this.#runtime = runtime;
    this.#service = service;
    this.#http1 = new Http1Servers(runtime, target);
    this.#http2 = new Http2Servers(runtime, target);
    this.#tcp = new TcpServers(runtime, target);
    this.#udp = new UdpServers(runtime, service, target);
  }

  lease(lessee: Lessee, fresh: boolean): void {
    this.#serversFor(lessee.request).lease(lessee, fresh);
  }

  #serversFor(request: RequestHead): Servers {
    if (request.upgrade === 'connect-udp') return this.#udp;
    if (request.method === 'CONNECT') return this.#tcp;
    switch (this.#runtime.mesh.view?.services.get(this.#service)?.protocol) {
      case 'http2':
      case 'grpc':
        return this.#http2;
      case 'auto':
        // gRPC needs HTTP/2; for other requests HTTP/1.1 is the better guess.
        return isGrpcCall(request) ? this.#http2 : this.#http1;
      default:
        return this.#http1;
    }
  }
}
