import { type NodeName, parseNodeName, parseTrustDomain, type TrustDomain } from '../core/index.ts';
import { type PrivateKey, privateKeyFromPem } from '../crypto/index.ts';
import {
  absolutePath,
  isOccupied,
  openStore,
  pathExists,
  readKeyFile,
  requireOwnDirectory,
} from '../platform/index.ts';
import type { Space, Store } from '../ports/index.ts';
import { openAuthorityKeys, type UnsealedKeys } from './authority-key-files.ts';
import type { AuthorityKeys } from './authority-keys.ts';
import { NodeError } from './errors.ts';

/** Where everything lies in a node's data directory. */
export const dataPaths = (dataDir: string) => {
  const path = absolutePath(dataDir);
  return {
    state: `${path}/state.db`,
    keys: `${path}/keys`,
    nodeKey: `${path}/keys/node.key`,
    authorityKey: `${path}/keys/authority.key`,
    onlineKey: `${path}/keys/online.key`,
    tokenKey: `${path}/keys/token.key`,
    nextAuthorityKey: `${path}/keys/authority.next.key`,
    nextTokenKey: `${path}/keys/token.next.key`,
    adminSocket: `${path}/admin.sock`,
    workloadSocket: `${path}/workload.sock`,
    spiffeSocket: `${path}/spiffe.sock`,
  } as const;
};

/** Who this node is; written once, when it is made. */
export interface NodeIdentity {
  readonly trustDomain: TrustDomain;
  readonly node: NodeName;
  /** Grows with each new node key under the same name. */
  readonly epoch: number;
  /** Where alone it may run, by the token that it joined with. */
  readonly locality?: string;
}

export interface NodeKeys {
  /** libp2p peer id and record key. */
  readonly node: PrivateKey<'ed25519'>;
  /** Signs snapshot and timestamp of the trust repository while that names this node as an authority. */
  readonly online: PrivateKey<'ed25519'>;
}

export interface DataDirectory {
  readonly identity: NodeIdentity;
  readonly keys: NodeKeys;
  readonly store: Store;
  /** What it signs identities with, likewise. */
  readonly signing: AuthorityKeys;
}

const SPACE = 'node';
const IDENTITY = 'identity';
const CREDENTIAL = 'credential';

/** What this node shows, as it is kept: one credential or two; see {@link showCredentials} of `identity`. */
export const readCredential = (store: Store): Uint8Array | undefined =>
  store.space(SPACE).get(CREDENTIAL);

export const writeCredential = (store: Store, credential: Uint8Array): void =>
  store.space(SPACE).put(CREDENTIAL, credential);

/** Writes whose store it is. */
export const writeIdentity = (store: Store, identity: NodeIdentity): void =>
  store.space(SPACE).put(IDENTITY, new TextEncoder().encode(JSON.stringify(identity)));

/** Where a node's own state lies in its store. */
export const nodeSpace = (store: Store): Space => store.space(SPACE);

/** @throws NodeError DATA_DIRECTORY_TAKEN when there is anything in it */
export function requireFreeDirectory(dataDir: string): void {
  if (isOccupied(dataDir)) {
    throw new NodeError('DATA_DIRECTORY_TAKEN', `${dataDir} is not empty`);
  }
}

/**
 * Opens a node's data directory and holds its state for this process alone; `unsealed`: where its CA keys are sealed.
 *
 * @throws NodeError DATA_DIRECTORY_MISSING, DATA_DIRECTORY_DAMAGED
 * @throws PlatformError for a directory or key file that is open to others, a key file that is damaged, for a state in use, newer or corrupt
 */
export function openDataDirectory(dataDir: string, unsealed?: UnsealedKeys): DataDirectory {
  const paths = dataPaths(dataDir);
  if (!pathExists(paths.state)) {
    throw new NodeError('DATA_DIRECTORY_MISSING', `there is no node in ${dataDir}`);
  }
  requireOwnDirectory(absolutePath(dataDir), 0o022);
  requireAll([paths.keys, paths.nodeKey, paths.authorityKey, paths.onlineKey]);
  requireOwnDirectory(paths.keys, 0o077);
  const keys: NodeKeys = {
    node: privateKeyFromPem('ed25519', readKeyFile(paths.nodeKey, 'ed25519')),
    online: privateKeyFromPem('ed25519', readKeyFile(paths.onlineKey, 'ed25519')),
  };
  const store = openStore(paths.state);
  try {
    const space = nodeSpace(store);
    const identity = readIdentity(space.get(IDENTITY));
    if (identity === undefined) {
      throw new NodeError('DATA_DIRECTORY_DAMAGED', `${paths.state} does not say whose it is`);
    }
    return { identity, keys, store, signing: openAuthorityKeys(paths, space, unsealed) };
  } catch (error) {
    store.close();
    throw error;
  }
}

function requireAll(paths: readonly string[]): void {
  const missing = paths.find((path) => !pathExists(path));
  if (missing !== undefined) {
    throw new NodeError('DATA_DIRECTORY_DAMAGED', `${missing} does not exist`);
  }
}

function readIdentity(bytes: Uint8Array | undefined): NodeIdentity | undefined {
  if (bytes === undefined) return undefined;
  const value = parseJson(new TextDecoder().decode(bytes));
  if (typeof value !== 'object' || value === null) return undefined;
  const fields: Partial<Record<keyof NodeIdentity, unknown>> = value;
  const trustDomain = parseTrustDomain(String(fields.trustDomain));
  const node = parseNodeName(String(fields.node));
  if (!trustDomain.ok || !node.ok || typeof fields.epoch !== 'number') return undefined;
  const { locality } = fields;
  return {
    trustDomain: trustDomain.value,
    node: node.value,
    epoch: fields.epoch,
    ...(typeof locality === 'string' ? { locality } : {}),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // the caller says what is damaged
    throw error;
  }
}
