/** How many inputs the fuzzer of datagrams makes; `SELVAGE_TEST_SIZE=nightly` asks for the long run. */
export const FUZZ_DATAGRAMS = process.env.SELVAGE_TEST_SIZE === 'nightly' ? 1_200_000 : 20_000;
