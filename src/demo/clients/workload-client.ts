import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { realClock } from '../../platform/index.ts';
import type { ClientIdentity } from './mutual-tls-call.ts';

/** What this client asks for, as the specification defines it (SPIFFE Workload API, appendix A). */
const DEFINITION = `
  syntax = "proto3";
  message X509SVIDRequest {}
  message X509SVIDResponse { repeated X509SVID svids = 1; }
  message X509SVID {
    string spiffe_id = 1;
    bytes x509_svid = 2;
    bytes x509_svid_key = 3;
    bytes bundle = 4;
  }
`;
const METHOD = '/SpiffeWorkloadAPI/FetchX509SVID';
const TIMEOUT_MS = 10_000;

const types = protobuf.parse(DEFINITION, { keepCase: true }).root;
const requests = types.lookupType('X509SVIDRequest');
const answers = types.lookupType('X509SVIDResponse');

interface FetchedSvid {
  readonly spiffe_id: string;
  /** DER: the leaf, then its intermediates. */
  readonly x509_svid: Uint8Array;
  /** PKCS #8, DER. */
  readonly x509_svid_key: Uint8Array;
  /** DER, one certificate after the other. */
  readonly bundle: Uint8Array;
}

/**
 * Asks the Workload API at a unix socket for the identities of this very process, with libraries that know of no
 * mesh; gives the one with `spiffeId`.
 */
export async function fetchIdentity(socket: string, spiffeId: string): Promise<ClientIdentity> {
  const client = new Client(`unix://${socket}`, credentials.createInsecure());
  try {
    const svids = await firstAnswer(client);
    const found = svids.find(({ spiffe_id: id }) => id === spiffeId);
    if (found !== undefined) return identityOf(found);
    const given = svids.map(({ spiffe_id: id }) => id).join(', ');
    throw new Error(`the Workload API gave ${given || 'nothing'}, not ${spiffeId}`);
  } finally {
    client.close();
  }
}

function firstAnswer(client: Client): Promise<readonly FetchedSvid[]> {
  const metadata = new Metadata();
  metadata.set('workload.spiffe.io', 'true'); // SPIFFE Workload Endpoint, section 5
  const stream = client.makeServerStreamRequest(
    METHOD,
    (message: object) => Buffer.from(requests.encode(message).finish()),
    (bytes: Buffer) => answers.decode(bytes),
    {},
    metadata,
    { deadline: realClock.now() + TIMEOUT_MS },
  );
  return new Promise((resolve, reject) => {
    stream.on('data', (answer: unknown) => {
      const { svids } = answer as { svids: FetchedSvid[] }; // of the type X509SVIDResponse
      resolve(svids);
      stream.cancel();
    });
    stream.on('error', (error: ServiceError) => reject(error)); // after an answer: that we cancelled
  });
}

const identityOf = ({ x509_svid: chain, x509_svid_key: key, bundle }: FetchedSvid) => ({
  chainPem: certificatesOf(chain),
  keyPem: pem('PRIVATE KEY', key),
  bundlePem: certificatesOf(bundle),
});

/** X.690 section 8.1: each certificate is a SEQUENCE with a length of two bytes, since it has 256 to 65,535. */
function certificatesOf(der: Uint8Array): string {
  const bytes = Buffer.from(der);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    found.push(pem('CERTIFICATE', bytes.subarray(at, end)));
    at = end;
  }
  return found.join('');
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
