/** How many cases a differential run compares; `SELVAGE_TEST_SIZE=nightly` asks for the long one. */
export const DIFFERENTIAL_CASES = process.env.SELVAGE_TEST_SIZE === 'nightly' ? 200_000 : 5_000;
