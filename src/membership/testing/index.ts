export { acquainted } from './acquainted.ts';
export { hashSeals } from './hash-seals.ts';
export { FUZZ_DATAGRAMS } from './run-size.ts';
export { SampleBook, sampleEntry } from './sample-book.ts';
export { SmallMesh } from './small-mesh.ts';
