import type { Counter, Gauge, Histogram, KeyExchange, Labels, Meter } from '../ports/index.ts';
import { DatagramCounters, type DatagramMetrics } from './datagram-metrics.ts';
import type { CutReason } from './permission.ts';
import type { HandshakeFailure, PeerLoss } from './tunnel/index.ts';

/** `inbound`: a peer's request to our application; `outbound`: our application's to a service. */
export type Direction = 'inbound' | 'outbound';
export type Role = 'client' | 'server';

/**
 * What becomes of a connection at a listener for captured ones: it goes through the mesh, is passed on in plain, or is
 * refused; `straight`: refused, because the kernel never redirected it.
 */
export type CaptureVerdict = 'mesh' | 'passed' | 'refused' | 'straight';

type Pair = 'source' | 'destination' | 'direction';

/** Callers that are counted each for themselves; further ones are counted together. */
const MAX_PAIRS = 1_000;
const OTHERS = 'others';

/** From loopback answers to long polls, seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The numbers of one data plane. Labels come from verified identities and the trust repository only. */
export class ProxyMetrics {
  readonly #requests: Counter<Pair | 'code'>;
  readonly #durations: Histogram<Pair>;
  readonly #connections: Counter<Pair>;
  readonly #openConnections: Gauge<Pair>;
  readonly #denied: Counter<Pair>;
  readonly #audited: Counter<Pair | 'policy' | 'effect'>;
  readonly #cut: Counter<Pair | 'reason'>;
  readonly #retries: Counter<'destination'>;
  readonly #handshakes: Counter<'role' | 'result'>;
  readonly #keyExchanges: Counter<'role' | 'group'>;
  readonly #tunnelCuts: Counter<'role' | 'reason'>;
  readonly #captured: Counter<'direction' | 'verdict'>;
  readonly #datagrams: DatagramCounters;
  readonly #pairs = new Map<string, PairMetrics>();

  constructor(meter: Meter) {
    this.#datagrams = new DatagramCounters(meter);
    const pair = ['source', 'destination', 'direction'] as const;
    this.#requests = meter.counter({
      name: 'selvage_requests_total',
      help: 'HTTP requests answered, by status code',
      labels: [...pair, 'code'],
    });
    this.#durations = meter.histogram({
      name: 'selvage_request_duration_seconds',
      help: 'From the first byte of a request to the last byte of its answer',
      labels: [...pair],
      buckets: BUCKETS,
    });
    this.#connections = meter.counter({
      name: 'selvage_connections_total',
      help: 'Connections of clients that were accepted, denied ones included',
      labels: [...pair],
    });
    this.#openConnections = meter.gauge({
      name: 'selvage_connections_open',
      help: 'Connections open now',
      labels: [...pair],
    });
    this.#denied = meter.counter({
      name: 'selvage_denied_total',
      help: 'Requests and connections that no policy permits',
      labels: [...pair],
    });
    this.#audited = meter.counter({
      name: 'selvage_audit_decisions_total',
      help: 'Decisions that a policy in audit mode would have changed: by a permit or by a forbid',
      labels: [...pair, 'policy', 'effect'],
    });
    this.#cut = meter.counter({
      name: 'selvage_cut_connections_total',
      help: 'Connections and requests under way that lost their permission, by what took it',
      labels: [...pair, 'reason'],
    });
    this.#retries = meter.counter({
      name: 'selvage_retries_total',
      help: 'Requests sent a second time, to another endpoint where there is one',
      labels: ['destination'],
    });
    this.#handshakes = meter.counter({
      name: 'selvage_tls_handshakes_total',
      help: 'Mutual-TLS handshakes: ok, resumed, or why not',
      labels: ['role', 'result'],
    });
    this.#keyExchanges = meter.counter({
      name: 'selvage_tls_key_exchanges_total',
      help: 'Connections between sidecars, by the group that both ends agreed on their keys by',
      labels: ['role', 'group'],
    });
    this.#tunnelCuts = meter.counter({
      name: 'selvage_cut_tunnels_total',
      help: 'Connections between sidecars that were cut, by what took away that the peer is who it was',
      labels: ['role', 'reason'],
    });
    this.#captured = meter.counter({
      name: 'selvage_captured_connections_total',
      help: 'Connections at the listeners for captured ones, by what became of them',
      labels: ['direction', 'verdict'],
    });
  }

  handshake(role: Role, result: 'ok' | 'resumed' | HandshakeFailure): void {
    this.#handshakes.add({ role, result });
  }

  /** Of a handshake that came to a connection. */
  agreed(role: Role, group: KeyExchange): void {
    this.#keyExchanges.add({ role, group });
  }

  tunnelCut(role: Role, reason: PeerLoss): void {
    this.#tunnelCuts.add({ role, reason });
  }

  captured(direction: Direction, verdict: CaptureVerdict): void {
    this.#captured.add({ direction, verdict });
  }

  retried(destination: string): void {
    this.#retries.add({ destination });
  }

  /** Those of flows to `destination`. */
  datagrams(destination: string, direction: Direction): DatagramMetrics {
    return this.#datagrams.of(destination, direction);
  }

  /** What one caller and one service do with each other. The same names give the same object. */
  pair(source: string, destination: string, direction: Direction): PairMetrics {
    const key = `${source} ${destination} ${direction}`;
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    if (this.#pairs.size >= MAX_PAIRS && source !== OTHERS)
      return this.pair(OTHERS, destination, direction);
    const labels = { source, destination, direction };
    const pair = new PairMetrics(labels, {
      requests: this.#requests,
      durations: this.#durations,
      connections: this.#connections,
      open: this.#openConnections,
      denied: this.#denied,
      audited: this.#audited,
      cut: this.#cut,
    });
    this.#pairs.set(key, pair);
    return pair;
  }
}

interface PairSinks {
  readonly requests: Counter<Pair | 'code'>;
  readonly durations: Histogram<Pair>;
  readonly connections: Counter<Pair>;
  readonly open: Gauge<Pair>;
  readonly denied: Counter<Pair>;
  readonly audited: Counter<Pair | 'policy' | 'effect'>;
  readonly cut: Counter<Pair | 'reason'>;
}

export class PairMetrics {
  readonly labels: Labels<Pair>;
  readonly #sinks: PairSinks;
  /** Status codes have three digits, so at most 500 of them. */
  readonly #byCode = new Map<number, Labels<Pair | 'code'>>();
  #open = 0;

  constructor(labels: Labels<Pair>, sinks: PairSinks) {
    this.labels = labels;
    this.#sinks = sinks;
  }

  answered(code: number, durationMs: number): void {
    let labels = this.#byCode.get(code);
    if (labels === undefined) {
      labels = { ...this.labels, code: String(code) };
      this.#byCode.set(code, labels);
    }
    this.#sinks.requests.add(labels);
    this.#sinks.durations.observe(this.labels, durationMs / 1_000);
  }

  opened(): void {
    this.#sinks.connections.add(this.labels);
    this.#sinks.open.set(this.labels, ++this.#open);
  }

  closed(): void {
    this.#sinks.open.set(this.labels, --this.#open);
  }

  denied(): void {
    this.#sinks.denied.add(this.labels);
  }

  /** `policy`: its id, which the trust repository closes. */
  audited(policy: string, effect: 'permit' | 'forbid'): void {
    this.#sinks.audited.add({ ...this.labels, policy, effect });
  }

  cut(reason: CutReason): void {
    this.#sinks.cut.add({ ...this.labels, reason });
  }
}
