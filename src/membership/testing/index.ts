export type { Candidate, Candidates } from '../contacts.ts';
export { Overlay } from '../overlay.ts';
export { Visits } from '../visits.ts';
export { acquainted } from './acquainted.ts';
export { hashSeals } from './hash-seals.ts';
export { FUZZ_DATAGRAMS } from './run-size.ts';
export { SampleBook, sampleEntry } from './sample-book.ts';
export { SmallMesh } from './small-mesh.ts';
