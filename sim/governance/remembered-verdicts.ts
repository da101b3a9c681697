import { sha256Hex } from '../../src/crypto/index.ts';
import {
  encodeFiles,
  encodeOffer,
  type Repository,
  type TrustOffer,
  type VerifiedTrust,
  verifyTrust,
} from '../../src/governance/index.ts';

type Verdict = Awaited<ReturnType<typeof verifyTrust>>;

/**
 * What verification gives is a function of what is held, what is offered and the time; of the time only which of the
 * dates have passed. So 200 nodes that are offered the same ask once: the first of them gets the real answer, and the
 * others the same objects, which makes the next question the same for all of them too.
 */
export class RememberedVerdicts {
  readonly #verdicts = new Map<string, Promise<Verdict>>();
  /** Of all that was verified, by all its bytes. */
  readonly #interned = new Map<string, VerifiedTrust>();
  #asked = 0;

  /** How often the real verification was asked. */
  get asked(): number {
    return this.#asked;
  }

  readonly verify: typeof verifyTrust = async (params) => {
    const { held, offered, now } = params;
    if (held === undefined) return await this.#ask(params);
    const own = digestOf(held);
    const question = `${own} ${sha256Hex(encodeOffer(offered))} ${passed(held, offered, now)}`;
    const known = this.#verdicts.get(question) ?? this.#ask(params);
    this.#verdicts.set(question, known);
    const verdict = await known;
    if (!verdict.ok || digestOf(verdict.value.repository) !== own) return verdict;
    // "Nothing new" is said by giving back the very object that is held. What was verified has the same bytes, so
    // it is verified as well.
    return { ok: true, value: { ...verdict.value, repository: held } as VerifiedTrust };
  };

  async #ask(params: Parameters<typeof verifyTrust>[0]): Promise<Verdict> {
    this.#asked++;
    const verdict = await verifyTrust(params);
    if (!verdict.ok) return verdict;
    const digest = digestOf(verdict.value.repository);
    const known = this.#interned.get(digest) ?? verdict.value;
    this.#interned.set(digest, known);
    return { ok: true, value: known };
  }
}

const digests = new WeakMap<Repository, string>();

/** Of all bytes of a repository. */
function digestOf(repository: Repository): string {
  const digest = digests.get(repository) ?? sha256Hex(encodeFiles(repository.files));
  digests.set(repository, digest);
  return digest;
}

const DATE = /"expires":"([^"]*)"/g;

/** How many of the dates in what is held and offered lie before `now`. */
function passed({ files }: Repository, offered: TrustOffer, now: number): number {
  const parts = [files, offered].flatMap(({ roots, timestamp, snapshot, targets, delegated }) => [
    ...[...roots, timestamp, ...delegated.values()],
    ...[snapshot, targets].filter((part) => part !== undefined),
  ]);
  return parts.flatMap(datesIn).filter((date) => date <= now).length;
}

const dates = new WeakMap<Uint8Array, readonly number[]>();

function datesIn(bytes: Uint8Array): readonly number[] {
  const known = dates.get(bytes);
  if (known !== undefined) return known;
  const found = [...Buffer.from(bytes).toString('latin1').matchAll(DATE)];
  const read = found.map(([, date = '']) => Date.parse(date));
  dates.set(bytes, read);
  return read;
}
