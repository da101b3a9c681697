/** How large the meshes of this room's longer tests are; `SELVAGE_TEST_SIZE=nightly` asks for the large ones. */
export const IS_NIGHTLY = process.env.SELVAGE_TEST_SIZE === 'nightly';
/** For one test; most need a tenth of it on a host that has nothing else to do. */
export const LONG_TEST_MS = IS_NIGHTLY ? 20 * 60_000 : 30_000;
