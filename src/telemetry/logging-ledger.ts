import type { Counter, EpochMs, Ledger, LedgerEntry, Log, Meter } from '../ports/index.ts';

const KINDS: Readonly<Record<LedgerEntry['kind'], string>> = {
  'svid-issued': 'x509-svid',
  'credential-issued': 'membership-credential',
  'jwt-issued': 'jwt-svid',
  'user-token-issued': 'user-token',
};

/** The metric of all that authorities are asked to sign; refusals count in it with their reason. */
export const issuedIdentities = (meter: Meter): Counter<'kind' | 'result'> =>
  meter.counter({
    name: 'selvage_identities_issued_total',
    help: 'Identities that this authority was asked to sign, by kind and result',
    labels: ['kind', 'result'],
  });

/** Writes down what was signed as lines of the log, and counts it. */
export class LoggingLedger implements Ledger {
  readonly #log: Log;
  readonly #issued: Counter<'kind' | 'result'>;

  constructor(log: Log, meter: Meter) {
    this.#log = log;
    this.#issued = issuedIdentities(meter);
  }

  append({ kind, notBefore, notAfter, node: member, ...what }: LedgerEntry): void {
    this.#issued.add({ kind: KINDS[kind], result: 'issued' });
    const life = { notBefore: iso(notBefore), notAfter: iso(notAfter) };
    this.#log.info('identity issued', { kind: KINDS[kind], member, ...what, ...life });
  }
}

const iso = (atMs: EpochMs): string => new Date(atMs).toISOString();
