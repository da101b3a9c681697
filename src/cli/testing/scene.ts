import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateKeyToPem } from '../../crypto/index.ts';
import { createGovernorKey, signerOf, type TrustSigner } from '../../governance/index.ts';
import { formatPublicKey } from '../public-key-file.ts';
import { GovernedNode } from './governed-node.ts';
import { type Outcome, runCommandLine, type Surroundings } from './stage.ts';

/** A directory of a person, with keys in it, beside a node that is governed by `ada`. */
export class Scene {
  readonly directory = mkdtempSync(join(tmpdir(), 'selvage-cli-'));
  readonly ada = this.key('ada');
  readonly node = new GovernedNode(this.ada);

  path(name: string): string {
    return join(this.directory, name);
  }

  file(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Makes `<name>.key`, without a passphrase, and its public half. */
  key(name: string): TrustSigner {
    const key = createGovernorKey();
    const signer = signerOf(key);
    writeFileSync(this.path(`${name}.key`), privateKeyToPem(key), { mode: 0o600 });
    this.file(`${name}.key.pub`, `${formatPublicKey({ name, publicKey: signer.publicKey })}\n`);
    return signer;
  }

  publicHalf(name: string): string {
    return this.path(`${name}.key.pub`);
  }

  /** The flag that signs as `name`. */
  as(name: string): string[] {
    return ['--key', this.path(`${name}.key`)];
  }

  /** Runs a command line that may ask the node. */
  run(args: readonly string[], more: Surroundings = {}): Promise<Outcome> {
    const environment = { SELVAGE_ADMIN_SOCKET: '/n1' };
    return runCommandLine(args, { service: this.node.service, environment, ...more });
  }

  end(): void {
    rmSync(this.directory, { recursive: true });
  }
}
