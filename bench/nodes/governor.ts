import type { AdminService } from '../../src/admin/index.ts';
import {
  assembleChange,
  decodeFiles,
  draftProposal,
  encodeChange,
  encodeTarget,
  governorFromPem,
  heldTrust,
  openHeld,
  signProposal,
  type TargetContent,
} from '../../src/governance/index.ts';
import { readKeyFile } from '../../src/platform/index.ts';

/** The one governor of a mesh, who signs in this process: what is measured is all that comes after. */
export class Governor {
  readonly #key: ReturnType<typeof governorFromPem>;

  constructor(keyPath: string) {
    this.#key = governorFromPem(readKeyFile(keyPath, 'ed25519'));
  }

  /** Signs what puts `content` in force; published when called, which gives the digest of what is then. */
  async sign(client: AdminService, content: TargetContent): Promise<() => Promise<string>> {
    const { files } = await client.trustDraft({});
    const decoded = decodeFiles(Buffer.from(files, 'base64'));
    if (!decoded.ok) throw new Error(decoded.error);
    const held = openHeld(decoded.value);
    const put = [encodeTarget(content, heldTrust(held).trustDomain)];
    const proposal = draftProposal({ held, put, remove: [], reason: '', now: Date.now() });
    if (proposal === undefined) throw new Error('nothing would change');
    const change = assembleChange(held, proposal, [signProposal(held, proposal, this.#key)]);
    const encoded = Buffer.from(encodeChange(change)).toString('base64');
    return async () => (await client.publishChange({ change: encoded })).digest;
  }
}
