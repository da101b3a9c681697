import type * as Asn1Schema from '@peculiar/asn1-schema';
import type * as Asn1X509 from '@peculiar/asn1-x509';

/**
 * The library that writes certificates. It costs 20 ms and 15 MB to load, so only a process that really issues one
 * loads it, at the first: `require` is what can wait for that without making every caller wait.
 */
export function asn1Library(): Asn1Library {
  loaded ??= load();
  return loaded;
}

export type Asn1Library = typeof Asn1X509 & Pick<typeof Asn1Schema, 'AsnConvert' | 'OctetString'>;

let loaded: Asn1Library | undefined;

function load(): Asn1Library {
  const { AsnConvert, OctetString }: typeof Asn1Schema = require('@peculiar/asn1-schema');
  const x509: typeof Asn1X509 = require('@peculiar/asn1-x509');
  return { ...x509, AsnConvert, OctetString };
}
