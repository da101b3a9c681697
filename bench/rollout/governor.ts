import type { AdminService } from '../../src/admin/index.ts';
import {
  decodeFiles,
  draftChange,
  encodeChange,
  encodeTarget,
  governorFromPem,
  heldTrust,
} from '../../src/governance/index.ts';
import { readKeyFile } from '../../src/platform/index.ts';

/** Somebody who changes a policy again and again, and signs in this process. */
export class Governor {
  readonly #key: ReturnType<typeof governorFromPem>;
  #changes = 0;

  constructor(keyPath: string) {
    this.#key = governorFromPem(readKeyFile(keyPath, 'ed25519'));
  }

  /** Signs a change that every sidecar must compile and link anew; published when called. */
  async nextChange(client: AdminService): Promise<() => Promise<string>> {
    const { files } = await client.trustDraft({});
    const held = decodeFiles(Buffer.from(files, 'base64'));
    if (!held.ok) throw new Error(held.error);
    this.#changes += 1;
    const text = `permit (principal, action == Action::"http:GET", resource) when { context.path == "/${this.#changes}" };`;
    const { trustDomain } = heldTrust(held.value);
    const put = [encodeTarget({ kind: 'Policy', policy: { name: 'bench', text } }, trustDomain)];
    const parts = { held: held.value, put, remove: [], governor: this.#key, now: Date.now() };
    const change = draftChange(parts);
    if (change === undefined) throw new Error('nothing changed');
    const encoded = Buffer.from(encodeChange(change)).toString('base64');
    return async () => (await client.publishChange({ change: encoded })).digest;
  }
}
