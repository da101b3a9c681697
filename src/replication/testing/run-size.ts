/** How many inputs a fuzzer of this room makes; `SELVAGE_TEST_SIZE=nightly` asks for the long run. */
export const FUZZ_INPUTS = process.env.SELVAGE_TEST_SIZE === 'nightly' ? 1_000_000 : 5_000;
/** How often a writing process is killed, to see what is on its disk. */
export const KILLS = process.env.SELVAGE_TEST_SIZE === 'nightly' ? 200 : 4;
