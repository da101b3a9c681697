/** How large the meshes of this room's longer tests are; `SELVAGE_TEST_SIZE=nightly` asks for the large ones. */
export const IS_NIGHTLY = process.env.SELVAGE_TEST_SIZE === 'nightly';
